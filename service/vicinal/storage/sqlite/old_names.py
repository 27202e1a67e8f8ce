"""Names that versions up to 5 stored, and those of today that they are read as."""

from collections.abc import Mapping
from typing import Any

_LAST_VERSION = 5

# Of those that archives carry; by the name of today.
_TABLES: Mapping[str, str] = {"duplicates": "copies", "suggestions": "draws"}

_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "duplicates": {"kept_id": "representative_id"},
    "events": {"draw": "suggestion"},
}
# As keys stand in JSON. Within texts a quote follows a backslash, so nothing but a key is found.
_EVIDENCE_KEYS: Mapping[str, str] = {'"kept":': '"kept_share":', '"filled":': '"filled_share":'}
_SETTINGS: Mapping[str, str] = {
    "copies": "duplicates",
    "known_share": "confidence_filter",
    "isolation": "outlier_filter",
    "views": "augmentations",
}
# Values of `duplicates`.
_DUPLICATES: Mapping[object, str] = {"keep": "off"}


def stored_name(table: str, version: int) -> str:
    """What a schema version called a table of today."""
    return _TABLES.get(table, table) if version <= _LAST_VERSION else table


def rename_row(table: str, row: Mapping[str, Any], version: int) -> dict[str, Any]:
    """A row that a version wrote, under the names of today.

    Args:
        table: its name of today.
        row: values by column.
        version: of the schema.

    Raises:
        ValueError: the row has a column under both names.
    """
    if version > _LAST_VERSION:
        return dict(row)
    new_names = _COLUMNS.get(table, {})
    renamed = {new_names.get(name, name): value for name, value in row.items()}
    if len(renamed) != len(row):
        raise ValueError(f"a column of {', '.join(new_names.values())} stands there under two names")
    if table == "duplicates" and isinstance(renamed.get("evidence"), str):
        for old, new in _EVIDENCE_KEYS.items():
            renamed["evidence"] = renamed["evidence"].replace(old, new)
    return renamed


def rename_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """A pool's settings under the names of today.

    They are renamed where they are read: rows that do not change keep what their version wrote.

    Raises:
        ValueError: a setting is there under both names.
    """
    if twice := [new for old, new in _SETTINGS.items() if old in given and new in given]:
        raise ValueError(f"{', '.join(twice)} stands there under two names")
    renamed = {_SETTINGS.get(name, name): value for name, value in given.items()}
    if "copies" in given and isinstance(given["copies"], str):
        renamed["duplicates"] = _DUPLICATES.get(given["copies"], given["copies"])
    return renamed
