"""The tables of a data directory."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 2
"""Raised by one with each change of the tables, together with a step in `upgrades`."""

metadata = MetaData()


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
    Column("vector", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("annotator", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Of no pool: the receipt of a pool's deletion outlives the pool.
receipts = Table(
    "receipts",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("at", Float, nullable=False, index=True),
)

POOL_TABLES = (events, examples, leases, chunks, items, pools)
"""What a pool has rows in; in this order they can be deleted."""
