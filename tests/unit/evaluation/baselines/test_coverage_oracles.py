"""MaxHerding, UHerding and ProbCover against the plain greedy algorithm over full matrices."""

import numpy as np
import pytest

from vicinal.evaluation.baselines import maxherding, probcover
from vicinal.evaluation.baselines.coverage import k_means
from vicinal.evaluation.baselines.maxherding import MaxHerding
from vicinal.evaluation.baselines.probcover import Balls, ProbCover, pure_radius
from vicinal.evaluation.baselines.uherding import Radius, UncertaintyHerding


def all_distances(vectors):
    wide = vectors.astype(np.float64)
    return np.linalg.norm(wide[:, np.newaxis] - wide, axis=2)


def gain_in_coverage(kernel, labelled, weights):
    """(N,) what each row would add to the weighted coverage, row by row; -1 where labelled."""
    covered = kernel[labelled].max(axis=0, initial=0.0)
    gains = np.full(len(kernel), -1.0)
    for row in range(len(kernel)):
        if row not in labelled:
            gains[row] = (weights * np.maximum(kernel[row], covered)).sum() - (weights * covered).sum()
    return gains


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """So that few gains are evaluated at a time: what is put off wrongly shows."""
    monkeypatch.setattr(maxherding, "BLOCK_ROWS", 2)


def test_maxherding_is_the_greedy_maximum_of_coverage(world):
    pool = world(150)
    kernel = np.exp(-(all_distances(pool.vectors) ** 2))
    baseline = MaxHerding(pool.vectors, 0, pool.probabilities)
    for _ in range(40):
        gains = gain_in_coverage(kernel, list(pool.labelled), np.ones(150))
        picks = baseline.pick(pool.labelled, 1)
        assert gains[picks[0]] == pytest.approx(gains.max(), abs=1e-4)
        pool.label(picks)


def test_a_batch_of_maxherding_is_as_many_single_picks(world):
    pool = world(150)
    batch = MaxHerding(pool.vectors, 0, pool.probabilities).pick({}, 20)
    baseline = MaxHerding(pool.vectors, 0, pool.probabilities)
    singles = []
    for _ in range(20):
        singles += baseline.pick(pool.labelled, 1)
        pool.label(singles[-1:])
    assert batch == singles


def test_maxherding_forgets_what_is_no_longer_labelled(world):
    pool = world(150)
    baseline = MaxHerding(pool.vectors, 0, pool.probabilities)
    baseline.pick({}, 12)
    for count in (9, 3, 6, 0):
        labelled = dict.fromkeys(range(count), "cat")
        assert baseline.pick(labelled, 7) == MaxHerding(pool.vectors, 0, pool.probabilities).pick(labelled, 7)


def test_uherding_is_the_maximum_of_uncertain_coverage_at_the_smallest_distance(world):
    pool = world(150)
    distances = all_distances(pool.vectors)
    baseline = UncertaintyHerding(pool.vectors, 0, pool.probabilities)
    pool.label(baseline.pick({}, 1))
    radii = []
    for _ in range(30):
        rows = list(pool.labelled)
        among = distances[np.ix_(rows, rows)]
        radii.append(among[among > 0].min(initial=np.inf) if len(rows) > 1 else 1.0)
        two = np.sort(pool.probabilities(), axis=1)[:, -2:]
        gains = gain_in_coverage(np.exp(-((distances / radii[-1]) ** 2)), rows, 1 - (two[:, 1] - two[:, 0]))
        picks = baseline.pick(pool.labelled, 1)
        assert gains[picks[0]] == pytest.approx(gains.max(), abs=1e-4)
        pool.label(picks)
    assert radii[-1] < radii[5] < radii[0]


def test_a_batch_of_uherding_is_greedy_at_the_radius_and_uncertainty_of_its_start(world):
    pool = world(100)
    pool.label([4, 40, 44])
    distances = all_distances(pool.vectors)
    radius = min(distances[4, 40], distances[4, 44], distances[40, 44])
    two = np.sort(pool.probabilities(), axis=1)[:, -2:]
    rows = [4, 40, 44]
    for pick in UncertaintyHerding(pool.vectors, 0, pool.probabilities).pick(pool.labelled, 8):
        gains = gain_in_coverage(np.exp(-((distances / radius) ** 2)), rows, 1 - (two[:, 1] - two[:, 0]))
        assert gains[pick] == pytest.approx(gains.max(), abs=1e-4)
        rows.append(pick)


def test_uherding_begins_as_maxherding_does(world):
    pool = world(60)
    first = UncertaintyHerding(pool.vectors, 0, pool.probabilities).pick({}, 1)
    assert first == MaxHerding(pool.vectors, 0, pool.probabilities).pick({}, 1)


def test_equal_points_leave_the_radius_alone():
    vectors = np.float32([[1, 0], [1, 0], [0.6, 0.8], [0, 1]])
    radius = Radius(vectors)
    assert radius.of({0: "a", 1: "a"}) == 1.0
    assert radius.of({0: "a", 1: "a", 2: "a", 3: "a"}) == pytest.approx(np.sqrt(0.4))
    assert radius.of({0: "a", 3: "a"}) == pytest.approx(np.sqrt(2))


def test_probcover_is_greedy_over_the_whole_graph(world, monkeypatch):
    monkeypatch.setattr(probcover, "BLOCK_ROWS", 16)
    pool = world(101)
    baseline = ProbCover(pool.vectors, 2, pool.probabilities)
    radius = np.sqrt(pure_radius(pool.vectors, k_means(pool.vectors, 10, 2)))
    # The radius is the distance of a pair, which is not in the graph; rounding must not bring it in.
    is_near = all_distances(pool.vectors) < radius * (1 - 1e-6)
    np.fill_diagonal(is_near, True)
    is_covered = np.zeros(101, dtype=bool)
    while not is_covered.all():
        picks = baseline.pick(pool.labelled, 1)
        degrees = (is_near & ~is_covered).sum(axis=1)
        degrees[list(pool.labelled)] = 0
        assert picks == [int(degrees.argmax())]
        is_covered |= is_near[picks[0]]
        pool.label(picks)
    assert 10 < len(pool.labelled) < 101


def test_a_ball_holds_what_is_nearer_than_the_radius(world, monkeypatch):
    monkeypatch.setattr(probcover, "BLOCK_ROWS", 16)
    vectors = world(45).vectors
    balls = Balls(vectors, 0.7**2)
    for row, distances in enumerate(all_distances(vectors)):
        np.testing.assert_array_equal(balls.ball(row), distances < 0.7)


def test_the_radius_is_the_largest_at_which_balls_are_pure(world, monkeypatch):
    monkeypatch.setattr(probcover, "BLOCK_ROWS", 16)
    vectors = world(100).vectors
    clusters = k_means(vectors, 10, 0)
    distances, differ = all_distances(vectors), clusters[:, np.newaxis] != clusters
    radius = np.sqrt(pure_radius(vectors, clusters))

    def pure_share(at):
        return 1 - ((distances < at) & differ).any(axis=1).mean()

    assert pure_share(radius * (1 - 1e-5)) >= 0.95
    assert pure_share(radius * (1 + 1e-5)) < 0.95


def test_more_classes_than_ten_make_more_clusters(world, monkeypatch):
    pool = world(60)
    asked = []
    monkeypatch.setattr(
        probcover,
        "k_means",
        lambda vectors, count, seed: asked.append(count) or k_means(vectors, count, seed),
    )
    baseline = ProbCover(pool.vectors, 0, pool.probabilities)
    baseline.pick(dict.fromkeys(range(5), "cat"), 1)
    baseline.pick({row: f"class {row}" for row in range(12)}, 1)
    baseline.pick({row: f"class {row}" for row in range(12)}, 1)
    assert asked == [10, 12]
