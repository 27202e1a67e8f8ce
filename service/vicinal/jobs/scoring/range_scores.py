"""What a worker finds of a stretch of rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Values, Vectors
from vicinal.core.parallel import release_pages
from vicinal.core.scoring.density import density_around
from vicinal.core.scoring.diversity import diversity_of
from vicinal.core.scoring.uncertainty import uncertainty
from vicinal.core.search import REPORTED_CLASSES, order_best_first
from vicinal.core.votes.knn import DirectVoteCounter
from vicinal.jobs.engines.protocol import ReportRows, Worker
from vicinal.jobs.scoring.plan import RowRange, ScoringPlan
from vicinal.jobs.scoring.scratch import Arrays, ScratchFolder

_BLOCK_ROWS = 4096
_PROBABILITIES_AT_ONCE = 1 << 24


@dataclass(frozen=True, eq=False)
class RangeScores:
    """Numbers of n rows.

    Attributes:
        uncertainty: (n,).
        density: (n,).
        diversity: (n,).
        columns: (n, m) int32 of the likeliest classes, m at most REPORTED_CLASSES.
        probabilities: (n, m) float32 of these, largest first.
    """

    uncertainty: Values
    density: Values
    diversity: Values
    columns: NDArray[np.int32]
    probabilities: NDArray[np.float32]


def scores_name(row_range: RowRange) -> str:
    """Of what is kept of a stretch."""
    return f"part-{row_range.number:06d}"


def read_scores(scratch: ScratchFolder, row_range: RowRange) -> RangeScores:
    """What `RangeScorer` kept."""
    return RangeScores(**scratch.read_arrays(scores_name(row_range)))


def likeliest_classes(probabilities: Values) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Columns and values of the largest probabilities of each row; of equals, the earlier class first."""
    # Classes are sorted: of equal probabilities, the smaller column has the smaller label.
    values, columns = order_best_first(probabilities, REPORTED_CLASSES)
    return columns.astype(np.int32), values.astype(np.float32)


def rows_per_block(classes: int) -> int:
    """How many rows' probabilities of all classes are held at a time, 128 MiB at most."""
    return max(1, min(_BLOCK_ROWS, _PROBABILITIES_AT_ONCE // max(1, classes)))


@dataclass(frozen=True, eq=False)
class RangeScorer:
    """Scores stretches of rows by the nearest labelled items; holds the labels, and maps the vectors.

    Attributes:
        folder: of the job's `ScratchFolder`.
        plan: what is asked for.
        rows: of the pool.
        labelled: (m, d) vectors of all that votes, in the order of their rows, examples last.
        labels: m of them.
        mean: (d,) of the pool.
        mean_square: mean squared distance to it.
        selected: vectors of the items that diversity is kept from, where they are not all that votes.
    """

    folder: Path
    plan: ScoringPlan
    rows: int
    labelled: Vectors
    labels: tuple[str, ...]
    mean: Values
    mean_square: float
    selected: Vectors | None = None
    threads, needs_own_process = 1, False

    def begin(self) -> Worker:
        """See `engines.protocol.WorkerFactory.begin`."""
        plan, scratch = self.plan, ScratchFolder(self.folder)
        counter = DirectVoteCounter(self.labelled, self.labels, plan.metric, plan.neighbours, plan.weighting)
        vectors = scratch.map_vectors(self.rows, len(self.mean))

        def store_scores(row_range: RowRange, report: ReportRows) -> None:
            scratch.write_arrays(
                scores_name(row_range), self._score_blocks(counter, vectors, row_range, report)
            )

        return store_scores

    def _score_blocks(
        self, counter: DirectVoteCounter, vectors: Vectors, row_range: RowRange, report: ReportRows
    ) -> Arrays:
        """The fields of a `RangeScores`."""
        blocks = list[RangeScores]()
        step = rows_per_block(len(counter.classes))
        for start in range(row_range.start, row_range.stop, step):
            rows = vectors[start : min(start + step, row_range.stop)]
            blocks.append(self._score_block(counter, rows))
            report(len(rows))
        release_pages(vectors)
        names = RangeScores.__dataclass_fields__
        return {name: np.concatenate([getattr(block, name) for block in blocks]) for name in names}

    def _score_block(self, counter: DirectVoteCounter, vectors: Vectors) -> RangeScores:
        strategy, nothing = self.plan.chosen_strategy, np.zeros(len(vectors))
        probabilities, nearest = counter.ask(vectors)
        told = likeliest_classes(probabilities)
        if self.plan.only_classes or strategy.is_random:
            return RangeScores(nothing, nothing, nothing, *told)
        asks_density = strategy.density_weight > 0 or strategy.first_by_density
        # Where there is no graph, the density to the whole pool stands in for the local one.
        density = (
            density_around(vectors, self.mean, self.plan.metric, self.mean_square)
            if asks_density
            else nothing
        )
        if self.selected is not None:
            names = ("",) * len(self.selected)
            nearest = DirectVoteCounter(self.selected, names, self.plan.metric, 1).ask(vectors)[1]
        unsure = uncertainty(probabilities, strategy.uncertainty)
        return RangeScores(unsure, density, diversity_of(nearest), *told)
