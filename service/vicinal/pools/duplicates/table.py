"""The duplicates of a pool, their representatives, and the items that a person restored."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from vicinal.core.records import DuplicateRecord
from vicinal.records.pools import DuplicateCounts


class DuplicateTable:
    """Records of duplicates by item id, and the groups that they make.

    What is asked when an item comes is answered without a look at its whole group, which may be thousands.

    Args:
        content_hash: of an item, by its id.
    """

    def __init__(self, content_hash: Callable[[str], str]) -> None:
        self._content_hash = content_hash
        self._records: dict[str, DuplicateRecord] = {}
        # Duplicates by the item that stands for them, in order.
        self._groups: dict[str, list[str]] = {}
        # Ids of representatives in order, where they were asked for since the last group came or went.
        self._representative_ids: list[str] | None = None
        # Content hashes of the duplicates in the groups that were ever asked about one.
        self._hashes: dict[str, Counter[str]] = {}
        self._duplicates = 0

    def find(self, item_id: str) -> DuplicateRecord | None:
        """The record of an item, also of one that was restored; None if it never was a duplicate."""
        return self._records.get(item_id)

    def live(self, item_id: str) -> DuplicateRecord | None:
        """The record of an item that another one stands for; None if it stands for itself."""
        record = self._records.get(item_id)
        return None if record is None or record.is_restored else record

    def representative_id(self, item_id: str) -> str:
        """The item that stands for this one; mostly itself."""
        record = self.live(item_id)
        return item_id if record is None else record.representative_id

    def duplicates_of(self, representative_id: str, after: str = "", limit: int | None = None) -> list[str]:
        """The items that this one stands for, by id; only those beyond `after`, `limit` at most."""
        group = self._groups.get(representative_id, [])
        start = bisect_right(group, after)
        return group[start : None if limit is None else start + limit]

    def duplicate_count(self, representative_id: str) -> int:
        """How many items this one stands for."""
        return len(self._groups.get(representative_id, ()))

    def has_content(self, representative_id: str, content_hash: str) -> bool:
        """Whether one of the items that this one stands for has this content."""
        if representative_id not in self._groups:
            return False
        if representative_id not in self._hashes:
            self._hashes[representative_id] = Counter(
                map(self._content_hash, self._groups[representative_id])
            )
        return self._hashes[representative_id][content_hash] > 0

    def live_ids(self) -> list[str]:
        """All items that another one stands for."""
        return [item_id for duplicates in self._groups.values() for item_id in duplicates]

    def put(self, records: Iterable[DuplicateRecord]) -> None:
        """Takes in duplicates, in place of earlier records of the same items."""
        for record in records:
            self._leave(record.item_id)
            self._records[record.item_id] = record
            if not record.is_restored:
                self._join(record)

    def drop(self, item_ids: Iterable[str]) -> None:
        """Forgets the records of items; of those that have none, nothing."""
        for item_id in item_ids:
            self._leave(item_id)
            self._records.pop(item_id, None)

    def counts(self) -> DuplicateCounts:
        """How many groups and duplicates there are."""
        return DuplicateCounts(len(self._groups), self._duplicates, len(self._records) - self._duplicates)

    def representative_ids(self, after: str, limit: int) -> Sequence[str]:
        """The items that stand for others, beyond `after`, by id."""
        if self._representative_ids is None:
            self._representative_ids = sorted(self._groups)
        start = bisect_right(self._representative_ids, after)
        return self._representative_ids[start : start + limit]

    def _join(self, record: DuplicateRecord) -> None:
        group = self._groups.get(record.representative_id)
        if group is None:
            group = self._groups[record.representative_id] = []
            self._representative_ids = None
        insort(group, record.item_id)
        self._duplicates += 1
        if record.representative_id in self._hashes:
            self._hashes[record.representative_id][self._content_hash(record.item_id)] += 1

    def _leave(self, item_id: str) -> None:
        record = self.live(item_id)
        if record is None:
            return
        group = self._groups[record.representative_id]
        del group[bisect_left(group, item_id)]
        self._duplicates -= 1
        if record.representative_id in self._hashes:
            self._hashes[record.representative_id][self._content_hash(item_id)] -= 1
        if not group:
            del self._groups[record.representative_id]
            self._hashes.pop(record.representative_id, None)
            self._representative_ids = None
