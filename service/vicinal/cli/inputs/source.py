"""A source of items: how many there are, the items one after the other, and what could not be read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from vicinal.client import NewItem
from vicinal.data.left_out import LeftOut, Unreadable

__all__ = ["DataKind", "Source", "Unreadable", "chunks"]

T = TypeVar("T")


class DataKind(StrEnum):
    """What the data are."""

    IMAGES = "images"
    TEXTS = "texts"
    VECTORS = "vectors"


@dataclass(frozen=True)
class Source:
    """Items to come.

    Attributes:
        count: items and unreadable ones together.
        items: read as they are taken.
        unreadable: grows while `items` is read.
        holds: what the items are; None where that is not known.
        left_out: what else is there that is no item, counted.
        notes: what is read otherwise than it is written, and what was found of classes, a sentence each.
        dimension: of vectors, where it is known; else 0.
        ambiguous: why the class of an item cannot be told by its folder; empty where it can.
    """

    count: int
    items: Iterator[NewItem]
    unreadable: list[Unreadable] = field(default_factory=list)
    holds: DataKind | None = None
    notes: Sequence[str] = ()
    dimension: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)
    ambiguous: str = ""


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of `size`, the last one shorter.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
