"""What is known of a file of vectors once it is opened, and which of its rows have an id."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vicinal.core.errors import InvalidInput
from vicinal.data.values import ValueFault, located, name_of

DIGEST_KEY = b"vicinal.fingerprint_digest"
"""In the metadata of a Parquet schema: what its vectors were made with."""


@dataclass(frozen=True)
class Shard:
    """A file of vectors.

    Attributes:
        path: of the file.
        rows: vectors in it.
        dimension: of each of them.
        fingerprint_digest: what they were made with; empty where the file does not tell.
        vector_name: of the column or array of vectors.
        id_name: of that of ids; empty where there is none: ids are then row numbers from 1.
        sha256: of the file, by the manifest that names it; empty without one.
        exported: whether its ids are in the file of items beside it, as `vicinal export --all` writes them.
    """

    path: Path
    rows: int
    dimension: int
    fingerprint_digest: str
    vector_name: str
    id_name: str
    sha256: str = ""
    exported: bool = False

    @property
    def has_ids(self) -> bool:
        """Whether the file names its rows."""
        return bool(self.id_name) or self.exported


LeaveOut = Callable[[Shard, int, str], None]
"""Called with the file, the row's number from 1, and why it is left out."""


class KeptRows:
    """Numbers of the rows that a reader gives, which skips those that it calls `LeaveOut` with."""

    def __init__(self) -> None:
        self._last = 0
        self._left_out: set[int] = set()

    def leave_out(self, row: int) -> None:
        """Takes note of a row that is not given."""
        self._left_out.add(row)

    def numbers(self, count: int) -> list[int]:
        """Numbers of the rows that are given next."""
        numbers = list[int]()
        while len(numbers) < count:
            self._last += 1
            if self._last in self._left_out:
                self._left_out.remove(self._last)
            else:
                numbers.append(self._last)
        return numbers


def refuse_row(shard: Shard, row: int, why: str) -> None:
    """What to do about a wrong row where all rows are needed.

    Raises:
        InvalidInput: always; names file and row.
    """
    raise InvalidInput.at(str(shard.path), located(why, row))


def keep_good(
    shard: Shard, values: Iterable[object], start: int, leave_out: LeaveOut
) -> tuple[list[str], list[int]]:
    """The ids of some rows, and the places of those rows that have one.

    Args:
        shard: that the rows are of.
        values: its ids as they were read.
        start: rows before these.
        leave_out: called with the others.
    """
    ids, places = list[str](), list[int]()
    for at, value in enumerate(values):
        try:
            name = value if type(value) is str and value.isascii() else name_of(value)
        except ValueFault as error:
            leave_out(shard, start + at + 1, f"the id in {shard.id_name!r}: {error}")
            continue
        if name:
            ids.append(name)
            places.append(at)
        else:
            leave_out(shard, start + at + 1, f"the row has no id in {shard.id_name!r}; give it one")
    return ids, places
