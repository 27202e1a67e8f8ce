"""Accuracy by number of labels, printed while it is measured: one line for each run."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

# Close together where curves are steep.
WANTED = (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2000, 5000)
NAME_WIDTH, CELL_WIDTH = 16, 7


def shown_counts(budget: int, batch: int) -> list[int]:
    """The label counts that get a column: multiples of the batch, and the budget at the end.

    >>> shown_counts(60, 20)
    [20, 40, 60]
    """
    wanted = (min(-(-count // batch) * batch, budget) for count in WANTED if count < budget)
    return sorted({*wanted, budget})


class LiveTable:
    """Prints each accuracy as it comes, below the header of label counts."""

    def __init__(self, console: Console, counts: Sequence[int]) -> None:
        self._console = console
        self._counts = list(counts)
        self._shown = 0

    def header(self) -> None:
        """Writes the label counts."""
        cells = "".join(f"{count:>{CELL_WIDTH}}" for count in self._counts)
        self._write(f"{'labels':<{NAME_WIDTH}}{cells}\n", "dim")

    def begin(self, name: str, style: str) -> None:
        """Begins the line of a run."""
        self._shown = 0
        self._write(f"{name:<{NAME_WIDTH}}", style)

    def measured(self, count: int, accuracy: float) -> None:
        """Takes a measurement; those that have a column are written."""
        while self._shown < len(self._counts) and self._counts[self._shown] <= count:
            self._write(f"{accuracy:>{CELL_WIDTH}.1%}")
            self._shown += 1

    def end(self) -> None:
        """Ends the line of a run."""
        self._write("\n")

    def _write(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), end="", soft_wrap=True)
        self._console.file.flush()
