"""Scoring where votes or densities go by the neighbour graph: in one process, on all its threads."""

from collections.abc import Callable

import numpy as np

from vicinal.core.scores import Exponents
from vicinal.jobs.scoring.composition import GraphScores
from vicinal.jobs.scoring.outcome import Outcome
from vicinal.jobs.scoring.parts import Part, likeliest, rows_at_once
from vicinal.jobs.scoring.plan import Plan, Stretch
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.standings import ExactStandings


def outcome_by_graph(
    pool: PoolOnDisk, plan: Plan, threads: int, size: int, report: Callable[[int], None]
) -> Outcome:
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

    def part_of(stretch: Stretch) -> Part:
        step = rows_at_once(len(scores.classes))
        starts = range(stretch.start, stretch.stop, step)
        told = [likeliest(scores.shares(start, min(start + step, stretch.stop))) for start in starts]
        columns, shares = (np.concatenate(each) for each in zip(*told, strict=True))
        first, second, third = parts[:, stretch.start : stretch.stop]
        return Part(first, second, third, columns, shares)

    if plan.only_classes:
        return Outcome(scores.classes, part_of, None, None, (), "")
    ids = pool.all_ids()
    exponents: Exponents = plan.chosen.exponents(pool.label_count)
    standings = ExactStandings((parts[0], parts[1], parts[2]), scores.ranked(), ids, exponents)
    chosen = scores.chosen(ids, size) if size else []
    return Outcome(scores.classes, part_of, standings, scores.held(), chosen, "greedy over the whole pool")
