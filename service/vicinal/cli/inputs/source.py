"""A source of items: how many there are, the items one after the other, and what could not be read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TypeVar, overload

from vicinal.cli.failures import Failure
from vicinal.client import NewItem, Pool
from vicinal.data.left_out import LeftOut, Unreadable

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


def check_goes_with(pool: Pool, source: Source, name: str) -> None:
    """Sees to it that a pool takes what a source holds.

    Args:
        pool: that the items are for.
        source: of the items.
        name: of the file or folder, for the message.

    Raises:
        Failure: it does not: texts for a pool of images, vectors of another dimension.
    """
    if source.holds is None:
        return
    if source.holds is DataKind.VECTORS:
        if source.dimension and source.dimension != pool.dimension:
            raise Failure(
                f"{name}: holds vectors of dimension {source.dimension}, but pool {pool.pool_id!r} has "
                f"dimension {pool.dimension}; give vectors of that dimension"
            )
        return
    if pool.fingerprint is None:
        raise Failure(
            f"{name}: holds {source.holds}, but pool {pool.pool_id!r} has no featurizer to read them with; "
            "give vectors, or make a pool with a featurizer"
        )
    if f"{pool.fingerprint.medium}s" != source.holds:
        raise Failure(
            f"{name}: holds {source.holds}, but {pool.featurizer} of pool {pool.pool_id!r} reads "
            f"{pool.fingerprint.medium}s; give {pool.fingerprint.medium}s, or name another pool"
        )


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
