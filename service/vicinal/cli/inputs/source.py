"""A source of items: how many there are, the items one after the other, and what could not be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from vicinal.client import NewItem

T = TypeVar("T")


class Holds(StrEnum):
    """What the data are."""

    IMAGES = "images"
    TEXTS = "texts"
    VECTORS = "vectors"


@dataclass(frozen=True)
class Unreadable:
    """An item that was left out.

    Attributes:
        name: its id, or the file's name, or "row 7" where the row does not say its id.
        message: why.
        file: that it is a row of; empty where it is none.
        row: as a person counts rows in that file.
    """

    name: str
    message: str
    file: str = ""
    row: int | None = None

    @property
    def told(self) -> str:
        """The item and what is wrong with it, in a line."""
        if self.row is None:
            return f"{self.name}: {self.message}"
        if self._is_unnamed:
            return f"{self.name} of {self.file}: {self.message}"
        return f"{self.name}: {self.message} (row {self.row} of {self.file})"

    @property
    def place(self) -> str:
        """Where a person finds the item, in few words."""
        if self.row is None:
            return repr(self.name)
        named = self.name if self._is_unnamed else f"row {self.row} {self.name!r}"
        return f"{named} of {self.file}"

    @property
    def _is_unnamed(self) -> bool:
        return self.name == f"row {self.row}"


@dataclass(frozen=True)
class Source:
    """Items to come.

    Attributes:
        count: items and unreadable ones together.
        items: read as they are taken.
        unreadable: grows while `items` is read.
        holds: what the items are; None where that is not known.
        notes: what is read otherwise than it is written, a sentence each.
        dimension: of vectors, where it is known; else 0.
    """

    count: int
    items: Iterator[NewItem]
    unreadable: list[Unreadable] = field(default_factory=list)
    holds: Holds | None = None
    notes: tuple[str, ...] = ()
    dimension: int = 0


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of `size`, the last one shorter.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
