"""What a worker finds of a stretch of rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Values, Vectors
from vicinal.core.density import density_around
from vicinal.core.diversity import diversity_of
from vicinal.core.residency import release_pages
from vicinal.core.search import SHARES_TOLD, best_first
from vicinal.core.uncertainty import uncertainty
from vicinal.core.votes.poll import DirectPoll
from vicinal.jobs.engines.protocol import Tell, Worker
from vicinal.jobs.scoring.plan import Plan, Stretch
from vicinal.jobs.scoring.scratch import Arrays, Scratch

_BLOCK_ROWS = 4096
_SHARES_CELLS = 1 << 24


@dataclass(frozen=True, eq=False)
class Part:
    """Numbers of n rows.

    Attributes:
        uncertainty: (n,).
        density: (n,).
        diversity: (n,).
        columns: (n, m) int32 of the likeliest classes, m at most SHARES_TOLD.
        shares: (n, m) float32 of these, largest first.
    """

    uncertainty: Values
    density: Values
    diversity: Values
    columns: NDArray[np.int32]
    shares: NDArray[np.float32]


def part_name(stretch: Stretch) -> str:
    """Of what is kept of a stretch."""
    return f"part-{stretch.number:06d}"


def read_part(scratch: Scratch, stretch: Stretch) -> Part:
    """What `PartScorer` kept."""
    return Part(**scratch.get(part_name(stretch)))


def likeliest(shares: Values) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Columns and values of the largest shares of each row; of equals, the earlier class first."""
    # Classes are sorted: of equal shares, the smaller column has the smaller label.
    values, columns = best_first(shares, SHARES_TOLD)
    return columns.astype(np.int32), values.astype(np.float32)


def rows_at_once(classes: int) -> int:
    """How many rows' shares of all classes are held at a time, 128 MiB at most."""
    return max(1, min(_BLOCK_ROWS, _SHARES_CELLS // max(1, classes)))


@dataclass(frozen=True, eq=False)
class PartScorer:
    """Scores stretches of rows by the nearest labelled items; holds the labels, and maps the vectors.

    Attributes:
        folder: of the job's `Scratch`.
        plan: what is asked for.
        rows: of the pool.
        labelled: (m, d) vectors of all that votes, in the order of their rows, examples last.
        labels: m of them.
        mean: (d,) of the pool.
        mean_square: mean squared distance to it.
        selected: vectors of the items that diversity is kept from, where they are not all that votes.
    """

    folder: Path
    plan: Plan
    rows: int
    labelled: Vectors
    labels: tuple[str, ...]
    mean: Values
    mean_square: float
    selected: Vectors | None = None
    threads, apart = 1, False

    def begin(self) -> Worker:
        """See `engines.protocol.Work.begin`."""
        plan, scratch = self.plan, Scratch(self.folder)
        poll = DirectPoll(self.labelled, self.labels, plan.metric, plan.neighbours, plan.weighting)
        vectors = scratch.vectors(self.rows, len(self.mean))

        def keep_part(stretch: Stretch, tell: Tell) -> None:
            scratch.put(part_name(stretch), self._joined(poll, vectors, stretch, tell))

        return keep_part

    def _joined(self, poll: DirectPoll, vectors: Vectors, stretch: Stretch, tell: Tell) -> Arrays:
        """The fields of a `Part`."""
        blocks = list[Part]()
        step = rows_at_once(len(poll.classes))
        for start in range(stretch.start, stretch.stop, step):
            rows = vectors[start : min(start + step, stretch.stop)]
            blocks.append(self._of(poll, rows))
            tell(len(rows))
        release_pages(vectors)
        names = Part.__dataclass_fields__
        return {name: np.concatenate([getattr(block, name) for block in blocks]) for name in names}

    def _of(self, poll: DirectPoll, vectors: Vectors) -> Part:
        strategy, nothing = self.plan.chosen, np.zeros(len(vectors))
        shares, nearest = poll.ask(vectors)
        told = likeliest(shares)
        if self.plan.only_classes or strategy.is_random:
            return Part(nothing, nothing, nothing, *told)
        asks_density = strategy.density_weight > 0 or strategy.first_by_density
        # Where there is no graph, the density to the whole pool stands in for the local one.
        density = (
            density_around(vectors, self.mean, self.plan.metric, self.mean_square)
            if asks_density
            else nothing
        )
        if self.selected is not None:
            names = ("",) * len(self.selected)
            nearest = DirectPoll(self.selected, names, self.plan.metric, 1).ask(vectors)[1]
        unsure = uncertainty(shares, strategy.uncertainty)
        return Part(unsure, density, diversity_of(nearest), *told)
