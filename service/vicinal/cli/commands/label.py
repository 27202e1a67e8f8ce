"""`vicinal label`: submit one label, or a file of labels; change labels; remove labels."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from vicinal.cli.failures import Failure, explain_failure, reading
from vicinal.cli.inputs import chunks
from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    JsonOption,
    LeaseOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, say, say_notes
from vicinal.cli.registration import command
from vicinal.client import Client, NotFoundError, Pool, Submitted, VicinalClientError
from vicinal.core.field_rules import normalise_label, not_a_class
from vicinal.data.labels import CheckedLabels, explain_wrong_rows, read_label_file

T = TypeVar("T")

_LEASED = "ITEM_LEASED"


@dataclass(frozen=True)
class OwnLeases:
    """The leases that items of an annotator are labelled or skipped under.

    Attributes:
        client: connected.
        pool: id of the pool.
        annotator: whose leases may be used.
        given: if not empty, the lease of all items.
    """

    client: Client
    pool: str
    annotator: str
    given: str

    def groups(self, item_ids: Collection[str]) -> dict[str, list[str]]:
        """The items by the lease to name, in order; under "" those that the annotator has no lease on.

        A single item is under "" too: `send` looks for its lease where that is needed.
        """
        if self.given or len(item_ids) == 1:
            return {self.given: list(item_ids)}
        leased = self.client.list_items(self.pool, states=["leased"])
        name = normalise_label(self.annotator)
        held = {item.item_id: item.lease_id for item in leased if item.annotator == name}
        groups: dict[str, list[str]] = {}
        for item_id in item_ids:
            groups.setdefault(held.get(item_id, ""), []).append(item_id)
        return groups

    def send(self, request: Callable[[list[str], str], T], item_ids: list[str], lease_id: str) -> T:
        """Sends a request about items of one group.

        A single item that is refused because it is leased is sent again under the annotator's lease on it.

        Args:
            request: sends items under the lease of that id, or under none.
            item_ids: of the group.
            lease_id: of the group.

        Raises:
            VicinalClientError: the server refused it.
        """
        try:
            return request(item_ids, lease_id)
        except VicinalClientError as refused:
            if lease_id or len(item_ids) != 1 or refused.reason != _LEASED:
                raise
            item = self.client.get_item(self.pool, item_ids[0]).item
            if not item.lease_id or item.annotator != normalise_label(self.annotator):
                raise
        return request(item_ids, item.lease_id)


# How many items a page of a listing brings.
_PAGE_ITEMS = 1000
# The place of a wrong label or item in a request.
_PLACE = re.compile(r"(?:labels|item_ids)\[(\d+)\]")
_NAMED = 3


@dataclass(frozen=True)
class LabelFile:
    """Labels of a file, with the rows that they are from.

    Attributes:
        path: of the file.
        given: its labels, one for each item, and the rows without one.
        with_labels: whether the table has labels; False where labels are to be removed.
    """

    path: Path
    given: CheckedLabels
    with_labels: bool

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels by item id, in the order of the file; empty ones where labels are taken back."""
        return {each.item_id: each.label for each in self.given.labels}

    @property
    def notes(self) -> list[str]:
        """What a person should know of how the file was read."""
        passed_over = self.given.passed_over
        if not passed_over:
            return list(self.given.notes)
        rows = "1 row has" if passed_over == 1 else f"{passed_over} rows have"
        return [*self.given.notes, f"{rows} no label of a person, as their state says, and were passed over"]

    def check_against(self, pool: Pool, client: Client) -> None:
        """Sees to it that the pool has all the items, and the classes where it has fixed ones.

        Raises:
            Failure: it does not; names rows and items. Nothing was sent.
        """
        faults = list(self._class_faults(pool.classes))
        unknown = self._unknown(pool, client)
        faults += [
            (each.row, f"item {each.item_id!r} is not in pool {pool.pool_id!r}")
            for each in self.given.labels
            if each.item_id in unknown
        ]
        if faults:
            raise Failure(f"{explain_wrong_rows(self.path, sorted(faults))}; mend the file: nothing was sent")

    def refused(self, item_ids: Sequence[str], written: int, error: VicinalClientError) -> Failure:
        """The failure for a request that a server refused, after others that it took.

        Args:
            item_ids: of the request, in order.
            written: labels that earlier requests wrote.
            error: of the server.
        """
        done = "written" if self.with_labels else "taken back"
        before = f"{written} of {len(self.labels)} labels were {done} before" if written else ""
        again = "run the same command again: labels that are there are left as they are"
        told = self._by_row(item_ids, error)
        return Failure(f"{self.path}: {told}; {before or f'nothing was {done}'}; mend it, then {again}")

    def _class_faults(self, classes: Sequence[str]) -> Iterator[tuple[int, str]]:
        if not self.with_labels or not classes:
            return
        known, found = frozenset(classes), 0
        for each in self.given.labels:
            if each.label in known:
                continue
            found += 1
            # What may have been meant takes long to find, and is shown of the first few alone.
            why = (
                not_a_class(each.label, classes)
                if found <= _NAMED
                else f"{each.label!r} is none of this pool's classes"
            )
            yield each.row, f"item {each.item_id!r}: label {why}"

    def _unknown(self, pool: Pool, client: Client) -> set[str]:
        """Items that the pool does not have, found with as few calls as there can be."""
        wanted = set(self.labels)
        if len(wanted) <= pool.counts.total / _PAGE_ITEMS:
            return {item_id for item_id in wanted if not _is_there(client, pool.pool_id, item_id)}
        for item in client.list_items(pool.pool_id):
            wanted.discard(item.item_id)
            if not wanted:
                break
        return wanted

    def _by_row(self, item_ids: Sequence[str], error: VicinalClientError) -> str:
        told = list(self._report_rows(item_ids, error))
        more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        return "; ".join(told[:_NAMED]) + more if told else explain_failure(error)

    def _report_rows(self, item_ids: Sequence[str], error: VicinalClientError) -> Iterable[str]:
        for wrong in error.violations:
            place = _PLACE.match(wrong.field)
            if place is None or int(place[1]) >= len(item_ids):
                yield f"{wrong.field}: {wrong.description}"
            else:
                item_id = item_ids[int(place[1])]
                yield f"row {self._row_of[item_id]}, item {item_id!r}: {wrong.description}"

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {each.item_id: each.row for each in self.given.labels}


def open_label_file(
    path: Path, *, with_labels: bool, id_column: str = "", label_column: str = ""
) -> LabelFile:
    """Opens a table of labels, or of items whose labels are to be removed.

    Args:
        path: path of the table.
        with_labels: whether the table has labels; False where labels are to be removed.
        id_column: column of ids; empty for `id` or `item_id`.
        label_column: column of labels; empty for `label` or `class`.

    Raises:
        Failure: the file cannot be read, or rows of it are wrong; the message names the rows.
    """
    try:
        with reading():
            given = read_label_file(
                path, with_labels=with_labels, id_column=id_column, label_column=label_column
            )
            return LabelFile(path, given, with_labels)
    except Failure as error:
        raise Failure(f"{error}; nothing was sent") from error


def _is_there(client: Client, pool: str, item_id: str) -> bool:
    try:
        client.get_item(pool, item_id)
    except NotFoundError:
        return False
    return True


# Labels in one request: all are taken, or none.
CHUNK = 256


@command(
    "label",
    "vicinal label fruits apple_17.jpg fresh --annotator ana",
    "vicinal label reviews review_3 -1",
    "vicinal label fruits --file labels.csv",
    "vicinal label fruits apple_17.jpg rotten --relabel",
    "vicinal label fruits apple_17.jpg --remove",
)
def label(
    *,
    pool: PoolArgument,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item.")] = "",
    given: Annotated[str, typer.Argument(metavar="LABEL", help="Its label.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="Table (CSV, TSV, JSON, JSONL, Parquet) of ids and labels.",
        ),
    ] = None,
    id_column: Annotated[
        str, typer.Option("--id-column", help="Column of ids in the file. Default: id or item_id.")
    ] = "",
    label_column: Annotated[
        str, typer.Option("--label-column", help="Column of labels in the file. Default: label or class.")
    ] = "",
    relabel: Annotated[bool, typer.Option("--relabel", help="Replace labels that differ.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove labels instead.")] = False,
    annotator: AnnotatorOption = "",
    lease: LeaseOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Label one item, or many items from a file. Also changes and removes labels.

    Items that the annotator has leased are labelled under that lease. The whole file
    is checked before the first label is sent.
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
