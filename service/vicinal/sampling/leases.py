"""Who holds which items, and until when."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from vicinal.core.errors import LeaseNotFound, Violation
from vicinal.core.ports import Lease


class LeaseBook:
    """The open leases of a pool. An item is in one at most, unless several annotators are to label it."""

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}
        # Mostly one; in the order they were opened.
        self._leases_of_item: dict[str, tuple[str, ...]] = {}
        self._held: Counter[str] = Counter()
        self._expiries: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._leases)

    def __iter__(self) -> Iterator[Lease]:
        """The open leases, in the order they were put last."""
        return iter(self._leases.values())

    def get(self, lease_id: str, field: str = "lease_id") -> Lease:
        """The open lease of that id.

        Raises:
            LeaseNotFound: it never was, or it has ended.
        """
        lease = self._leases.get(lease_id)
        if lease is None:
            text = f"no open lease {lease_id!r}: it has expired, or all its items are done; lease a new batch"
            raise LeaseNotFound(f"{field}: {text}", violations=[Violation(field, text)])
        return lease

    def find(self, lease_id: str) -> Lease | None:
        """The open lease of that id, or None."""
        return self._leases.get(lease_id)

    def of_item(self, item_id: str) -> list[Lease]:
        """The open leases that hold the item, each of another annotator."""
        return [self._leases[lease_id] for lease_id in self._leases_of_item.get(item_id, ())]

    def is_held(self, item_id: str) -> bool:
        """Whether an open lease holds the item."""
        return item_id in self._leases_of_item

    def items_of(self, annotator: str) -> int:
        """How many items are in the annotator's hands."""
        return self._held[annotator]

    def items(self) -> Iterator[str]:
        """All items in somebody's hands, in the order they were leased."""
        return iter(self._leases_of_item)

    def put(self, lease: Lease) -> None:
        """Takes in a new lease, or one that was renewed or lost items."""
        self.drop(lease.lease_id)
        self._leases[lease.lease_id] = lease
        for item_id in lease.item_ids:
            self._leases_of_item[item_id] = (*self._leases_of_item.get(item_id, ()), lease.lease_id)
        self._held[lease.annotator] += len(lease.item_ids)
        heapq.heappush(self._expiries, (lease.expires_at, lease.lease_id))

    def drop(self, lease_id: str) -> None:
        """Forgets a lease; an unknown one is passed over."""
        lease = self._leases.pop(lease_id, None)
        if lease is not None:
            self._held[lease.annotator] -= len(lease.item_ids)
            for item_id in lease.item_ids:
                others = tuple(each for each in self._leases_of_item.pop(item_id) if each != lease_id)
                if others:
                    self._leases_of_item[item_id] = others

    def expired(self, now: float) -> list[Lease]:
        """The leases whose time is up at `now` (seconds since the epoch); they stay until dropped."""
        ended: dict[str, Lease] = {}
        while self._expiries and self._expiries[0][0] <= now:
            _, lease_id = heapq.heappop(self._expiries)
            lease = self._leases.get(lease_id)
            if lease is not None and lease.expires_at <= now:
                ended[lease_id] = lease
        return list(ended.values())


def without_items(
    leases: Iterable[Lease], item_ids: Collection[str]
) -> tuple[Sequence[Lease], Sequence[str]]:
    """Takes finished items out of leases.

    Returns:
        The leases that still hold items, and the ids of those that no longer do.
    """
    kept: list[Lease] = []
    ended: list[str] = []
    for lease in leases:
        rest = tuple(item_id for item_id in lease.item_ids if item_id not in item_ids)
        if rest:
            kept.append(replace(lease, item_ids=rest))
        else:
            ended.append(lease.lease_id)
    return kept, ended
