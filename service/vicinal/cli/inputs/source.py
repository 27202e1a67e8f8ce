"""A source of items: how many there are, the items one after the other, and what could not be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from vicinal.client import NewItem

T = TypeVar("T")


@dataclass(frozen=True)
class Unreadable:
    """An item that was left out.

    Attributes:
        name: its id, or the file's name.
        message: why.
    """

    name: str
    message: str


@dataclass(frozen=True)
class Source:
    """Items to come.

    Attributes:
        count: items and unreadable ones together.
        items: read as they are taken.
        unreadable: grows while `items` is read.
    """

    count: int
    items: Iterator[NewItem]
    unreadable: list[Unreadable] = field(default_factory=list)


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of `size`, the last one shorter.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
