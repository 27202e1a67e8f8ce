"""A pool's leases in the database."""

from sqlalchemy import Connection, delete, insert

from vicinal.core.ports import Change
from vicinal.storage.records import lease_to_row
from vicinal.storage.schema import leases


def change_leases(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the leases of the pool of that key."""
    if change.put_leases:
        connection.execute(
            insert(leases).prefix_with("OR REPLACE"),
            [{"pool_key": key} | lease_to_row(lease) for lease in change.put_leases],
        )
    for lease_id in change.drop_leases:
        connection.execute(delete(leases).where(leases.c.pool_key == key, leases.c.lease_id == lease_id))
