"""Who holds which items, and until when."""

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from vicinal.core.errors import LeaseNotFound, Violation
from vicinal.core.ports import Lease


class LeaseBook:
    """The open leases of a pool. An item is in at most one."""

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}
        self._lease_of_item: dict[str, str] = {}
        self._expiries: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._leases)

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

    def of_item(self, item_id: str) -> Lease | None:
        """The open lease that holds the item, or None."""
        lease_id = self._lease_of_item.get(item_id)
        return None if lease_id is None else self._leases[lease_id]

    def put(self, lease: Lease) -> None:
        """Takes in a new lease, or one that was renewed or lost items."""
        self.drop(lease.lease_id)
        self._leases[lease.lease_id] = lease
        self._lease_of_item.update(dict.fromkeys(lease.item_ids, lease.lease_id))
        heapq.heappush(self._expiries, (lease.expires_at, lease.lease_id))

    def drop(self, lease_id: str) -> None:
        """Forgets a lease; an unknown one is passed over."""
        lease = self._leases.pop(lease_id, None)
        if lease is not None:
            for item_id in lease.item_ids:
                del self._lease_of_item[item_id]

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
