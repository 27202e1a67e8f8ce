"""Brings the tables of older data directories up to what they are now."""

from sqlalchemy import Connection, update

from vicinal.storage import schema


def upgrade(connection: Connection, version: int) -> None:
    """Takes the tables from `version` to the newest, all or nothing with the transaction."""
    if version == schema.SCHEMA_VERSION:
        return
    # From 1 to 2 only tables are new.
    schema.metadata.create_all(connection)
    newest = update(schema.meta).where(schema.meta.c.key == "schema_version")
    connection.execute(newest.values(value=str(schema.SCHEMA_VERSION)))
