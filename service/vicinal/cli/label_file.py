"""A file of labels that is sent to a pool: checked as a whole first, and every fault said by its row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vicinal.cli.failures import Failure, explained, reading
from vicinal.client import Client, NotFoundError, Pool, VicinalClientError
from vicinal.core.labels import not_a_class
from vicinal.data.labels import LabelsToGive, labels_to_give, wrong_rows

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
        with_labels: whether labels are given; else they are taken back.
    """

    path: Path
    given: LabelsToGive
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
            raise Failure(f"{wrong_rows(self.path, sorted(faults))}; mend the file: nothing was sent")

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
        return "; ".join(told[:_NAMED]) + more if told else explained(error)

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
    """The labels of a table, or the items that labels are to be taken from.

    Args:
        path: of the table.
        with_labels: whether labels are given; else they are taken back.
        id_column: of ids; empty takes `id` or `item_id`.
        label_column: of labels; empty takes `label` or `class`.

    Raises:
        Failure: the file cannot be read, or a row of it is wrong; names the rows. Nothing was sent.
    """
    try:
        with reading():
            given = labels_to_give(
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
