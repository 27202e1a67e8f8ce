"""How far a job is."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        rows_done: gone through, in this run and in earlier ones.
        rows_total: of the input.
        rows_per_second: in this run, since the first model was ready; 0 before.
        seconds_left: at this rate; None where that is not known.
    """

    rows_done: int
    rows_total: int
    rows_per_second: float
    seconds_left: float | None


class RowProgress:
    """Counts rows, and tells how far the job is."""

    def __init__(self, earlier_rows: int, total_rows: int, report: Callable[[Progress], None]) -> None:
        self._earlier = earlier_rows
        self._total = total_rows
        self._report = report
        self._rows = 0
        self._begun: float | None = None
        self.report()

    def start_clock(self) -> None:
        """A model is ready: time counts from the first."""
        if self._begun is None:
            self._begun = time.monotonic()

    def add(self, rows: int) -> None:
        """More rows are done; fewer, where a shard will have to be made again."""
        self._rows += rows
        self.report()

    @property
    def seconds(self) -> float:
        """Since the first model was ready."""
        return 0.0 if self._begun is None else time.monotonic() - self._begun

    def report(self) -> None:
        """Says how far the job is."""
        seconds = self.seconds
        rate = self._rows / seconds if seconds > 0.0 else 0.0
        done = self._earlier + self._rows
        left = (self._total - done) / rate if rate > 0.0 else None
        self._report(Progress(done, self._total, rate, left))
