"""Scoring where the nearest labelled items vote: part by part, on all workers."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Values, Vectors
from vicinal.core.batch import Pick, greedy_batch, in_order
from vicinal.core.best import Binned, binned
from vicinal.core.diversity import MoreDistant
from vicinal.core.pool_similarity import PoolSimilarity
from vicinal.core.residency import release_pages
from vicinal.core.scores import Exponents, PoolScores, score
from vicinal.core.strategies import random_priority
from vicinal.core.two_rounds import Nominees, SecondRound, joined
from vicinal.jobs.engines.protocol import Engine
from vicinal.jobs.scoring.outcome import Chosen, Outcome
from vicinal.jobs.scoring.parts import Part, PartScorer, part_name, read_part
from vicinal.jobs.scoring.plan import Plan, Stretch
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.stages import pace_of, work_through
from vicinal.jobs.scoring.standings import FACTORS, BoundedStandings, ExactStandings

Report = Callable[[int], None]


def score_parts(pool: PoolOnDisk, plan: Plan, engine: Engine, report: Report) -> tuple[str, ...]:
    """Has all parts scored that are not yet; returns the classes.

    Raises:
        JobUnfinished: as `work_through`.
    """
    voters, labels = pool.voters()
    own = None if len(labels) == len(pool.labels) else pool.vectors_of(pool.labels)
    scorer = PartScorer(
        *(pool.scratch.folder, plan, pool.rows, voters, labels),
        *(pool.spot.mean, pool.spot.mean_square, own),
    )
    waiting = [each for each in pool.stretches if not pool.scratch.has(f"{part_name(each)}.npz")]
    work_through(engine, scorer, waiting, pool.scratch.folder, pace_of(waiting, pool.rows, report))
    return tuple(sorted(set(labels)))


def outcome_by_nearest(pool: PoolOnDisk, plan: Plan, classes: tuple[str, ...], size: int) -> Outcome:
    """Ranks and the batch, exact where all rows can be sorted.

    Args:
        pool: of which all parts are scored.
        plan: what is asked for.
        classes: of its labels.
        size: of the batch.
    """

    def part_of(stretch: Stretch) -> Part:
        return read_part(pool.scratch, stretch)

    if plan.only_classes:
        return Outcome(classes, part_of, None, None, (), "")
    if pool.rows <= plan.exact_rows:
        standings, chosen = _exact(pool, plan, part_of, size)
        return Outcome(classes, part_of, standings, None, chosen, "greedy over the whole pool")
    bounded = BoundedStandings(pool, plan, part_of)
    chosen, note = _two_rounds(pool, plan, bounded, part_of, size)
    return Outcome(classes, part_of, bounded, None, chosen, note)


def _exact(
    pool: PoolOnDisk, plan: Plan, part_of: Callable[[Stretch], Part], size: int
) -> tuple[ExactStandings, list[Chosen]]:
    parts = [part_of(stretch) for stretch in pool.stretches]
    first, second, third = (np.concatenate([getattr(part, name) for part in parts]) for name in FACTORS)
    del parts
    ids = pool.all_ids()
    eligible, exponents = pool.eligible(), plan.chosen.exponents(pool.label_count)
    priorities = None
    if plan.chosen.is_random:
        exponents = Exponents(0.0, 0.0, 0.0)
        priorities = np.array([random_priority(plan.seed, each) for each in ids])
    standings = ExactStandings((first, second, third), eligible, ids, exponents, priorities)
    if priorities is not None:
        picks = _by_priority(priorities, eligible, ids, size)
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
    return standings, [Chosen(ids[pick.position], pick.parts) for pick in picks]


class _Distances:
    """`MoreDistant` over vectors on disk: their pages go again after each pick."""

    def __init__(self, nearest: Vectors, pool: PoolOnDisk, plan: Plan) -> None:
        self._vectors = pool.vectors
        similarity = PoolSimilarity(plan.metric)
        similarity.grow(self._vectors)
        self._distant = MoreDistant(nearest, similarity)

    def diversity(self) -> Binned:
        return self._distant.diversity()

    def pick(self, position: int) -> None:
        self._distant.pick(position)
        release_pages(self._vectors)


def _by_priority(priorities: Values, eligible: NDArray[np.bool_], ids: list[str], size: int) -> list[Pick]:
    positions, nothing = np.flatnonzero(eligible), np.zeros(int(eligible.sum()))
    unscored = score(nothing, nothing, nothing, Exponents(0.0, 0.0, 0.0))
    scores: PoolScores = replace(unscored, score=priorities[positions])
    rows = scores.order([ids[position] for position in positions.tolist()])
    return in_order(positions[rows], lambda place: scores.part(int(rows[place])), eligible, size)


def _two_rounds(
    pool: PoolOnDisk, plan: Plan, standings: BoundedStandings, part_of: Callable[[Stretch], Part], size: int
) -> tuple[list[Chosen], str]:
    exponents = plan.chosen.exponents(pool.label_count)
    if plan.chosen.is_random:
        # The priority stands where the ranks of uncertainty would, as it is.
        exponents = Exponents(1.0, 0.0, 0.0)
    second = SecondRound(exponents, standings.ranks[2], plan.metric)
    kept: list[Nominees] = []
    left_out = 0.0
    for stretch in pool.stretches if size else ():
        nominees, rest = second.nominated(_candidates(pool, plan, standings, part_of, stretch), size)
        few, pruned = joined([*kept, nominees]).best(max(1000, 32 * size))
        kept, left_out = [few], max(left_out, rest, pruned)
    if not kept:
        return [], ""
    picks = second.greedy(kept[0], size)
    chosen = [Chosen(str(kept[0].ids[row]), parts) for row, parts in picks]
    proven = bool(picks) and picks[-1][1].score > left_out
    found = "the same as greedy over the whole pool" if proven else "close to greedy over the whole pool"
    return chosen, f"two rounds over {len(pool.stretches)} parts, by ranks before the batch; {found} by them"


def _candidates(
    pool: PoolOnDisk, plan: Plan, standings: BoundedStandings, part_of: Callable[[Stretch], Part], at: Stretch
) -> Nominees:
    """All rows of a stretch that may be chosen."""
    part, standing = part_of(at), standings.of(at)
    vectors = np.ascontiguousarray(pool.vectors[at.start : at.stop][standing.places])
    release_pages(pool.vectors)
    ids = np.array(pool.ids(at), dtype=np.str_)[standing.places]
    parts = np.stack([getattr(part, name)[standing.places] for name in FACTORS])
    cdfs = np.stack([standing.score, np.ones(len(ids))]) if plan.chosen.is_random else standing.cdfs[:2]
    return Nominees(ids, vectors, parts, cdfs, standing.score)
