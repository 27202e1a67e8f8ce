"""How far a search has come."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Each = TypeVar("Each")

OnProgress = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and how much there is; 0 where that is not known."""


def report_each(values: Sequence[Each], step: str, on_progress: OnProgress) -> Iterator[Each]:
    """The values, each one told about when the next is asked for."""
    for done, value in enumerate(values, start=1):
        yield value
        on_progress(step, done, len(values))
