"""What kind of table a file is, by its name, and which of its columns hold what."""

import difflib
from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path

from vicinal.core.errors import InvalidInput

PARQUET_SUFFIX = ".parquet"
PACKED_SUFFIX = ".gz"

TEXT_COLUMN = "text"
ID_COLUMNS = ("id", "item_id")
"""Columns of ids by their usual names, the first that is there is taken."""
LABEL_COLUMNS = ("label", "class")
"""Columns of labels, likewise."""
VECTOR_COLUMNS = ("vector", "vectors", "embedding", "embeddings")
"""Columns of lists of numbers likewise."""
INDEX_NAMES = ("Unnamed: ", "__index_level_")
"""How pandas names columns that have no name."""


class TableKind(StrEnum):
    """How the rows of a table are written."""

    DELIMITED = "delimited"
    JSON_LINES = "JSON lines"
    JSON_LIST = "JSON list"
    PARQUET = "Parquet"


_KINDS = {
    ".csv": TableKind.DELIMITED,
    ".tsv": TableKind.DELIMITED,
    ".jsonl": TableKind.JSON_LINES,
    ".ndjson": TableKind.JSON_LINES,
    ".json": TableKind.JSON_LIST,
    PARQUET_SUFFIX: TableKind.PARQUET,
}
TABLE_SUFFIXES = frozenset(_KINDS)
_TEXT_SUFFIXES = tuple(suffix for suffix in _KINDS if suffix != PARQUET_SUFFIX)
TABLE_ENDINGS = (PARQUET_SUFFIX, *_TEXT_SUFFIXES, *(suffix + PACKED_SUFFIX for suffix in _TEXT_SUFFIXES))
"""Ends of the names of tables, in small letters."""


def suffix_of(path: Path) -> str:
    """The suffix that says what is in a file, in small letters and without that of gzip.

    >>> suffix_of(Path("reviews.CSV.gz"))
    '.csv'
    """
    inner = path.with_suffix("") if path.suffix.lower() == PACKED_SUFFIX else path
    return inner.suffix.lower()


def is_table(path: Path) -> bool:
    """Whether the name is that of a table.

    >>> is_table(Path("reviews.CSV.gz")), is_table(Path("apple.jpg")), is_table(Path("a.parquet.gz"))
    (True, False, False)
    """
    return path.name.lower().endswith(TABLE_ENDINGS)


def is_parquet(path: Path) -> bool:
    """Whether the name is that of a Parquet file."""
    return path.suffix.lower() == PARQUET_SUFFIX


def table_kind(path: Path) -> TableKind:
    """The kind of a table.

    Raises:
        InvalidInput: the name is of no known kind.
    """
    if not is_table(path):
        known = ", ".join(sorted(TABLE_SUFFIXES))
        raise InvalidInput.at(str(path), f"is no table by its name; give a file that ends in {known}")
    return _KINDS[suffix_of(path)]


def id_column_in(names: Collection[str]) -> str:
    """The column of ids by its usual name; empty where there is none."""
    return next((name for name in ID_COLUMNS if name in names), "")


def label_column_in(names: Collection[str]) -> str:
    """The column of labels, likewise."""
    return next((name for name in LABEL_COLUMNS if name in names), "")


def has_no_name(name: str) -> bool:
    """Whether a column has no name of its own: an index of pandas, or a comma at the end of each row.

    >>> has_no_name("Unnamed: 0"), has_no_name(" "), has_no_name("id")
    (True, True, False)
    """
    return not name.strip() or name.startswith(INDEX_NAMES)


def no_column(file: Path, wanted: str, names: Iterable[str]) -> InvalidInput:
    """The error for a column that is not there; names those that are, and the one that was meant, perhaps."""
    there = list(names)
    near = difflib.get_close_matches(wanted.lower(), [name.lower() for name in there], 1, 0.8)
    meant = next((name for name in there if near and name.lower() == near[0]), None)
    hint = f"; did you mean {meant!r}?" if meant is not None else ""
    return InvalidInput.at(str(file), f"has no column {wanted!r}; there are: {quoted(there)}{hint}")


def quoted(names: Iterable[str]) -> str:
    """Names in quotes, so that blanks are seen; "none" where there is none.

    >>> quoted([" text", "id"]), quoted([])
    ("' text', 'id'", 'none')
    """
    return ", ".join(map(repr, names)) or "none"
