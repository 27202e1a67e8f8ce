"""Scores over the neighbour graph: the very code of a pool in use, over vectors on disk.

The graph is one whole, and so is what votes spread over it; these numbers are not cut into parts.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.parallel import use_threads
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Neighbourhoods
from vicinal.core.records import Neighbours
from vicinal.core.scoring.selection import FilterGrades, first_in_line
from vicinal.index import PoolNeighbourhoods
from vicinal.index.pool_neighbours import EXACT_ROWS
from vicinal.index.sharded import find_exact_lists, find_lists_by_parts, write_part_index
from vicinal.jobs.scoring.plan import ScoringPlan
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.ranking import BatchItem
from vicinal.jobs.scoring.scratch import ScratchFolder
from vicinal.pools.scoring.graphs import GraphKeeper
from vicinal.pools.scoring.scorer import Scorer
from vicinal.records.pool_options import Metric

__all__ = [
    "EXACT_ROWS",
    "LISTS",
    "NEIGHBOURS",
    "GraphScores",
    "find_exact_lists",
    "find_lists_by_parts",
    "write_part_index",
]

# Each item's nearest others in the pool's graph, as in a service.
NEIGHBOURS = 20
LISTS = "neighbours"
"""What the lists of neighbours are kept as, in a job's scratch folder."""

_LOOK_SECONDS = 0.2


class _KeptLists:
    """`ListStore` in a scratch folder."""

    def __init__(self, scratch: ScratchFolder) -> None:
        self._scratch = scratch

    def neighbours(self) -> Neighbours | None:
        if not self._scratch.has(f"{LISTS}.npz"):
            return None
        return Neighbours(**self._scratch.read_arrays(LISTS))

    def save_neighbours(self, neighbours: Neighbours) -> None:
        self._scratch.write_arrays(LISTS, {"keys": neighbours.keys, "similarities": neighbours.similarities})


class GraphScores:
    """Numbers of a pool on disk as the pool's session would have them, with these labels.

    Args:
        pool: that was taken in.
        plan: what is asked for.
        threads: for the graph and for passes over the pool.
        report: called with the number of rows that the graph covers.
    """

    def __init__(
        self, pool: PoolOnDisk, plan: ScoringPlan, threads: int, report: Callable[[int], None]
    ) -> None:
        use_threads(threads)
        self._pool, self._strategy = pool, plan.chosen_strategy
        config = _config(pool, plan)
        vectors = pool.vectors
        lists = PoolNeighbourhoods(config.metric, NEIGHBOURS, threads=threads)
        keeper = GraphKeeper(lists, _KeptLists(pool.scratch))
        _build_graph(keeper, lists, vectors, report)
        self._scorer = Scorer(config, keeper)
        self._scorer.grow(vectors)
        for row, label in pool.labels.items():
            self._scorer.votes.set_vote(row, label)
            self._scorer.select(row)
        for row, label in pool.carried.items():
            self._scorer.votes.set_vote(row, label, is_carried=True)
        self._scorer.put_examples(pool.examples)
        self._scorer.refresh()

    @property
    def classes(self) -> tuple[str, ...]:
        """In alphabetical order, the columns of probabilities."""
        return self._scorer.votes.classes

    def compute_probabilities(self, start: int, stop: int) -> NDArray[np.float64]:
        """(n, C) of a stretch of rows."""
        return self._scorer.votes.probabilities(np.arange(start, stop))

    def compute_parts(self) -> NDArray[np.float64]:
        """(3, rows) uncertainty, density and diversity of all rows."""
        rows = np.arange(self._pool.rows)
        scores = self._scorer.scores(rows, [], self._strategy)
        return np.stack([scores.uncertainty, scores.density, scores.diversity])

    def grade_filters(self) -> FilterGrades | None:
        """(rows,) how much open items are filtered; None where nothing can be."""
        never_filter = np.zeros(self._pool.rows, dtype=np.bool_)
        never_filter[self._pool.never_filter] = True
        filter_grades = self._scorer.filtered(self._strategy, never_filter)
        return None if filter_grades is None else filter_grades * self._pool.eligible_mask()

    def select_ranked(self) -> NDArray[np.bool_]:
        """(rows,) the items that are chosen among."""
        return first_in_line(self._pool.eligible_mask(), self.grade_filters())

    def choose_batch(self, ids: list[str], size: int) -> list[BatchItem]:
        """The items to label next, best first."""
        picks = self._scorer.batch(
            self._pool.eligible_mask(), ids, self._strategy, size, filter_grades=self.grade_filters()
        )
        return [BatchItem(ids[pick.position], pick.parts) for pick in picks]


def _config(pool: PoolOnDisk, plan: ScoringPlan) -> PoolConfig:
    return PoolConfig(
        "job",
        len(pool.moments.mean),
        Metric(plan.metric),
        plan.strategy,
        vote_neighbours=plan.neighbours,
        vote_weighting=plan.weighting,
        seed=plan.seed,
    )


def _build_graph(
    keeper: GraphKeeper, lists: Neighbourhoods, vectors: Vectors, report: Callable[[int], None]
) -> None:
    """Has the graph built before anything is scored, telling how far it has come."""
    keeper.latest(vectors)
    while keeper.is_building(_LOOK_SECONDS):
        report(int(lists.progress * len(vectors)))
    built = keeper.latest(vectors)
    if built is None or built.rows < len(vectors):
        raise RuntimeError("the neighbour graph could not be built; the log says why")
    report(len(vectors))
