"""Lists of JSON, element by element: in bounded memory, and one wrong element is one wrong element."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from vicinal.core.errors import InvalidInput
from vicinal.data.byte_streams import BYTE_ORDER_MARK

_BLOCK_BYTES = 1 << 18
# A whole string, a bracket, a comma, or a quote whose string goes on after the block.
_TOKEN = re.compile(rb'"(?:[^"\\]+|\\.)*"|[][{},"]', re.DOTALL)
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
        self._held = b""
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
            if token is None or token[0] == b'"':
                # What was looked through need not be looked at again, up to a string that goes on.
                at = (len(self._held) if token is None else token.start()) - self._begin
                if not self._more():
                    raise self._wrong("ends before its list of rows does", "write it again")
                continue
            sign, at = token[0][0], token.end()
            if sign in _OPENING:
                depth += 1
            elif sign in _CLOSING and depth:
                depth -= 1
            elif sign in _CLOSING or (sign == ord(",") and not depth):
                yield from self._element(token.start())
                self._pass(token.end() - self._begin)
                if sign in _CLOSING:
                    self._check_nothing_follows()
                    return

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
        self._held, self._begin = self._held[self._begin :] + block, 0
        return bool(block)

    def _pass(self, count: int) -> None:
        self._begin += count
        self._position += count

    def _wrong(self, what: str, advice: str) -> InvalidInput:
        return InvalidInput.at(str(self._file), f"{what} (near byte {self._position}); {advice}")
