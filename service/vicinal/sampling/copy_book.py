"""The copies of a pool: which items another one stands for, and which ones a person holds for their own."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from vicinal.core.ports import CopyRecord
from vicinal.sampling.copy_results import CopyCounts


class CopyBook:
    """Records of copies by item id, and the groups that they make."""

    def __init__(self) -> None:
        self._records: dict[str, CopyRecord] = {}
        # Copies by the item that stands for them.
        self._groups: dict[str, set[str]] = {}

    def find(self, item_id: str) -> CopyRecord | None:
        """The record of an item, also of one that was restored; None if it never was a copy."""
        return self._records.get(item_id)

    def live(self, item_id: str) -> CopyRecord | None:
        """The record of an item that another one stands for; None if it stands for itself."""
        record = self._records.get(item_id)
        return None if record is None or record.is_restored else record

    def kept_id(self, item_id: str) -> str:
        """The item that stands for this one; mostly itself."""
        record = self.live(item_id)
        return item_id if record is None else record.kept_id

    def copies_of(self, kept_id: str) -> list[str]:
        """The items that this one stands for, by id."""
        return sorted(self._groups.get(kept_id, ()))

    def live_ids(self) -> list[str]:
        """All items that another one stands for."""
        return [item_id for copies in self._groups.values() for item_id in copies]

    def put(self, records: Iterable[CopyRecord]) -> None:
        """Takes in copies, in place of earlier records of the same items."""
        for record in records:
            self._leave(record.item_id)
            self._records[record.item_id] = record
            if not record.is_restored:
                self._groups.setdefault(record.kept_id, set()).add(record.item_id)

    def drop(self, item_ids: Iterable[str]) -> None:
        """Forgets the records of items; of those that have none, nothing."""
        for item_id in item_ids:
            self._leave(item_id)
            self._records.pop(item_id, None)

    def counts(self) -> CopyCounts:
        """How many groups and copies there are."""
        copies = sum(map(len, self._groups.values()))
        return CopyCounts(len(self._groups), copies, len(self._records) - copies)

    def page(self, after: str, limit: int) -> tuple[Sequence[str], str | None]:
        """Kept ids beyond `after`, in order, and where the next page begins (None: the last page)."""
        kept_ids = sorted(self._groups)
        start = bisect_right(kept_ids, after)
        page = kept_ids[start : start + limit]
        return page, page[-1] if start + limit < len(kept_ids) else None

    def _leave(self, item_id: str) -> None:
        record = self.live(item_id)
        if record is not None:
            group = self._groups[record.kept_id]
            group.remove(item_id)
            if not group:
                del self._groups[record.kept_id]
