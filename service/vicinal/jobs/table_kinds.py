"""What kind of table a file is, by its name."""

from pathlib import Path

PARQUET_SUFFIX = ".parquet"
CSV_SUFFIX = ".csv"
PACKED_SUFFIX = ".gz"
_TEXT_SUFFIXES = (CSV_SUFFIX, ".jsonl", ".ndjson")
TABLE_ENDINGS = (PARQUET_SUFFIX, *_TEXT_SUFFIXES, *(suffix + PACKED_SUFFIX for suffix in _TEXT_SUFFIXES))


def is_table(file: Path) -> bool:
    """Whether the name is that of a CSV, JSONL or Parquet file.

    >>> is_table(Path("reviews.CSV.gz")), is_table(Path("apple.jpg"))
    (True, False)
    """
    return file.name.lower().endswith(TABLE_ENDINGS)


def is_parquet(file: Path) -> bool:
    """Whether the name is that of a Parquet file."""
    return file.suffix.lower() == PARQUET_SUFFIX


def is_csv(file: Path) -> bool:
    """Whether the name is that of a CSV, packed or not."""
    return CSV_SUFFIX in [suffix.lower() for suffix in file.suffixes[-2:]]
