"""Tables as text: unpacked, UTF-8, with line feeds; which sign separates the columns of a CSV file."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, cast

from vicinal.core.errors import InvalidInput

BYTE_ORDER_MARK = codecs.BOM_UTF8
"""What some programs begin UTF-8 files with."""
MOST_BYTES = 64 * 1024 * 1024
"""Of a cell or an element of a list at most: as much as a server takes in one message."""

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_PACKED_SUFFIX = ".gz"
# Those of 32 bits first: they begin with those of 16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 18

_DELIMITERS = ",;\t|"
_SAMPLE_BYTES, _SAMPLE_RECORDS = 1 << 16, 50
# Excel writes and reads a first line that names the sign.
_NAMED_DELIMITER = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)


@contextmanager
def open_bytes(file: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked if need be, and as UTF-8 if they are UTF-16 or UTF-32.

    Lines that end with a carriage return alone end with a line feed here. Positions count these bytes.

    Raises:
        InvalidInput: it cannot be read; names it.
    """
    try:
        with _unpacked(file) as stream:
            yield stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput.at(str(file), f"is no whole gzip file ({error}); pack it again") from error
    except UnicodeError as error:
        raise InvalidInput.at(str(file), f"is cut off or damaged ({error}); save it as UTF-8") from error
    except OSError as error:
        raise InvalidInput.at(str(file), f"cannot be read ({error.strerror or error})") from error


def skip_bytes(stream: IO[bytes], count: int) -> None:
    """Goes so many bytes on from the beginning of a stream that `open_bytes` has opened."""
    if stream.seekable():
        stream.seek(count)
        return
    while count > 0 and (block := stream.read(min(count, _BLOCK_BYTES))):
        count -= len(block)


@contextmanager
def _unpacked(file: Path) -> Iterator[IO[bytes]]:
    with file.open("rb") as plain:
        magic = plain.read(len(_ZIP))
    if magic == _ZIP:
        raise InvalidInput.at(
            str(file), "is an Excel workbook or a ZIP archive, whatever its name says; save it as CSV UTF-8"
        )
    packed = magic.startswith(_GZIP) or file.suffix.lower() == _PACKED_SUFFIX
    with cast(IO[bytes], gzip.open(file)) if packed else file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        stream.seek(0)
        recode = _recoding_of(head)
        yield stream if recode is None else cast(IO[bytes], io.BufferedReader(_Recoded(stream, recode)))


def _recoding_of(head: bytes) -> Callable[[bytes, bool], bytes] | None:
    """What turns the file's bytes into UTF-8 with line feeds; None where nothing needs to be done."""
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), _without_mark(head))
    if encoding:
        decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        first = decoder.decode(head)
        turn = _ends_with_returns(first.encode(errors="surrogatepass"))
        decoder.reset()
        return lambda raw, final: _line_feeds(
            decoder.decode(raw, final).encode(errors="surrogatepass"), turn=turn
        )
    if _ends_with_returns(head):
        return lambda raw, _final: _line_feeds(raw, turn=True)
    return None


def _without_mark(head: bytes) -> str:
    """UTF-16 as some programs write it, without a mark: every other byte of plain letters is zero."""
    even, odd = head[:8:2], head[1:8:2]
    if len(head) < 4:
        return ""
    if not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else ""


def _ends_with_returns(head: bytes) -> bool:
    """Whether the first line ends with a carriage return alone; cells may hold line feeds all the same."""
    at, feed = head.find(b"\r"), head.find(b"\n")
    return 0 <= at < _HEAD_BYTES - 1 and (feed < 0 or at < feed - 1)


def _line_feeds(raw: bytes, *, turn: bool) -> bytes:
    return raw.replace(b"\r", b"\n") if turn else raw


class _Recoded(io.RawIOBase):
    """Bytes of another stream, recoded as they are read; cannot go back."""

    def __init__(self, stream: IO[bytes], recode: Callable[[bytes, bool], bytes]) -> None:
        self._stream = stream
        self._recode = recode
        self._waiting = b""
        self._ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Fills the buffer as far as there are bytes."""
        while not self._waiting and not self._ended:
            raw = self._stream.read(_BLOCK_BYTES)
            self._ended = not raw
            self._waiting = self._recode(raw, self._ended)
        count = min(len(buffer), len(self._waiting))
        buffer[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count


class Lines(Iterator[str]):
    """Lines of a stream, with the place that has been reached; what is not UTF-8 becomes lone surrogates.

    Args:
        stream: at `position`.
        position: bytes before it.
        seen: called with all bytes, in order.
    """

    def __init__(self, stream: IO[bytes], position: int, seen: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._seen = seen
        self.position = position

    def __next__(self) -> str:
        line = self._stream.readline()
        if not line:
            raise StopIteration
        self._seen(line)
        shown = line.removeprefix(BYTE_ORDER_MARK) if self.position == 0 else line
        self.position += len(line)
        return shown.decode(errors="surrogateescape")


def ignore_bytes(_raw: bytes) -> None:
    """Ignores the bytes that were read: the callback where no progress is shown."""


# Python's own limit is 128 KiB.
csv.field_size_limit(MOST_BYTES)


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
