"""`vicinal annotators`: accuracy of annotators, disputed items, and how to resolve them."""

from typing import Annotated

import typer

from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    JsonOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, print_table, say, share
from vicinal.cli.registration import CommandGroup, command
from vicinal.client import MeasuredShare


@command(
    "list",
    "vicinal annotators list scans",
)
def show_all(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List annotators: number of labels, agreement with others, accuracy on gold items."""
    with connect(target) as client:
        annotators = client.list_annotators(pool)
    if json:
        print_json(annotators)
        return
    columns = ["annotator", ">labels", ">leased", "agrees with the others", "right on gold", "last label"]
    rows = [
        [
            each.annotator,
            str(each.labels),
            str(each.items_leased),
            _measured(each.agreement),
            _measured(each.gold),
            each.last_label_at.strftime("%Y-%m-%d %H:%M:%S UTC") if each.last_label_at else "",
        ]
        for each in annotators
    ]
    print_table(f"Annotators of {pool}", columns, rows)


@command(
    "disputed",
    "vicinal annotators disputed scans",
)
def disputed(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List the items on which annotators disagree, the most disputed first.

    To lease them to another annotator: vicinal suggest POOL --review
    """
    with connect(target) as client:
        items = list(client.list_disputed_items(pool))
    if json:
        print_json(items)
        return
    rows = [
        [item.item_id, item.label, ", ".join(f"{each.annotator}: {each.label}" for each in item.annotations)]
        for item in items
    ]
    print_table(f"Disputed items of {pool}", ["item", "label so far", "annotations"], rows)


@command(
    "resolve",
    "vicinal annotators resolve scans scan_7.png benign --annotator dora",
)
def resolve(
    *,
    pool: PoolArgument,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item.")],
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The final label.")],
    annotator: AnnotatorOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Set the label of a disputed item. Later annotations do not change it."""
    with connect(target) as client:
        resolved = client.resolve_items(pool, {item: label}, annotator=annotator)
    if json:
        print_json({"resolved": resolved})
    else:
        say(f"resolved {resolved}")


@command(
    "settle",
    "vicinal annotators settle scans",
)
def settle(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """Compute labels by the Dawid-Skene model, which estimates each annotator's errors."""
    with connect(target) as client:
        changed = client.settle_labels(pool)
    if json:
        print_json({"changed": changed})
    else:
        say(f"changed {changed}")


def _measured(of: MeasuredShare | None) -> str:
    if of is None:
        return ""
    return f"{share(of.value)} ({share(of.low)} to {share(of.high)}) of {of.items}"


annotator_commands = CommandGroup(
    "annotators",
    "Measure annotators, and resolve items on which they disagree.",
    (
        show_all,
        disputed,
        resolve,
        settle,
    ),
)
