"""Scoring by the nearest labelled items, row range by row range, or by the neighbour graph."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Values, Vectors
from vicinal.core.parallel import release_pages
from vicinal.core.scoring.diversity import MoreDistant
from vicinal.core.scoring.greedi import BatchCandidates, SecondRound, joined
from vicinal.core.scoring.scores import Exponents, PoolScores, score
from vicinal.core.scoring.selection import Binned, Pick, binned, greedy_batch, in_order
from vicinal.core.scoring.strategies import random_priority
from vicinal.core.similarity import PoolSimilarity
from vicinal.jobs.engines.protocol import Engine
from vicinal.jobs.scoring.composition import GraphScores
from vicinal.jobs.scoring.plan import RowRange, ScoringPlan, run_tasks, start_progress
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.range_scores import (
    RangeScorer,
    RangeScores,
    likeliest_classes,
    read_scores,
    rows_per_block,
    scores_name,
)
from vicinal.jobs.scoring.ranking import FACTORS, BatchItem, BoundedRanking, ExactRanking, ScoringOutcome

Report = Callable[[int], None]


def score_ranges(pool: PoolOnDisk, plan: ScoringPlan, engine: Engine, report: Report) -> tuple[str, ...]:
    """Has all parts scored that are not yet; returns the classes.

    Raises:
        JobUnfinished: as `run_tasks`.
    """
    voters, labels = pool.collect_voters()
    own = None if len(labels) == len(pool.labels) else pool.labelled_vectors(pool.labels)
    scorer = RangeScorer(
        *(pool.scratch.folder, plan, pool.rows, voters, labels),
        *(pool.moments.mean, pool.moments.mean_square, own),
    )
    waiting = [each for each in pool.row_ranges if not pool.scratch.has(f"{scores_name(each)}.npz")]
    run_tasks(engine, scorer, waiting, pool.scratch.folder, start_progress(waiting, pool.rows, report))
    return tuple(sorted(set(labels)))


def rank_by_nearest(
    pool: PoolOnDisk, plan: ScoringPlan, classes: tuple[str, ...], size: int
) -> ScoringOutcome:
    """Ranks and the batch, exact where all rows can be sorted.

    Args:
        pool: of which all parts are scored.
        plan: what is asked for.
        classes: of its labels.
        size: of the batch.
    """

    def scores_of(row_range: RowRange) -> RangeScores:
        return read_scores(pool.scratch, row_range)

    if plan.only_classes:
        return ScoringOutcome(classes, scores_of, None, None, (), "")
    if pool.rows <= plan.exact_rows:
        ranking, chosen = _rank_exactly(pool, plan, scores_of, size)
        return ScoringOutcome(classes, scores_of, ranking, None, chosen, "greedy over the whole pool")
    bounded = BoundedRanking(pool, plan, scores_of)
    chosen, note = _choose_by_greedi(pool, plan, bounded, scores_of, size)
    return ScoringOutcome(classes, scores_of, bounded, None, chosen, note)


def _rank_exactly(
    pool: PoolOnDisk, plan: ScoringPlan, scores_of: Callable[[RowRange], RangeScores], size: int
) -> tuple[ExactRanking, list[BatchItem]]:
    parts = [scores_of(row_range) for row_range in pool.row_ranges]
    first, second, third = (np.concatenate([getattr(part, name) for part in parts]) for name in FACTORS)
    del parts
    ids = pool.read_all_ids()
    eligible, exponents = pool.eligible_mask(), plan.chosen_strategy.exponents(pool.label_count)
    priorities = None
    if plan.chosen_strategy.is_random:
        exponents = Exponents(0.0, 0.0, 0.0)
        priorities = np.array([random_priority(plan.seed, each) for each in ids])
    ranking = ExactRanking((first, second, third), eligible, ids, exponents, priorities)
    if priorities is not None:
        picks = _choose_by_priority(priorities, eligible, ids, size)
    else:
        picks = greedy_batch(
            eligible,
            uncertainty=binned(first),
            density=binned(second),
            diversifier=_Distances((1.0 - third).astype(np.float32), pool, plan),
            ids=ids,
            exponents=exponents,
            size=size,
        )
    return ranking, [BatchItem(ids[pick.position], pick.parts) for pick in picks]


class _Distances:
    """`MoreDistant` over vectors on disk: their pages go again after each pick."""

    def __init__(self, nearest: Vectors, pool: PoolOnDisk, plan: ScoringPlan) -> None:
        self._vectors = pool.vectors
        similarity = PoolSimilarity(plan.metric)
        similarity.grow(self._vectors)
        self._distant = MoreDistant(nearest, similarity)

    def diversity(self) -> Binned:
        return self._distant.diversity()

    def pick(self, position: int) -> None:
        self._distant.pick(position)
        release_pages(self._vectors)


def _choose_by_priority(
    priorities: Values, eligible: NDArray[np.bool_], ids: list[str], size: int
) -> list[Pick]:
    positions, nothing = np.flatnonzero(eligible), np.zeros(int(eligible.sum()))
    unscored = score(nothing, nothing, nothing, Exponents(0.0, 0.0, 0.0))
    scores: PoolScores = replace(unscored, score=priorities[positions])
    rows = scores.order([ids[position] for position in positions.tolist()])
    return in_order(positions[rows], lambda index: scores.part(int(rows[index])), eligible, size)


def _choose_by_greedi(
    pool: PoolOnDisk,
    plan: ScoringPlan,
    ranking: BoundedRanking,
    scores_of: Callable[[RowRange], RangeScores],
    size: int,
) -> tuple[list[BatchItem], str]:
    exponents = plan.chosen_strategy.exponents(pool.label_count)
    if plan.chosen_strategy.is_random:
        # The priority stands where the ranks of uncertainty would, as it is.
        exponents = Exponents(1.0, 0.0, 0.0)
    second = SecondRound(exponents, ranking.ranks[2], plan.metric)
    kept: list[BatchCandidates] = []
    left_out = 0.0
    for row_range in pool.row_ranges if size else ():
        nominees, rest = second.nominated(_make_candidates(pool, plan, ranking, scores_of, row_range), size)
        few, pruned = joined([*kept, nominees]).best(max(1000, 32 * size))
        kept, left_out = [few], max(left_out, rest, pruned)
    if not kept:
        return [], ""
    picks = second.greedy(kept[0], size)
    chosen = [BatchItem(str(kept[0].ids[row]), parts) for row, parts in picks]
    proven = bool(picks) and picks[-1][1].score > left_out
    found = "the same as greedy over the whole pool" if proven else "close to greedy over the whole pool"
    return chosen, f"two rounds over {len(pool.row_ranges)} parts, by ranks before the batch; {found} by them"


def _make_candidates(
    pool: PoolOnDisk,
    plan: ScoringPlan,
    ranking: BoundedRanking,
    scores_of: Callable[[RowRange], RangeScores],
    at: RowRange,
) -> BatchCandidates:
    """All rows of a stretch that may be chosen."""
    part, ranked = scores_of(at), ranking.rank_rows(at)
    vectors = np.ascontiguousarray(pool.vectors[at.start : at.stop][ranked.places])
    release_pages(pool.vectors)
    ids = np.array(pool.read_ids(at), dtype=np.str_)[ranked.places]
    parts = np.stack([getattr(part, name)[ranked.places] for name in FACTORS])
    cdfs = np.stack([ranked.score, np.ones(len(ids))]) if plan.chosen_strategy.is_random else ranked.cdfs[:2]
    return BatchCandidates(ids, vectors, parts, cdfs, ranked.score)


def rank_by_graph(
    pool: PoolOnDisk, plan: ScoringPlan, threads: int, size: int, report: Callable[[int], None]
) -> ScoringOutcome:
    """Numbers, ranks and the batch, all as the service has them.

    Args:
        pool: that was taken in.
        plan: what is asked for.
        threads: to work on.
        size: of the batch.
        report: called with the number of rows that the graph covers.
    """
    scores = GraphScores(pool, plan, threads, report)
    parts = np.zeros((3, pool.rows)) if plan.only_classes else scores.compute_parts()

    def scores_of(row_range: RowRange) -> RangeScores:
        step = rows_per_block(len(scores.classes))
        starts = range(row_range.start, row_range.stop, step)
        range_results = [
            likeliest_classes(scores.compute_probabilities(start, min(start + step, row_range.stop)))
            for start in starts
        ]
        columns, probabilities = (np.concatenate(each) for each in zip(*range_results, strict=True))
        first, second, third = parts[:, row_range.start : row_range.stop]
        return RangeScores(first, second, third, columns, probabilities)

    if plan.only_classes:
        return ScoringOutcome(scores.classes, scores_of, None, None, (), "")
    ids = pool.read_all_ids()
    exponents: Exponents = plan.chosen_strategy.exponents(pool.label_count)
    ranking = ExactRanking((parts[0], parts[1], parts[2]), scores.select_ranked(), ids, exponents)
    chosen = scores.choose_batch(ids, size) if size else []
    return ScoringOutcome(
        scores.classes, scores_of, ranking, scores.grade_filters(), chosen, "greedy over the whole pool"
    )
