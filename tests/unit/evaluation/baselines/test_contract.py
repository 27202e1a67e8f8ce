"""What every baseline must do. A new one joins `BASELINES`."""

import subprocess
import sys

import numpy as np
import pytest

from vicinal.core.similarity import prepare
from vicinal.evaluation.baselines import BASELINES, coverage
from vicinal.records.pool_options import Metric


@pytest.fixture(params=list(BASELINES))
def name(request):
    return request.param


def check(picks, labelled, count, expected):
    assert len(picks) == expected
    assert len(set(picks)) == len(picks)
    assert not set(picks) & labelled.keys()
    assert all(type(row) is int and 0 <= row < count for row in picks)


def run(pool, baseline, steps, size=1):
    """Picks and labels; every answer is checked on the way."""
    picked = []
    for _ in range(steps):
        picks = baseline.pick(pool.labelled, size)
        check(picks, pool.labelled, len(pool.vectors), min(size, len(pool.vectors) - len(pool.labelled)))
        pool.label(picks)
        picked += picks
    return picked


def test_their_names_can_be_read_without_scikit_learn():
    without = "import sys; sys.modules['sklearn'] = None"
    code = f"{without}; import vicinal.evaluation.baselines as b; print(*b.BASELINES)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.split() == list(BASELINES)


def test_picks_until_the_pool_is_exhausted(world, name):
    pool = world(23)
    baseline = pool.make(name)
    assert sorted(run(pool, baseline, 23)) == list(range(23))
    assert baseline.pick(pool.labelled, 1) == []


@pytest.mark.parametrize("size", [2, 7, 50])
def test_a_batch_has_the_size_asked_for_or_what_is_left(world, name, size):
    pool = world(23)
    assert sorted(run(pool, pool.make(name), -(-23 // size), size)) == list(range(23))


def test_the_same_seed_gives_the_same_picks(world, name):
    first, second = world(80), world(80)
    assert run(first, first.make(name), 15) == run(second, second.make(name), 15)


def test_picks_hang_on_the_labels_and_not_on_earlier_calls(world, name):
    pool = world(80)
    used = pool.make(name)
    run(pool, used, 6)
    used.pick(pool.labelled, 5)
    for row in list(pool.labelled)[:3]:
        del pool.labelled[row]
    pool.label([70, 71])
    assert used.pick(pool.labelled, 4) == pool.make(name).pick(pool.labelled, 4)


def test_nothing_that_is_passed_in_is_changed(world, name):
    pool = world(40)
    before = pool.vectors.copy()
    labelled = {3: "cat", 5: "dog"}
    pool.make(name).pick(labelled, 3)
    assert labelled == {3: "cat", 5: "dog"}
    np.testing.assert_array_equal(pool.vectors, before)


def test_a_single_class_is_no_obstacle(world, name):
    pool = world(30)
    pool.classes = ["cat"] * 30
    pool.probabilities = lambda: np.ones((30, 1))
    run(pool, pool.make(name), 12)


def test_probabilities_are_not_asked_for_without_labels(world, name):
    pool = world(30)

    def probabilities():
        raise AssertionError("there are no shares yet")

    pool.probabilities = probabilities
    check(pool.make(name).pick({}, 1), {}, 30, 1)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_tiny_pool_will_do(world, name, count):
    pool = world(count)
    assert sorted(run(pool, pool.make(name), count)) == list(range(count))


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_equal_vectors_will_do(world, name):
    pool = world(25)
    pool.vectors = prepare(np.ones((25, 6)), 6, Metric.COSINE)
    assert sorted(run(pool, pool.make(name), 25)) == list(range(25))


@pytest.mark.parametrize("method", ["maxherding", "uherding"])
def test_of_a_large_pool_a_part_is_picked_from_first(world, method, monkeypatch):
    monkeypatch.setattr(coverage, "MOST_POINTS", 10)
    pool = world(23)
    part = set(pool.make(method).pick({}, 10))
    assert set(run(pool, pool.make(method), 10)) == part
    rest = [row for row in range(23) if row not in part]
    assert sorted(run(pool, pool.make(method), 13)) == rest
