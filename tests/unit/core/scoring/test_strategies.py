import numpy as np
import pytest

from vicinal.core.errors import InvalidInput
from vicinal.core.scoring.density import Density
from vicinal.core.scoring.scores import Exponents, score
from vicinal.core.scoring.strategies import STRATEGIES, Strategy, random_priority, strategy_named
from vicinal.core.scoring.uncertainty import Uncertainty


def test_the_names():
    assert set(STRATEGIES) == {
        "classic",
        "default",
        "density",
        "entropy",
        "k_center",
        "least_confidence",
        "margin",
        "random",
    }
    assert all(strategy_named(name).name == name for name in STRATEGIES)


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(
        InvalidInput, match=r"'smart' is not known; use one of default, classic.*k_center"
    ) as caught:
        strategy_named("smart")
    assert caught.value.violations[0].field == "strategy"


def test_default_lets_density_decay_to_its_floor():
    default = strategy_named("default")
    assert default.exponents(0) == Exponents(1.0, 1.0, 1.0)
    assert default.exponents(10).density == pytest.approx(0.97**10)
    assert default.exponents(39).density == pytest.approx(0.97**39)
    assert default.exponents(40).density == 0.3
    assert default.exponents(10**6) == Exponents(1.0, 0.3, 1.0)
    assert (default.density, default.uncertainty) == (Density.LOCAL, Uncertainty.MARGIN)


def test_classic_never_decays():
    classic = strategy_named("classic")
    assert classic.exponents(0) == classic.exponents(1000) == Exponents(1.0, 1.0, 1.0)
    assert classic.density is Density.MEAN


@pytest.mark.parametrize("measure", Uncertainty)
def test_uncertainty_strategies_look_at_nothing_else(measure):
    strategy = strategy_named(measure.value)
    assert strategy.uncertainty is measure
    assert strategy.exponents(0) == strategy.exponents(7) == Exponents(1.0, 0.0, 0.0)


def test_a_weight_of_zero_is_not_raised_by_the_floor():
    assert Strategy("x", density_floor=0.3).exponents(100).density == 0.0


def test_k_center_begins_with_the_densest():
    k_center, items = strategy_named("k_center"), 100_000
    density = np.random.default_rng(0).permutation(items).astype(float)
    cold = score(np.zeros(items), density, np.full(items, 2.0), k_center.exponents(0))
    assert cold.leaders() == [int(density.argmax())]
    assert k_center.exponents(1) == Exponents(0.0, 0.0, 1.0)


def test_k_center_lets_density_decide_nothing_but_ties():
    items = 200_000
    random = np.random.default_rng(0)
    diversity = random.permutation(items // 2).repeat(2).astype(float)
    density = random.permutation(items).astype(float)
    scores = score(np.zeros(items), density, diversity, strategy_named("k_center").exponents(0))
    assert np.array_equal(np.argsort(scores.score), np.lexsort([density, diversity]))


def test_random_priorities_are_uniform_and_differ_by_seed_and_id():
    priorities = np.array([[random_priority(seed, str(item)) for item in range(4000)] for seed in (0, 1)])
    assert priorities.min() >= 0
    assert priorities.max() < 1
    assert len(np.unique(priorities)) == priorities.size
    assert abs(np.corrcoef(priorities)[0, 1]) < 0.05
    counts, _ = np.histogram(priorities[0], bins=10, range=(0, 1))
    assert (np.abs(counts - 400) < 100).all()


def test_random_priorities_stay_over_restarts_and_versions():
    assert random_priority(7, "früchte/ä 1.jpg") == random_priority(7, "früchte/ä 1.jpg")
    assert random_priority(0, "a") == pytest.approx(0.741719, abs=1e-6)
    assert random_priority(-1, "a") != random_priority(1, "a")
