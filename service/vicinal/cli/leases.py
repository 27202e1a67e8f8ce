"""Finds the leases that an annotator's items are under, so that nobody has to copy lease ids."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from vicinal.client import Client, VicinalClientError
from vicinal.core.labels import normalise_label

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
