"""Turns a data directory of today into one as older versions left it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from vicinal.storage.sqlite import schema

# Settings as they were called up to version 5, and since.
SETTINGS = {
    "copies": "duplicates",
    "views": "augmentations",
    "known_share": "confidence_filter",
    "isolation": "outlier_filter",
}
# What leads back from each version to the one before.
DOWN = {
    2: ("DROP TABLE examples",),
    3: (
        "DROP TABLE draws",
        "ALTER TABLE items DROP COLUMN holdout",
        "ALTER TABLE events DROP COLUMN predicted",
        "ALTER TABLE events DROP COLUMN draw",
        # Settings that came later are not in the configs of older versions.
        "UPDATE pools SET config = json_remove(config, '$.holdout_share', '$.control_share')",
    ),
    4: (
        "ALTER TABLE items DROP COLUMN gold",
        "UPDATE pools SET config = json_remove(config, '$.overlap', '$.consensus', '$.gold_share')",
        "DROP TABLE copies",
        "DROP TABLE sketches",
        "UPDATE pools SET config = json_remove(config, '$.copies', '$.carry_labels', '$.views')",
        "UPDATE pools SET config = json_remove(config, '$.known_share', '$.isolation')",
    ),
    5: ("ALTER TABLE leases DROP COLUMN number", "DROP TABLE receipt_pools"),
    6: (
        "ALTER TABLE duplicates RENAME TO copies",
        "ALTER TABLE copies RENAME COLUMN representative_id TO kept_id",
        "ALTER TABLE suggestions RENAME TO draws",
        "ALTER TABLE events RENAME COLUMN suggestion TO draw",
        "DROP INDEX ix_stored_responses_at",
        "DROP INDEX ix_stored_response_pools_about_pool",
        "ALTER TABLE stored_responses RENAME TO receipts",
        "ALTER TABLE receipts RENAME COLUMN message TO answer",
        "ALTER TABLE stored_response_pools RENAME TO receipt_pools",
        "CREATE INDEX ix_receipts_at ON receipts (at)",
        "CREATE INDEX ix_receipt_pools_about_pool ON receipt_pools (about_pool)",
        *(
            f"UPDATE pools SET config = replace(config, '\"{new}\":', '\"{old}\":')"
            for old, new in SETTINGS.items()
        ),
    ),
}


def make_old(database: Path, version: int) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for step in range(schema.SCHEMA_VERSION, version, -1):
            for statement in DOWN[step]:
                connection.execute(statement)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(version),))


def tables(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns with type, nullness, default and key, by table."""
    with closing(sqlite3.connect(database)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        return {
            name: [row[1:] for row in connection.execute(f"SELECT * FROM pragma_table_info('{name}')")]
            for name in names
            if not name.startswith("sqlite_")
        }
