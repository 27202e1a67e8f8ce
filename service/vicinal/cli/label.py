"""`vicinal label`: give labels, change them, take them back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import chunks
from vicinal.cli.inputs.rows import ROW_SUFFIXES, column, read_rows
from vicinal.cli.leases import items_by_lease
from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    JsonOption,
    LeaseOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, say
from vicinal.client import Client

# Labels in one request: all are taken, or none.
CHUNK = 256


def label(
    *,
    pool: PoolArgument,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item.")] = "",
    given: Annotated[str, typer.Argument(metavar="LABEL", help="Its label.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="Many at once: CSV or JSONL with item_id and label.")
    ] = None,
    relabel: Annotated[bool, typer.Option("--relabel", help="Take the place of other labels.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take labels back instead.")] = False,
    annotator: AnnotatorOption = "",
    lease: LeaseOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Give an item its label, or many items theirs from a file; or take labels back.

    Items that the annotator has on lease are labelled under that lease.
    """
    labels = _wanted(item, given, file, remove)
    with connect(target) as client:
        if remove:
            outcome = {"removed": _remove(client, pool, list(labels), annotator)}
        else:
            outcome = _submit(client, pool, labels, annotator, lease, relabel=relabel)
    if json:
        print_json(outcome)
    else:
        say(", ".join(f"{name} {count}" for name, count in outcome.items()))


def _wanted(item: str, given: str, file: Path | None, remove: bool) -> Mapping[str, str]:
    """Labels by item id; without labels where they are taken back."""
    if file is not None:
        if item:
            raise typer.BadParameter("give either ITEM or --file, not both")
        return _from_file(file, remove)
    if not item:
        raise typer.BadParameter("give ITEM and LABEL, or --file")
    if bool(given) == remove:
        raise typer.BadParameter(
            "--remove takes no LABEL" if remove else "give the LABEL of the item as well"
        )
    return {item: given}


def _from_file(file: Path, remove: bool) -> Mapping[str, str]:
    if file.suffix.lower() not in ROW_SUFFIXES:
        raise Failure(f"{file}: give a file that ends in {', '.join(sorted(ROW_SUFFIXES))}")
    labels: dict[str, str] = {}
    for number, row in read_rows(file):
        item_id = column(file, number, row, "item_id")
        if item_id in labels:
            raise Failure(f"{file}: row {number} names item {item_id!r} a second time")
        labels[item_id] = "" if remove else column(file, number, row, "label")
    if not labels:
        raise Failure(f"{file}: there is no row in it")
    return labels


def _submit(
    client: Client, pool: str, labels: Mapping[str, str], annotator: str, lease: str, *, relabel: bool
) -> dict[str, int]:
    outcome = {"labelled": 0, "relabelled": 0, "unchanged": 0}
    for lease_id, items in items_by_lease(client, pool, labels, annotator, lease).items():
        for chunk in chunks(items, CHUNK):
            done = client.submit_labels(
                pool,
                {item_id: labels[item_id] for item_id in chunk},
                annotator=annotator,
                lease_id=lease_id,
                relabel=relabel,
            )
            outcome["labelled"] += done.labelled
            outcome["relabelled"] += done.relabelled
            outcome["unchanged"] += done.unchanged
    return outcome


def _remove(client: Client, pool: str, item_ids: list[str], annotator: str) -> int:
    return sum(client.remove_labels(pool, chunk, annotator=annotator) for chunk in chunks(item_ids, CHUNK))
