"""`vicinal pool`: create, list, show and delete pools; options are the arguments of `Client.create_pool`."""

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

import typer

from vicinal.cli.options import (
    DEFAULT_TARGET,
    JsonOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, print_table, say
from vicinal.cli.pool_view import pool_rows, print_pool
from vicinal.cli.registration import CommandGroup, command
from vicinal.client import Client

# Options that are given once for each value are named for one.
_REPEATED = {"classes": ["--class"], "augmentations": ["--augmentation", "--augmentations"]}


def _pool_options() -> list[inspect.Parameter]:
    """The options of a pool as parameters that Typer reads."""
    hints, texts = get_type_hints(Client.create_pool), _argument_texts(Client.create_pool)
    return [
        _option(parameter, hints[parameter.name], texts.get(parameter.name, ""))
        for parameter in inspect.signature(Client.create_pool).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]


def _option(parameter: inspect.Parameter, hint: Any, text: str) -> inspect.Parameter:
    names = _REPEATED.get(parameter.name) or [f"--{parameter.name.replace('_', '-')}"]
    shown = f"{text[:1].upper()}{text[1:]}"
    if parameter.name in _REPEATED:
        hint, parameter, shown = list[str] | None, parameter.replace(default=None), f"{shown} Repeat it."
    option = typer.Option(*names, help=shown, min=0 if hint is int else None)
    return parameter.replace(annotation=Annotated[hint, option])


def _argument_texts(method: Any) -> dict[str, str]:
    """What a docstring says of each argument; nothing where Python was told to drop docstrings."""
    arguments = inspect.cleandoc(method.__doc__ or "").partition("\nArgs:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", arguments, re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text) for name, text in found}


def _with_pool_options(function: Callable[..., None]) -> Callable[..., None]:
    """Adds the options of a pool to a command's parameters."""
    own = inspect.signature(function)
    kept = [each for each in own.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters = [kept[0], *_pool_options(), *kept[1:]]
    function.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
    return function


@command(
    "create",
    "vicinal pool create fruits --featurizer mobilenet-v2",
    "vicinal pool create reviews --featurizer use-offline --class good --class bad",
    "vicinal pool create sounds --dimension 128 --metric euclidean",
    "vicinal pool create cells --featurizer mobilenet-v2 --holdout-share 0.1 --control-share 0.1",
    "vicinal pool create scans --featurizer mobilenet-v2 --overlap 3 --gold-share 0.05",
    "vicinal pool create scans --featurizer mobilenet-v2 --duplicates near --carry-labels",
    "vicinal pool create birds --featurizer mobilenet-v2 --confidence-filter 0.9 --outlier-filter 5",
)
@_with_pool_options
def create(
    *,
    pool: PoolArgument,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
    **options: Any,
) -> None:
    """Create a pool, with a featurizer or for your own vectors."""
    given: dict[str, Any] = {
        name: () if value is None and name in _REPEATED else value for name, value in options.items()
    }
    with connect(target) as client:
        made = client.create_pool(pool, **given)
    if json:
        print_json(made)
    else:
        say(f"made pool {made.pool_id}: {made.featurizer or 'vectors'}, dimension {made.dimension}")


@command(
    "list",
    "vicinal pool list --json",
)
def show_all(*, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List all pools."""
    with connect(target) as client:
        pools = list(client.list_pools())
    if json:
        print_json(pools)
    else:
        print_table("Pools", *pool_rows(pools))


@command(
    "show",
    "vicinal pool show fruits",
)
def show(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """Show a pool: its settings, and the number of items in each state."""
    with connect(target) as client:
        found = client.get_pool(pool)
    if json:
        print_json(found)
    else:
        print_pool(found)


@command(
    "delete",
    "vicinal pool delete fruits --yes",
)
def delete(
    *,
    pool: PoolArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Delete a pool with all its items and labels, for ever."""
    with connect(target) as client:
        if not yes:
            counts = client.get_pool(pool).counts
            question = f"Delete {pool} with {counts.total} items and {counts.labelled} labels for good?"
            typer.confirm(question, abort=True, err=True)
        client.delete_pool(pool)
    if json:
        print_json({"deleted": pool})
    else:
        say(f"deleted pool {pool}")


pool_commands = CommandGroup(
    "pool",
    "Create, list, show and delete pools.",
    (
        create,
        show_all,
        show,
        delete,
    ),
)
