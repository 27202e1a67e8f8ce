"""Batches where some items are filtered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vicinal.core.scoring.diversity import NearestSelected
from vicinal.core.scoring.scores import Exponents, score
from vicinal.core.scoring.selection import Pick, binned, first_in_line, greedy_batch, in_order
from vicinal.core.similarity import prepare
from vicinal.records.pool_options import Metric
from vicinal.records.votes import ScoreParts

EXPONENTS = Exponents(1.0, 0.61, 1.0)


class Setting:
    """A pool of items, some of them not eligible, some filtered."""

    def __init__(self, seed, items):
        random = np.random.default_rng(seed)
        self.pool = prepare(random.normal(size=(items, 3)), 3, Metric.COSINE)
        self.uncertainty, self.density = random.integers(0, 5, items) / 4, random.random(items)
        self.ids = [f"{number:x}" for number in random.permutation(items)]
        self.eligible = random.random(items) < 0.8
        self.filter_grades = random.choice([0, 1, 2], items, p=random.dirichlet([1, 1, 1])).astype(np.uint8)

    def nearest(self, picked=()):
        nearest = NearestSelected(Metric.COSINE)
        nearest.grow(self.pool)
        for position in picked:
            nearest.select(position)
        return nearest

    def among(self, picked):
        """Positions that are chosen among, found item by item."""
        left = [at for at in np.flatnonzero(self.eligible).tolist() if at not in picked]
        least = min((self.filter_grades[at] for at in left), default=0)
        return [at for at in left if self.filter_grades[at] == least]

    def one_by_one(self, size):
        picks = []
        while len(picks) < size and (among := self.among([pick.position for pick in picks])):
            diversity = self.nearest([pick.position for pick in picks]).diversity().values[among]
            scores = score(self.uncertainty[among], self.density[among], diversity, EXPONENTS)
            best = min(range(len(among)), key=lambda row: (-scores.score[row], self.ids[among[row]]))
            picks.append(Pick(among[best], scores.part(best)))
        return picks


def settings_of_pools():
    return st.builds(Setting, st.integers(0, 10**6), st.integers(1, 30))


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(settings_of_pools(), st.integers(1, 30))
def test_a_batch_takes_filtered_items_last(setting, size):
    batch = greedy_batch(
        setting.eligible,
        uncertainty=binned(setting.uncertainty),
        density=binned(setting.density),
        diversifier=setting.nearest().with_more(),
        ids=setting.ids,
        exponents=EXPONENTS,
        size=size,
        filter_grades=setting.filter_grades,
    )
    assert batch == setting.one_by_one(size)


@given(settings_of_pools())
def test_who_is_first_in_line(setting):
    assert np.flatnonzero(first_in_line(setting.eligible, setting.filter_grades)).tolist() == setting.among(
        []
    )
    assert first_in_line(setting.eligible, None) is setting.eligible


def test_chance_draws_from_filtered_items_too():
    setting = Setting(3, 20)
    setting.eligible[:], setting.filter_grades[:] = True, 0
    setting.filter_grades[7] = 2
    seen = []

    def pick_control(slot, is_open):
        seen.append(is_open.copy())
        return 7 if slot == 1 else None

    batch = greedy_batch(
        setting.eligible,
        uncertainty=binned(setting.uncertainty),
        density=binned(setting.density),
        diversifier=setting.nearest().with_more(),
        ids=setting.ids,
        exponents=EXPONENTS,
        size=3,
        pick_control=pick_control,
        filter_grades=setting.filter_grades,
    )
    assert batch[1].position == 7
    assert [mask.sum() for mask in seen] == [20, 19, 18]
    assert seen[0][7]
    parts = ScoreParts(*[0.0] * 10)
    order = np.arange(20)
    assert in_order(order, lambda _: parts, setting.eligible, 2, pick_control)[1].position == 7
