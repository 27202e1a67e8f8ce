"""What every search needs: pairs that others propose, and items kept in a file."""

import tempfile
from array import array
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from types import TracebackType
from typing import overload

from vicinal.core.records import Sketch
from vicinal.duplicates.grouping import Pair


class SpilledSketches(Sequence[Sketch]):
    """Sketches in the order they came: digests in memory, bodies in a temporary file that goes with it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="vicinal-")  # noqa: SIM115 - closed on exit
        self._ends = array("q", [0])
        self._digests: list[tuple[str, ...]] = []
        self._lock = Lock()

    def __enter__(self) -> "SpilledSketches":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, sketch: Sketch) -> None:
        """Takes the next one in.

        Raises:
            OSError: the file cannot be written, such as for want of room.
        """
        with self._lock:
            self._file.seek(self._ends[-1])
            self._file.write(sketch.body)
            self._ends.append(self._ends[-1] + len(sketch.body))
            self._digests.append(sketch.digests)

    def bodies(self, positions: Sequence[int]) -> list[bytes]:
        """Bodies of items, by their positions."""
        return [self._body(position) for position in positions]

    def __len__(self) -> int:
        return len(self._digests)

    @overload
    def __getitem__(self, position: int) -> Sketch: ...
    @overload
    def __getitem__(self, position: slice) -> list[Sketch]: ...
    def __getitem__(self, position: int | slice) -> Sketch | list[Sketch]:
        """One of them, or some."""
        if isinstance(position, slice):
            return [self[each] for each in range(*position.indices(len(self)))]
        return Sketch(self._digests[position], self._body(position))

    def _body(self, position: int) -> bytes:
        start, end = self._ends[position], self._ends[position + 1]
        with self._lock:
            self._file.seek(start)
            return self._file.read(end - start)


def find_further_pairs(
    pairs: Iterable[Pair], also: Iterable[Pair], exact_duplicates: Mapping[int, Sequence[int]]
) -> list[Pair]:
    """Finds the pairs of `also` that are not in `pairs` yet, each once and in their order.

    Args:
        pairs: those that are compared anyway, the smaller position first.
        also: of any positions, either first.
        exact_duplicates: exact duplicates by the first of them, which replaces all; other items are skipped.

    >>> find_further_pairs([(0, 1)], [(1, 0), (3, 0), (0, 2), (3, 2), (0, 9)], {0: [0], 1: [1], 2: [2, 3]})
    [(0, 2)]
    """
    first_of = {item: first for first, items in exact_duplicates.items() for item in items}
    known = [(first_of[left], first_of[right]) for left, right in also if {left, right} <= first_of.keys()]
    found = dict.fromkeys((min(pair), max(pair)) for pair in known if pair[0] != pair[1])
    for pair in pairs:
        found.pop(pair, None)
    return list(found)


def rename_pairs(pairs: Iterable[Pair], names: Mapping[int, int]) -> list[Pair]:
    """Replaces positions in pairs; each pair comes once, the smaller position first, in their order.

    Args:
        pairs: of positions.
        names: the replacement of a position; positions that are not in it stay.

    >>> rename_pairs([(0, 2), (1, 5), (2, 5)], {0: 5})
    [(2, 5), (1, 5)]
    """
    named = ((names.get(left, left), names.get(right, right)) for left, right in pairs)
    return list(dict.fromkeys((min(pair), max(pair)) for pair in named if pair[0] != pair[1]))


def convert_ids_to_positions(also: Iterable[tuple[str, str]], ids: Sequence[str]) -> list[Pair]:
    """Converts pairs of ids to pairs of positions; pairs with an unknown id are skipped.

    >>> convert_ids_to_positions([("b", "a"), ("a", "x")], ["a", "b"])
    [(1, 0)]
    """
    row_of = {item_id: row for row, item_id in enumerate(ids)}
    return [(row_of[left], row_of[right]) for left, right in also if {left, right} <= row_of.keys()]
