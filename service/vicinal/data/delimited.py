"""CSV and its kin: which sign separates the columns, how they are named, and the records of a file."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from vicinal.core.errors import InvalidInput
from vicinal.data.byte_streams import BYTE_ORDER_MARK, MOST_BYTES, Lines, open_bytes

# Python's own limit is 128 KiB.
csv.field_size_limit(MOST_BYTES)

_DELIMITERS = ",;\t|"
_SAMPLE_BYTES, _SAMPLE_RECORDS = 1 << 16, 50
# Excel writes and reads a first line that names the sign.
_NAMED_DELIMITER = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written.

    Attributes:
        delimiter: between columns.
        skips_blanks: whether blanks after a delimiter belong to no value.
        names_delimiter: whether the first line says what the delimiter is, as Excel writes it.
        names: of the columns, without blanks around them.
        stripped: the names that had blanks around them, as they are in the file.
    """

    delimiter: str
    skips_blanks: bool
    names_delimiter: bool
    names: tuple[str, ...]
    stripped: tuple[str, ...]


def dialect_of(file: Path) -> Dialect:
    """The dialect of a file, found from its first lines.

    The delimiter is the one of `,`, `;`, tab and `|` that cuts the first line into several columns and the
    following ones into as many, quotes observed.

    Raises:
        InvalidInput: the file cannot be read.
    """
    with open_bytes(file) as stream:
        sample = stream.read(_SAMPLE_BYTES)
        if len(sample) == _SAMPLE_BYTES:
            sample += stream.readline(MOST_BYTES)
    text = sample.removeprefix(BYTE_ORDER_MARK).decode(errors="surrogateescape")
    named = _NAMED_DELIMITER.match(text)
    lines = [f"{line}\n" for line in text[named.end() if named else 0 :].split("\n")]
    delimiter = named[1] if named else _delimiter(lines, file)
    raw, skips = _header(lines, delimiter)
    names = tuple(name.strip() for name in next(_records(lines, delimiter, skips=skips), []))
    stripped = tuple(name for name in raw if name != name.strip() and name.strip())
    return Dialect(delimiter, skips, named is not None, names, stripped)


def records(file: Path, lines: Iterable[str], dialect: Dialect, first: int = 1) -> Iterator[list[str] | str]:
    """The records of a file, an empty list for a blank line; for one that is no CSV, why.

    Args:
        file: for messages.
        lines: at the beginning of a record.
        dialect: of the file.
        first: number of that record, for messages.

    Raises:
        InvalidInput: a quote is opened and never closed, so that nothing can be said of what follows.
    """
    delimiter, skips = dialect.delimiter, dialect.skips_blanks
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=skips, strict=True)
    number = first
    while True:
        try:
            for record in reader:
                yield record
                number += 1
        except csv.Error as error:
            if _swallows_the_rest(error):
                raise InvalidInput.at(
                    str(file),
                    f"is no CSV{_near(lines)}: row {number} opens a quote that is never closed "
                    f"({error}), so that what follows is not CSV; close it, or double the quotes in the text",
                ) from error
            yield f"the row is not CSV ({error}); mend it"
            number += 1
        else:
            return


def _near(lines: Iterable[str]) -> str:
    """How far a file was read, where that is known: of one that is recoded on the way it is not."""
    if isinstance(lines, Lines):
        return f" near byte {lines.position}"
    if isinstance(lines, io.TextIOWrapper) and lines.buffer.seekable():
        return f" near byte {lines.buffer.tell()}"
    return ""


def _swallows_the_rest(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error) or "field larger than" in str(error)


def _header(lines: list[str], delimiter: str) -> tuple[list[str], bool]:
    """The names as they are in the file, and whether blanks after a delimiter are no part of values."""
    raw = next(_records(lines, delimiter, skips=False), [])
    return raw, any(name.startswith(" ") for name in raw)


def _records(lines: Iterable[str], delimiter: str, *, skips: bool) -> Iterator[list[str]]:
    """Records that are not blank, as far as they are CSV."""
    try:
        yield from filter(None, csv.reader(lines, delimiter=delimiter, skipinitialspace=skips))
    except csv.Error:
        return


def _delimiter(lines: list[str], file: Path) -> str:
    is_tabbed = ".tsv" in (suffix.lower() for suffix in file.suffixes[-2:])
    ordered = "\t,;|" if is_tabbed else _DELIMITERS
    return max(ordered, key=lambda each: (_agreement(lines, each), -ordered.index(each)))


def _agreement(lines: list[str], delimiter: str) -> float:
    """The share of the first records that have as many columns as the header; 0 if that has one alone."""
    raw, skips = _header(lines, delimiter)
    if len(raw) < 2:
        return 0.0
    sample = list(islice(_records(lines, delimiter, skips=skips), _SAMPLE_RECORDS))
    return sum(len(record) == len(raw) for record in sample) / len(sample)
