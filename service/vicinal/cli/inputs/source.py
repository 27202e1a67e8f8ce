"""A source of items: how many there are, the items one after the other, and what could not be read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from vicinal.client import NewItem
from vicinal.data.left_out import LeftOut, Unreadable

__all__ = ["Source", "Unreadable", "chunks"]

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """Items to come.

    Attributes:
        count: items and unreadable ones together.
        items: read as they are taken.
        unreadable: grows while `items` is read.
        left_out: what else is there that is no item, counted.
        notes: what was found of classes, tables and arrays, a sentence each.
        ambiguous: why the class of an item cannot be told by its folder; empty where it can.
    """

    count: int
    items: Iterator[NewItem]
    unreadable: list[Unreadable] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
    notes: Sequence[str] = ()
    ambiguous: str = ""


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of `size`, the last one shorter.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
