"""A part of some contents."""

from collections.abc import Sequence
from typing import overload


class ContentSubset(Sequence[bytes | str]):
    """Some of the contents, read as they are taken.

    >>> list(ContentSubset(["a", "b", "c"], [2, 0]))
    ['c', 'a']
    """

    def __init__(self, contents: Sequence[bytes | str], rows: Sequence[int]) -> None:
        self._contents = contents
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> bytes | str: ...
    @overload
    def __getitem__(self, row: slice) -> "ContentSubset": ...
    def __getitem__(self, row: int | slice) -> "bytes | str | ContentSubset":
        """One of them, or a part of them."""
        if isinstance(row, slice):
            return ContentSubset(self._contents, self._rows[row])
        return self._contents[self._rows[row]]
