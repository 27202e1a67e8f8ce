"""`vicinal pool`: make, list, show and delete pools; options are the arguments of `Client.create_pool`."""

import inspect
import re
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
from vicinal.client import Client

# Options that are given once for each value are named for one.
_REPEATED = {"classes": ["--class"], "augmentations": ["--augmentation", "--augmentations"]}


def create(
    *,
    pool: PoolArgument,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
    **options: Any,
) -> None:
    """Make a pool, for items of a featurizer or for vectors of your own."""
    given: dict[str, Any] = {
        name: () if value is None and name in _REPEATED else value for name, value in options.items()
    }
    with connect(target) as client:
        made = client.create_pool(pool, **given)
    if json:
        print_json(made)
    else:
        say(f"made pool {made.pool_id}: {made.featurizer or 'vectors'}, dimension {made.dimension}")


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


def _with_pool_options(command: Any) -> None:
    own = inspect.signature(command)
    kept = [each for each in own.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters = [kept[0], *_pool_options(), *kept[1:]]
    command.__signature__ = own.replace(parameters=parameters)
    command.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}


_with_pool_options(create)


def show_all(*, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List all pools."""
    with connect(target) as client:
        pools = list(client.list_pools())
    if json:
        print_json(pools)
    else:
        print_table("Pools", *pool_rows(pools))


def show(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """Show a pool: its settings, and where its items stand."""
    with connect(target) as client:
        found = client.get_pool(pool)
    if json:
        print_json(found)
    else:
        print_pool(found)


def delete(
    *,
    pool: PoolArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Take a pool and all it holds, labels included, away for good."""
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
