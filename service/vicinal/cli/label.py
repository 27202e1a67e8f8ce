"""`vicinal label`: give labels, change them, take them back."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.inputs import chunks
from vicinal.cli.label_file import LabelFile, open_label_file
from vicinal.cli.leases import OwnLeases
from vicinal.cli.left_out import say_notes
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
from vicinal.client import Client, Submitted, VicinalClientError

# Labels in one request: all are taken, or none.
CHUNK = 256


def label(
    *,
    pool: PoolArgument,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item.")] = "",
    given: Annotated[str, typer.Argument(metavar="LABEL", help="Its label.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="Many at once: a table (CSV, TSV, JSON, JSONL, Parquet) of ids and labels.",
        ),
    ] = None,
    id_column: Annotated[
        str, typer.Option("--id-column", help="Of the file, column of ids. Default: id or item_id.")
    ] = "",
    label_column: Annotated[
        str, typer.Option("--label-column", help="Of the file, column of labels. Default: label or class.")
    ] = "",
    relabel: Annotated[bool, typer.Option("--relabel", help="Take the place of other labels.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take labels back instead.")] = False,
    annotator: AnnotatorOption = "",
    lease: LeaseOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Give an item its label, or many items theirs from a file; or take labels back.

    Items that the annotator has on lease are labelled under that lease. A file
    is checked as a whole, before the first of its labels is sent.
    """
    read = _file_of(item, given, file, (id_column, label_column), remove=remove)
    labels = {item: given} if read is None else read.labels
    outcome = {"removed": 0} if remove else {"labelled": 0, "relabelled": 0, "unchanged": 0}
    with connect(target) as client:
        if read is not None:
            read.check_against(client.get_pool(pool), client)
        if remove:
            done = _removed(client, pool, labels, annotator)
        else:
            done = _submitted(OwnLeases(client, pool, annotator, lease), labels, relabel=relabel)
        _count(done, outcome, read)
    notes = read.notes if read is not None else []
    if json:
        print_json({**outcome, "notes": notes} if notes else outcome)
    else:
        say(", ".join(f"{name} {count}" for name, count in outcome.items()))
    say_notes(notes)


Chunk = tuple[list[str], dict[str, int] | VicinalClientError]
"""Items of a request, and what it changed, or why it was refused."""


def _file_of(
    item: str, given: str, file: Path | None, columns: tuple[str, str], *, remove: bool
) -> LabelFile | None:
    """The file of labels; None where an item and its label were given."""
    if file is not None:
        if item:
            raise typer.BadParameter("give either ITEM or --file, not both")
        id_column, label_column = columns
        if remove and label_column:
            raise typer.BadParameter("--remove takes no --label-column; leave it out")
        return open_label_file(file, with_labels=not remove, id_column=id_column, label_column=label_column)
    if any(columns):
        raise typer.BadParameter("--id-column and --label-column are of a table; give it with --file")
    if not item:
        raise typer.BadParameter("give ITEM and LABEL, or --file")
    if bool(given) == remove:
        raise typer.BadParameter(
            "--remove takes no LABEL" if remove else "give the LABEL of the item as well"
        )
    return None


def _count(done: Iterator[Chunk], outcome: dict[str, int], read: LabelFile | None) -> None:
    """Adds up what each request changed.

    Raises:
        Failure: a request of a file was refused; says which rows are written, and how to go on.
        VicinalClientError: that of a single label.
    """
    written = 0
    for item_ids, changed in done:
        if isinstance(changed, VicinalClientError):
            if read is None:
                raise changed
            raise read.refused(item_ids, written, changed) from changed
        written += len(item_ids)
        for name, count in changed.items():
            outcome[name] += count


def _submitted(leases: OwnLeases, labels: Mapping[str, str], *, relabel: bool) -> Iterator[Chunk]:
    def submit(item_ids: list[str], lease_id: str) -> Submitted:
        given = {item_id: labels[item_id] for item_id in item_ids}
        return leases.client.submit_labels(
            leases.pool, given, annotator=leases.annotator, lease_id=lease_id, relabel=relabel
        )

    for lease_id, items in leases.groups(labels).items():
        for chunk in chunks(items, CHUNK):
            try:
                done = leases.send(submit, chunk, lease_id)
            except VicinalClientError as error:
                yield chunk, error
                return
            counts = {"labelled": done.labelled, "relabelled": done.relabelled, "unchanged": done.unchanged}
            yield chunk, counts


def _removed(client: Client, pool: str, labels: Mapping[str, str], annotator: str) -> Iterator[Chunk]:
    for chunk in chunks(labels, CHUNK):
        try:
            yield chunk, {"removed": client.remove_labels(pool, chunk, annotator=annotator)}
        except VicinalClientError as error:
            yield chunk, error
            return
