"""Diversity by evidence: its values, the bins that they are ranked by, and batches that stand on both."""

import numpy as np
import pytest

from vicinal.core.graph import MASS_UNIT, Spread, Spreader, pool_graph
from vicinal.core.scoring.diversity import EvidenceAround
from vicinal.core.scoring.scores import Exponents, score
from vicinal.core.scoring.selection import binned, greedy_batch

ITEMS = 80


@pytest.fixture
def spreader() -> Spreader:
    points = np.random.default_rng(3).random((ITEMS, 2))
    similar = 1.0 - np.linalg.norm(points[:, np.newaxis] - points, axis=2)
    np.fill_diagonal(similar, -np.inf)
    keys = np.argsort(-similar, axis=1)[:, :5]
    return Spreader(pool_graph(keys, np.take_along_axis(similar, keys, axis=1).astype(np.float32)))


def mass_of(spreader: Spreader, positions: list[int]) -> np.ndarray:
    mass = np.zeros(ITEMS, dtype=np.int64)
    for position in positions:
        spread = spreader.spread(position)
        mass[spread.positions] += spread.mass
    return mass


def check_bins(evidence: EvidenceAround) -> None:
    """Bins are in the order of the values, and an odd code is only where nothing in its bin is larger."""
    values, codes = evidence.diversity().values, evidence.diversity().codes
    order = np.argsort(values, kind="stable")
    assert (np.diff((codes >> 1)[order].astype(int)) >= 0).all()
    for row in np.flatnonzero(codes % 2):
        assert values[row] == values[codes >> 1 == codes[row] >> 1].max()


def test_values_and_bins_follow_what_comes_and_goes(spreader: Spreader) -> None:
    evidence, standing = EvidenceAround(spreader), []
    for position in (4, 40, 7, 71, 8):
        evidence.select(position)
        standing.append(position)
        check_bins(evidence)
    for position in (7, 4):
        evidence.deselect(position)
        standing.remove(position)
        check_bins(evidence)
        expected = 1.0 / (1.0 + mass_of(spreader, standing) / MASS_UNIT)
        np.testing.assert_array_equal(evidence.diversity().values, expected)


def test_any_mass_has_its_bin(spreader: Spreader) -> None:
    evidence = EvidenceAround(spreader)
    units = [
        1,
        2,
        3,
        127,
        128,
        129,
        MASS_UNIT - 1,
        MASS_UNIT,
        700 * MASS_UNIT,
        1023 * MASS_UNIT,
        10**11,
        10**13,
    ]
    evidence.add_spread(Spread(np.arange(len(units)), np.array(units, dtype=np.int64)))
    check_bins(evidence)
    codes = evidence.diversity().codes
    assert len(set(codes[:10].tolist())) == 10
    assert len(set(codes[len(units) :].tolist())) == 1


def test_little_mass_is_spread_over_many_bins(spreader: Spreader) -> None:
    evidence = EvidenceAround(spreader)
    evidence.add_spread(Spread(np.arange(ITEMS), np.arange(1, ITEMS + 1, dtype=np.int64) * 100))
    assert len(set(evidence.diversity().codes.tolist())) > ITEMS * 0.8


def test_a_batch_by_evidence_is_what_scoring_all_for_each_pick_gives(spreader: Spreader) -> None:
    random = np.random.default_rng(5)
    uncertainty, density = random.random(ITEMS), random.integers(0, 9, ITEMS) / 9
    eligible, ids = random.random(ITEMS) < 0.9, [f"{number:02d}" for number in random.permutation(ITEMS)]
    evidence, selected = EvidenceAround(spreader), [1, 30]
    for position in selected:
        evidence.select(position)
    picks = greedy_batch(
        eligible,
        uncertainty=binned(uncertainty),
        density=binned(density),
        diversifier=evidence.with_more(),
        ids=ids,
        exponents=Exponents(1.0, 0.3, 1.0),
        size=30,
    )
    for pick in picks:
        left = np.setdiff1d(np.flatnonzero(eligible), selected[2:])
        diversity = 1.0 / (1.0 + mass_of(spreader, selected) / MASS_UNIT)
        scores = score(uncertainty[left], density[left], diversity[left], Exponents(1.0, 0.3, 1.0))
        best = min(range(len(left)), key=lambda row: (-scores.score[row], ids[left[row]]))
        assert pick.position == left[best]
        assert pick.parts == scores.part(best)
        selected.append(pick.position)
