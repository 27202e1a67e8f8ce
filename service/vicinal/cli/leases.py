"""Finds the leases that an annotator's items are under, so that nobody has to copy lease ids."""

from collections.abc import Collection

from vicinal.client import Client
from vicinal.core.labels import normalise_label


def items_by_lease(
    client: Client, pool: str, item_ids: Collection[str], annotator: str, lease: str
) -> dict[str, list[str]]:
    """The items by the lease to name when they are labelled or skipped.

    Args:
        client: connected.
        pool: id of the pool.
        item_ids: of the items.
        annotator: whose leases may be used.
        lease: if not empty, the lease of all the items.

    Returns:
        Item ids by lease id, in order; under "" those that the annotator has no lease on.
    """
    if lease:
        return {lease: list(item_ids)}
    leased = client.list_items(pool, states=["leased"])
    name = normalise_label(annotator)
    held = {item.item_id: item.lease_id for item in leased if item.annotator == name}
    groups: dict[str, list[str]] = {}
    for item_id in item_ids:
        groups.setdefault(held.get(item_id, ""), []).append(item_id)
    return groups
