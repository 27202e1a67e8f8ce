import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vicinal.core.scoring.diversity import NearestSelected
from vicinal.core.scoring.scores import Exponents, score
from vicinal.core.scoring.selection import Pick, binned, greedy_batch
from vicinal.core.scoring.strategies import strategy_named
from vicinal.core.similarity import prepare
from vicinal.records.pool_options import Metric


class Setting:
    """A pool, of which some items are selected, some excluded, the rest eligible."""

    def __init__(self, seed, items, metric, grid=True):
        random = np.random.default_rng(seed)
        vectors = (
            random.integers(-2, 3, (items, 2)) + np.array([0.5, 0.25]) if grid else random.random((items, 5))
        )
        self.metric = metric
        self.pool = prepare(vectors, vectors.shape[1], metric)
        self.uncertainty = random.integers(0, 4, items) / 3 if grid else random.random(items)
        self.density = random.integers(0, 4, items) / 7 if grid else random.random(items)
        self.ids = [f"{number:x}" for number in random.permutation(items)]
        state = random.choice(["eligible", "selected", "excluded"], items, p=[0.8, 0.1, 0.1])
        self.eligible = np.flatnonzero(state == "eligible")
        self.selected = np.flatnonzero(state == "selected")

    def nearest(self, picked=()):
        nearest = NearestSelected(self.metric)
        nearest.grow(self.pool)
        for position in [*self.selected.tolist(), *picked]:
            nearest.select(position)
        return nearest

    def batch(self, size, exponents):
        return greedy_batch(
            np.isin(np.arange(len(self.pool)), self.eligible),
            uncertainty=binned(self.uncertainty),
            density=binned(self.density),
            diversifier=self.nearest().with_more(),
            ids=self.ids,
            exponents=exponents,
            size=size,
        )

    def one_by_one(self, size, exponents):
        """Scores everything again for each pick."""
        picks = []
        while len(picks) < min(size, len(self.eligible)):
            picked = [pick.position for pick in picks]
            left = np.setdiff1d(self.eligible, picked)
            diversity = self.nearest(picked).diversity().values[left]
            scores = score(self.uncertainty[left], self.density[left], diversity, exponents)
            best = min(range(len(left)), key=lambda row: (-scores.score[row], self.ids[left[row]]))
            picks.append(Pick(int(left[best]), scores.part(best)))
        return picks


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    st.builds(
        Setting, st.integers(0, 10**6), st.integers(0, 40), st.sampled_from(Metric), grid=st.booleans()
    ),
    st.integers(1, 12),
    st.sampled_from([(1.0, 1.0, 1.0), (1.0, 0.737, 1.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)]),
)
def test_a_batch_is_what_asking_one_by_one_gives(setting, size, powers):
    assert setting.batch(size, Exponents(*powers)) == setting.one_by_one(size, Exponents(*powers))


@pytest.mark.slow
def test_a_long_batch_is_what_asking_one_by_one_gives(metric):
    setting, exponents = Setting(0, 1500, metric, grid=False), Exponents(1.0, 0.61, 1.0)
    assert setting.batch(25, exponents) == setting.one_by_one(25, exponents)


def test_more_than_there_is_gives_all_there_is(metric):
    setting = Setting(1, 30, metric)
    picks = setting.batch(1000, Exponents(1.0, 1.0, 1.0))
    assert sorted(pick.position for pick in picks) == setting.eligible.tolist()


def test_an_empty_pool_and_a_size_of_none(metric):
    assert Setting(0, 0, metric).batch(5, Exponents(1.0, 1.0, 1.0)) == []
    assert Setting(0, 20, metric).batch(0, Exponents(1.0, 1.0, 1.0)) == []


def test_all_tied_goes_by_id():
    selected = NearestSelected(Metric.COSINE)
    selected.grow(prepare(np.ones((6, 2)), 2, Metric.COSINE))
    picks = greedy_batch(
        np.array([False, True, True, False, True, True]),
        uncertainty=binned(np.zeros(6)),
        density=binned(np.zeros(6)),
        diversifier=selected.with_more(),
        ids=["0", "d", "b", "1", "c", "a"],
        exponents=Exponents(1.0, 1.0, 1.0),
        size=3,
    )
    assert [pick.position for pick in picks] == [5, 2, 4]
    assert {pick.parts.score for pick in picks} == {1.0}


def test_k_center_takes_the_densest_then_the_farthest_from_all_before():
    points = np.array([[0.0], [1.0], [2.0], [10.0], [5.9]])
    nearest = NearestSelected(Metric.EUCLIDEAN)
    nearest.grow(prepare(points, 1, Metric.EUCLIDEAN))
    picks = greedy_batch(
        np.ones(5, dtype=bool),
        uncertainty=binned(np.zeros(5)),
        density=binned(np.array([0.1, 0.9, 0.2, 0.1, 0.3])),
        diversifier=nearest.with_more(),
        ids=list("abcde"),
        exponents=strategy_named("k_center").exponents(0),
        size=4,
    )
    assert [pick.position for pick in picks] == [1, 3, 4, 2]


def test_what_was_given_is_left_as_it_was(metric):
    setting = Setting(3, 40, metric)
    before = setting.uncertainty.copy(), setting.density.copy()
    setting.batch(10, Exponents(1.0, 1.0, 1.0))
    assert np.array_equal(setting.uncertainty, before[0])
    assert np.array_equal(setting.density, before[1])


def test_nan_is_refused(metric):
    setting = Setting(4, 20, metric)
    setting.density[:] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        setting.batch(2, Exponents(1.0, 1.0, 1.0))
