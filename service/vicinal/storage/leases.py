"""A pool's leases in the database."""

from sqlalchemy import Connection, bindparam, delete, insert

from vicinal.core.ports import Change
from vicinal.storage.records import lease_to_row
from vicinal.storage.schema import leases

# Made once: to make a statement costs several times as much as to carry it out.
_PUT = insert(leases).prefix_with("OR REPLACE")
_DROP = delete(leases).where(
    leases.c.pool_key == bindparam("of_pool"), leases.c.lease_id == bindparam("ended")
)


def change_leases(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the leases of the pool of that key."""
    if change.put_leases:
        connection.execute(_PUT, [{"pool_key": key} | lease_to_row(lease) for lease in change.put_leases])
    if change.drop_leases:
        connection.execute(_DROP, [{"of_pool": key, "ended": lease_id} for lease_id in change.drop_leases])
