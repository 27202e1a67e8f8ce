"""The examples of a pool: labelled contents that vote, and are no items that could be suggested."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field

from vicinal.core.errors import VicinalError
from vicinal.core.records import ExampleRecord
from vicinal.core.votes import LabelledVector


@dataclass(frozen=True)
class PreparedExample:
    """An example to add, checked and hashed; its vector comes separately, as a row.

    Attributes:
        content_hash: SHA-256 of the raw content, hexadecimal.
        relabel: allows its label to take the place of another.
    """

    example_id: str
    content_hash: str
    label: str
    relabel: bool = False


@dataclass(frozen=True)
class ExamplesOutcome:
    """Outcome of adding examples, with errors as the service raises them; callers get `ExampleError`s.

    Attributes:
        existing: examples that were there already with the same content and label.
        failures: why an example was not taken, by its place in the request.
    """

    added: int
    relabelled: int
    existing: int
    failures: Mapping[int, VicinalError] = field(default_factory=dict)


class ExampleBook:
    """The examples that stand, by id."""

    def __init__(self) -> None:
        self._records: dict[str, ExampleRecord] = {}
        self._ids: list[str] = []

    def __len__(self) -> int:
        return len(self._ids)

    def find(self, example_id: str) -> ExampleRecord | None:
        """The example of that id, or None."""
        return self._records.get(example_id)

    def labels(self) -> set[str]:
        """Their different labels."""
        return {record.label for record in self._records.values()}

    def put(self, record: ExampleRecord) -> None:
        """Takes in an example, in place of one of the same id."""
        if record.example_id not in self._records:
            insort(self._ids, record.example_id)
        self._records[record.example_id] = record

    def drop(self, example_id: str) -> None:
        """Forgets an example that is there."""
        del self._records[example_id]
        del self._ids[bisect_left(self._ids, example_id)]

    def page(self, after: str, limit: int) -> tuple[list[ExampleRecord], str | None]:
        """Examples with ids beyond `after`, by id, and where the next page begins (None: the last page)."""
        start = bisect_right(self._ids, after)
        ids = self._ids[start : start + limit]
        more = start + limit < len(self._ids)
        return [self._records[example_id] for example_id in ids], ids[-1] if more else None


def as_vote(record: ExampleRecord) -> LabelledVector:
    """The example as vote models take it."""
    return LabelledVector(record.example_id, record.vector, record.label)
