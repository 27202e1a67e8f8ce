"""`vicinal annotators`: how right each annotator is, what they disagree on, and how that is settled."""

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
from vicinal.client import MeasuredShare


def show_all(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List who labels: how many, how far each agrees with the others, how right each is on gold items."""
    with connect(target) as client:
        annotators = client.list_annotators(pool)
    if json:
        print_json(annotators)
        return
    columns = ["annotator", ">labels", ">in hand", "agrees with the others", "right on gold", "last label"]
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


def disputed(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List the items whose annotators disagree, most disputed first.

    Somebody else gets them with: vicinal suggest POOL --review
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


def resolve(
    *,
    pool: PoolArgument,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item.")],
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What it is labelled from now on.")],
    annotator: AnnotatorOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Decide what a disputed item is labelled; later annotations do not change that."""
    with connect(target) as client:
        resolved = client.resolve_items(pool, {item: label}, annotator=annotator)
    if json:
        print_json({"resolved": resolved})
    else:
        say(f"resolved {resolved}")


def settle(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """Label items by the consensus of Dawid and Skene, which weighs what each annotator mixes up."""
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
