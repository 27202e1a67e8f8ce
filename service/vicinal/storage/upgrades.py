"""Brings the tables of older data directories up to what they are now."""

from collections.abc import Mapping

from sqlalchemy import Connection, update

from vicinal.storage import schema

# What leads from each version to the next. Tables that are new are made beforehand.
STEPS: Mapping[int, tuple[str, ...]] = {
    1: (),
    2: (
        "ALTER TABLE items ADD COLUMN holdout INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE events ADD COLUMN predicted TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN draw INTEGER NOT NULL DEFAULT 0",
    ),
    3: ("ALTER TABLE items ADD COLUMN gold TEXT NOT NULL DEFAULT ''",),
    4: (),
}


def upgrade(connection: Connection, version: int) -> None:
    """Takes the tables from `version` to the newest, all or nothing with the transaction."""
    if version == schema.SCHEMA_VERSION:
        return
    schema.metadata.create_all(connection)
    for step in range(version, schema.SCHEMA_VERSION):
        for statement in STEPS[step]:
            connection.exec_driver_sql(statement)
    newest = update(schema.meta).where(schema.meta.c.key == "schema_version")
    connection.execute(newest.values(value=str(schema.SCHEMA_VERSION)))
