"""Scoring where votes or densities go by the neighbour graph: in one process, on all its threads."""

from collections.abc import Callable

import numpy as np

from vicinal.core.scores import Exponents
from vicinal.jobs.scoring.composition import GraphScores
from vicinal.jobs.scoring.outcome import ScoringOutcome
from vicinal.jobs.scoring.plan import RowRange, ScoringPlan
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.range_scores import RangeScores, likeliest, rows_at_once
from vicinal.jobs.scoring.ranking import ExactRanking


def outcome_by_graph(
    pool: PoolOnDisk, plan: ScoringPlan, threads: int, size: int, report: Callable[[int], None]
) -> ScoringOutcome:
    """Numbers, ranks and the batch, all as the service has them.

    Args:
        pool: that was taken in.
        plan: what is asked for.
        threads: to work on.
        size: of the batch.
        report: is told how many rows the graph covers.
    """
    scores = GraphScores(pool, plan, threads, report)
    parts = np.zeros((3, pool.rows)) if plan.only_classes else scores.parts()

    def scores_of(row_range: RowRange) -> RangeScores:
        step = rows_at_once(len(scores.classes))
        starts = range(row_range.start, row_range.stop, step)
        told = [likeliest(scores.probabilities(start, min(start + step, row_range.stop))) for start in starts]
        columns, probabilities = (np.concatenate(each) for each in zip(*told, strict=True))
        first, second, third = parts[:, row_range.start : row_range.stop]
        return RangeScores(first, second, third, columns, probabilities)

    if plan.only_classes:
        return ScoringOutcome(scores.classes, scores_of, None, None, (), "")
    ids = pool.all_ids()
    exponents: Exponents = plan.chosen.exponents(pool.label_count)
    ranking = ExactRanking((parts[0], parts[1], parts[2]), scores.ranked(), ids, exponents)
    chosen = scores.chosen(ids, size) if size else []
    return ScoringOutcome(
        scores.classes, scores_of, ranking, scores.filter_grades(), chosen, "greedy over the whole pool"
    )
