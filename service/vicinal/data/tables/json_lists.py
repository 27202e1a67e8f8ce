"""Lists of JSON, element by element: in bounded memory, and one wrong element is one wrong element."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from vicinal.core.errors import InvalidInput
from vicinal.data.tables.text_files import BYTE_ORDER_MARK, MOST_BYTES

_BLOCK_BYTES = 1 << 18
# A whole string, a bracket, a comma, or a quote whose string goes on after the block.
# Possessive: a string that goes on must not be tried in all the ways in which it can be cut.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[][{},"]', re.DOTALL)
_INSIDE_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_OPENING, _CLOSING = frozenset(b"[{"), frozenset(b"]}")
_BLANK = b" \t\r\n"


class Element(NamedTuple):
    """An element of a list: the place in bytes where it begins, and its text."""

    start: int
    text: str


def list_elements(
    file: Path, stream: IO[bytes], position: int, seen: Callable[[bytes], None]
) -> Iterator[Element]:
    """The elements of the list that a file holds, each as it is written there.

    Args:
        file: for messages.
        stream: at its beginning, or where an element begins.
        position: bytes before it.
        seen: called with all bytes, in order.

    Raises:
        InvalidInput: the file holds no list, or ends before its list does; names the place.
    """
    scan = _Scan(file, stream, position, seen)
    if position or scan.enter():
        yield from scan.elements()


class _Scan:
    """Where a scan has got to: `_held[_begin:]` goes on at the byte `_position` of the file."""

    def __init__(self, file: Path, stream: IO[bytes], position: int, seen: Callable[[bytes], None]) -> None:
        self._file = file
        self._stream = stream
        self._seen = seen
        self._position = position
        self._held = bytearray()  # grows and shrinks without being copied
        self._begin = 0

    def enter(self) -> bool:
        """Goes past the bracket that opens the list; False for an empty file."""
        self._more()
        if self._held.startswith(BYTE_ORDER_MARK):
            self._pass(len(BYTE_ORDER_MARK))
        if not self._skip_blanks():
            return False
        if self._held[self._begin] != ord("["):
            raise self._wrong("holds no list of rows", "write [{...}, {...}], or one object a line as JSONL")
        self._pass(1)
        return True

    def elements(self) -> Iterator[Element]:
        """What comes until the list is closed."""
        at, depth = self._begin, 0
        while True:
            token = _TOKEN.search(self._held, at)
            if token is None:
                at = self._read_on(len(self._held))
                continue
            sign, at = token[0][0], token.end()
            if token[0] == b'"':
                at = self._past_string(at)
            elif sign in _OPENING:
                depth += 1
            elif sign in _CLOSING and depth:
                depth -= 1
            elif sign in _CLOSING or (sign == ord(",") and not depth):
                yield from self._element(token.start())
                self._pass(token.end() - self._begin)
                if sign in _CLOSING:
                    self._check_nothing_follows()
                    return

    def _past_string(self, at: int) -> int:
        """Where a string ends that goes on after the block; `at` is inside it."""
        while True:
            inside = _INSIDE_STRING.match(self._held, at)
            at = inside.end() if inside is not None else at
            if self._held[at : at + 1] == b'"':
                return at + 1
            at = self._read_on(at)

    def _read_on(self, at: int) -> int:
        """Reads on within an element; returns where in `_held` the place `at` is then.

        What is before that place was looked through, and is not looked at again.
        """
        at -= self._begin
        if not self._more():
            raise self._wrong("ends before its list of rows does", "write it again")
        if len(self._held) > MOST_BYTES + _BLOCK_BYTES:
            most = MOST_BYTES // 1024 // 1024
            raise self._wrong(f"has a row of more than {most} MiB", "make it shorter")
        return at

    def _element(self, end: int) -> Iterator[Element]:
        raw = self._held[self._begin : end]
        blanks = len(raw) - len(raw.lstrip(_BLANK))
        if blanks < len(raw):
            yield Element(self._position + blanks, raw.strip(_BLANK).decode(errors="surrogateescape"))

    def _skip_blanks(self) -> bool:
        """Goes to what is not blank; False where nothing follows."""
        while not (rest := self._held[self._begin :].lstrip(_BLANK)):
            self._pass(len(self._held) - self._begin)
            if not self._more():
                return False
        self._pass(len(self._held) - self._begin - len(rest))
        return True

    def _check_nothing_follows(self) -> None:
        if self._skip_blanks():
            raise self._wrong("goes on after its list of rows ends", "keep one list in a file")

    def _more(self) -> bool:
        """Reads on; what was passed is dropped, so that `_begin` is 0."""
        block = self._stream.read(_BLOCK_BYTES)
        self._seen(block)
        del self._held[: self._begin]
        self._held += block
        self._begin = 0
        return bool(block)

    def _pass(self, count: int) -> None:
        self._begin += count
        self._position += count

    def _wrong(self, what: str, advice: str) -> InvalidInput:
        return InvalidInput.at(str(self._file), f"{what} (near byte {self._position}); {advice}")
