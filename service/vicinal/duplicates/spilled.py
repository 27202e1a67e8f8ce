"""What is kept of items, in a file instead of in memory."""

import tempfile
from array import array
from collections.abc import Sequence
from threading import Lock
from types import TracebackType
from typing import overload

from vicinal.core.duplicates import Sketch


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
