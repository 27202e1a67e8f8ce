"""The tables of a data directory, and the steps that bring older ones up to date."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
    update,
)

SCHEMA_VERSION = 6
"""Raised by one with each change of the tables, together with a step in `upgrades`."""

metadata = MetaData()


class Blob(LargeBinary):
    """Bytes, read as they stand: what a damaged column holds instead is not turned into bytes."""

    def result_processor(self, dialect: Any, coltype: Any) -> None:
        """None: nothing is done to what is read. A whole number would become as many zero bytes."""


def _pool_key() -> Column[int]:
    return Column("pool_key", Integer, ForeignKey("pools.pool_key"), primary_key=True)


meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

pools = Table(
    "pools",
    metadata,
    Column("pool_key", Integer, primary_key=True),
    Column("pool_id", Text, nullable=False, unique=True),
    Column("folder", Text, nullable=False, unique=True),
    # JSON of PoolConfig.
    Column("config", Text, nullable=False),
    # A key of a deleted pool never comes back.
    sqlite_autoincrement=True,
)

items = Table(
    "items",
    metadata,
    _pool_key(),
    # Row number in the vector file.
    Column("position", Integer, primary_key=True),
    Column("item_id", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    # JSON object of strings.
    Column("metadata", Text, nullable=False),
    # 1 if it is kept for measuring. Like all columns that came later, at the end and with a default.
    Column("holdout", Integer, nullable=False, server_default=text("0")),
    # The true label of an item that annotators are checked by.
    Column("gold", Text, nullable=False, server_default=""),
    UniqueConstraint("pool_key", "item_id"),
    sqlite_with_rowid=False,
)

chunks = Table(
    "chunks",
    metadata,
    _pool_key(),
    Column("first_row", Integer, primary_key=True),
    Column("row_count", Integer, nullable=False),
    Column("crc32", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The label log: rows are only ever added.
events = Table(
    "events",
    metadata,
    _pool_key(),
    Column("sequence", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("label", Text, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("predicted", Text, nullable=False, server_default=""),
    # Number of the suggestion that a label answers, in `suggestions`; 0 if it answers none.
    Column("suggestion", Integer, nullable=False, server_default=text("0")),
    ForeignKeyConstraint(["pool_key", "item_id"], ["items.pool_key", "items.item_id"]),
    sqlite_with_rowid=False,
)

# Every suggestion of an item: rows are only ever added.
suggestions = Table(
    "suggestions",
    metadata,
    _pool_key(),
    Column("number", Integer, primary_key=True),
    Column("item_id", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("eligible", Integer, nullable=False),
    ForeignKeyConstraint(["pool_key", "item_id"], ["items.pool_key", "items.item_id"]),
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    _pool_key(),
    Column("lease_id", Text, primary_key=True),
    Column("annotator", Text, nullable=False),
    Column("expires_at", Float, nullable=False),
    # JSON array of strings.
    Column("item_ids", Text, nullable=False),
    # The order that leases were opened in; 0 in rows of older versions.
    Column("number", Integer, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)

examples = Table(
    "examples",
    metadata,
    _pool_key(),
    Column("example_id", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    # Little-endian float32.
    Column("vector", Blob, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("annotator", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Items that another one stands for.
duplicates = Table(
    "duplicates",
    metadata,
    _pool_key(),
    Column("item_id", Text, primary_key=True),
    Column("representative_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # JSON of Evidence.
    Column("evidence", Text, nullable=False),
    Column("compared_with", Text, nullable=False),
    Column("found_at", Float, nullable=False),
    # 1 if a person says that it is an item of its own.
    Column("is_restored", Integer, nullable=False),
    ForeignKeyConstraint(["pool_key", "item_id"], ["items.pool_key", "items.item_id"]),
    sqlite_with_rowid=False,
)

# What is kept of contents to find duplicates. Bodies are large: rows stay where they were written.
sketches = Table(
    "sketches",
    metadata,
    _pool_key(),
    Column("position", Integer, primary_key=True),
    # JSON array of strings.
    Column("digests", Text, nullable=False),
    Column("body", Blob, nullable=False),
    ForeignKeyConstraint(["pool_key", "position"], ["items.pool_key", "items.position"]),
)

# Stored responses. That to a pool's deletion outlives the pool; the others go with their pools.
stored_responses = Table(
    "stored_responses",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("message", Blob, nullable=False),
    Column("at", Float, nullable=False, index=True),
)

# Which pools a stored response is about: it goes with the first of them that is deleted.
stored_response_pools = Table(
    "stored_response_pools",
    metadata,
    Column(
        "request_id", Text, ForeignKey("stored_responses.request_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("about_pool", Integer, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

POOL_TABLES = (events, suggestions, examples, duplicates, sketches, leases, chunks, items, pools)
"""What a pool has rows in; in this order they can be deleted."""


def _renamed_key(old: str, new: str) -> str:
    """Renames a key in the evidence of duplicates.

    As it stands in JSON: a quote within a text follows a backslash, so nothing but a key is found.
    """
    return (
        f"UPDATE duplicates SET evidence = replace(evidence, '\"{old}\":', '\"{new}\":') "
        "WHERE typeof(evidence) = 'text'"
    )


# What leads from each version to the next: statements, each with the table that it changes. Where there is no
# such table the statement is left out: the table is made at the end, in the form of today.
STEPS: Mapping[int, tuple[tuple[str, str], ...]] = {
    1: (),
    2: (
        ("items", "ALTER TABLE items ADD COLUMN holdout INTEGER NOT NULL DEFAULT 0"),
        ("events", "ALTER TABLE events ADD COLUMN predicted TEXT NOT NULL DEFAULT ''"),
        ("events", "ALTER TABLE events ADD COLUMN draw INTEGER NOT NULL DEFAULT 0"),
    ),
    3: (("items", "ALTER TABLE items ADD COLUMN gold TEXT NOT NULL DEFAULT ''"),),
    4: (("leases", "ALTER TABLE leases ADD COLUMN number INTEGER NOT NULL DEFAULT 0"),),
    5: (
        ("copies", "ALTER TABLE copies RENAME COLUMN kept_id TO representative_id"),
        ("copies", "ALTER TABLE copies RENAME TO duplicates"),
        ("duplicates", _renamed_key("kept", "kept_share")),
        ("duplicates", _renamed_key("filled", "filled_share")),
        ("events", "ALTER TABLE events RENAME COLUMN draw TO suggestion"),
        ("draws", "ALTER TABLE draws RENAME TO suggestions"),
        ("receipts", "DROP INDEX IF EXISTS ix_receipts_at"),
        ("receipts", "ALTER TABLE receipts RENAME COLUMN answer TO message"),
        ("receipts", "ALTER TABLE receipts RENAME TO stored_responses"),
        ("stored_responses", "CREATE INDEX ix_stored_responses_at ON stored_responses (at)"),
        ("receipt_pools", "DROP INDEX IF EXISTS ix_receipt_pools_about_pool"),
        ("receipt_pools", "ALTER TABLE receipt_pools RENAME TO stored_response_pools"),
        (
            "stored_response_pools",
            "CREATE INDEX ix_stored_response_pools_about_pool ON stored_response_pools (about_pool)",
        ),
    ),
}


def upgrade(connection: Connection, version: int) -> None:
    """Takes the tables from `version` to the newest, all or nothing with the transaction."""
    if version == SCHEMA_VERSION:
        return
    for step in range(version, SCHEMA_VERSION):
        for table, statement in STEPS[step]:
            if _has_table(connection, table):
                connection.exec_driver_sql(statement)
    metadata.create_all(connection)
    newest = update(meta).where(meta.c.key == "schema_version")
    connection.execute(newest.values(value=str(SCHEMA_VERSION)))


def _has_table(connection: Connection, name: str) -> bool:
    query = text("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :name")
    return connection.execute(query, {"name": name}).first() is not None
