"""Who holds which items, and until when."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from vicinal.core.errors import LeaseNotFound
from vicinal.core.records import LeaseRecord
from vicinal.records.errors import Violation


class LeaseBook:
    """The open leases of a pool. An item is in one at most, unless several annotators are to label it.

    Leases stand in the order they were opened, whatever becomes of them later. Who gets what next depends on
    that order, so it is stored with each lease as its number.
    """

    def __init__(self) -> None:
        # Both in the order that leases were opened; a lease that changes keeps its place.
        self._leases: dict[str, LeaseRecord] = {}
        self._leases_of_item: dict[str, tuple[str, ...]] = {}
        self._last_number = 0
        self._held: Counter[str] = Counter()
        self._expiries: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._leases)

    def __iter__(self) -> Iterator[LeaseRecord]:
        """The open leases, in the order they were opened."""
        return iter(self._leases.values())

    @property
    def next_number(self) -> int:
        """The number of the lease that is opened next."""
        return self._last_number + 1

    def get(self, lease_id: str, field: str = "lease_id") -> LeaseRecord:
        """The open lease of that id.

        Raises:
            LeaseNotFound: it never was, or it has ended.
        """
        lease = self._leases.get(lease_id)
        if lease is None:
            text = f"no open lease {lease_id!r}: it has expired, or all its items are done; lease a new batch"
            raise LeaseNotFound(f"{field}: {text}", violations=[Violation(field, text)])
        return lease

    def find(self, lease_id: str) -> LeaseRecord | None:
        """The open lease of that id, or None."""
        return self._leases.get(lease_id)

    def of_item(self, item_id: str) -> list[LeaseRecord]:
        """The open leases that hold the item, each of another annotator, in the order they were opened."""
        return [self._leases[lease_id] for lease_id in self._leases_of_item.get(item_id, ())]

    def is_leased(self, item_id: str) -> bool:
        """Whether an open lease holds the item."""
        return item_id in self._leases_of_item

    def items_of(self, annotator: str) -> int:
        """How many items are in the annotator's hands."""
        return self._held[annotator]

    def items(self) -> Iterator[str]:
        """All items in somebody's hands, each once: by the first lease that holds it, as suggested there."""
        seen: set[str] = set()
        for lease in self._leases.values():
            for item_id in lease.item_ids:
                if item_id not in seen:
                    seen.add(item_id)
                    yield item_id

    def put(self, lease: LeaseRecord) -> None:
        """Takes in a new lease, or one that was renewed or lost items.

        New ones must come in the order they were opened.
        """
        before = self._leases.get(lease.lease_id)
        held_before = before.item_ids if before else ()
        self._leases[lease.lease_id] = lease
        self._last_number = max(self._last_number, lease.number)
        self._take_out(lease.lease_id, set(held_before) - set(lease.item_ids))
        for item_id in lease.item_ids:
            lease_ids = self._leases_of_item.get(item_id, ())
            if lease.lease_id not in lease_ids:
                self._leases_of_item[item_id] = (*lease_ids, lease.lease_id)
        self._held[lease.annotator] += len(lease.item_ids) - len(held_before)
        heapq.heappush(self._expiries, (lease.expires_at, lease.lease_id))

    def drop(self, lease_id: str) -> None:
        """Forgets a lease; an unknown one is passed over."""
        lease = self._leases.pop(lease_id, None)
        if lease is not None:
            self._held[lease.annotator] -= len(lease.item_ids)
            self._take_out(lease_id, lease.item_ids)

    def _take_out(self, lease_id: str, item_ids: Iterable[str]) -> None:
        for item_id in item_ids:
            others = tuple(each for each in self._leases_of_item.pop(item_id) if each != lease_id)
            if others:
                self._leases_of_item[item_id] = others

    def expired(self, now: float) -> list[LeaseRecord]:
        """The leases whose time is up at `now` (seconds since the epoch); they stay until dropped."""
        ended: dict[str, LeaseRecord] = {}
        while self._expiries and self._expiries[0][0] <= now:
            _, lease_id = heapq.heappop(self._expiries)
            lease = self._leases.get(lease_id)
            if lease is not None and lease.expires_at <= now:
                ended[lease_id] = lease
        return list(ended.values())


def without_items(
    leases: Iterable[LeaseRecord], done: Mapping[str, Collection[str]]
) -> tuple[list[LeaseRecord], list[str]]:
    """Takes finished items out of leases.

    Args:
        leases: to be changed.
        done: ids of the items that leave each lease, by the lease's id.

    Returns:
        The leases that still hold items, and the ids of those that no longer do.
    """
    kept: list[LeaseRecord] = []
    ended: list[str] = []
    for lease in leases:
        rest = tuple(item_id for item_id in lease.item_ids if item_id not in done[lease.lease_id])
        if rest:
            kept.append(replace(lease, item_ids=rest))
        else:
            ended.append(lease.lease_id)
    return kept, ended
