import numpy as np
import pytest
from PIL import Image

from benchmarks.plane import run
from vicinal.core.errors import InvalidInput
from vicinal.evaluation import plane as plane_module
from vicinal.evaluation.plane import extent, half_moons, separate_marks, walk

GRID = 16


@pytest.fixture(autouse=True)
def coarse_grid(monkeypatch):
    monkeypatch.setattr(plane_module, "GRID", GRID)


def test_half_moons_lie_on_their_circles_and_are_the_same_for_a_seed():
    plane = half_moons(200, 0.0, 1)
    upper, lower = plane.points[plane.codes == 1], plane.points[plane.codes == 0]
    np.testing.assert_allclose(np.linalg.norm(upper, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(lower - [1, 0.5], axis=1), 1, rtol=1e-5)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5
    assert len(upper) == len(lower) == 100
    np.testing.assert_array_equal(plane.points, half_moons(200, 0.0, 1).points)
    assert not np.array_equal(plane.points, half_moons(200, 0.0, 2).points)


@pytest.mark.parametrize("strategy", ["random", "classic", "default"])
def test_a_walk_labels_point_after_point(strategy):
    plane, test = half_moons(60, 0.1, 0), half_moons(40, 0.1, 1)
    walked = walk(plane, test, strategy, 25, 0)
    assert len(set(walked.picks.tolist())) == 25
    assert walked.fields.shape == (25, GRID, GRID)
    assert ((walked.fields >= 0) & (walked.fields <= 1)).all()
    # After the first label all votes are for its class, and half of the test points are of it.
    assert (walked.fields[0] == plane.codes[walked.picks[0]]).all()
    assert walked.accuracies[0] == 0.5
    assert walked.accuracies[-1] > 0.7


def test_the_field_is_seen_the_right_way_up():
    plane = half_moons(80, 0.05, 0)
    field = walk(plane, plane, "default", 30, 0).fields[-1]
    left, right, bottom, top = extent(plane)
    for at, is_upper in (((0.0, 1.0), True), ((1.0, -0.5), False)):
        column = round((at[0] - left) / (right - left) * (GRID - 1))
        row = round((at[1] - bottom) / (top - bottom) * (GRID - 1))
        assert (field[row, column] > 0.5) == is_upper


def test_a_walk_ends_with_the_pool_and_knows_its_strategies():
    plane = half_moons(6, 0.1, 0)
    assert sorted(walk(plane, plane, "random", 10, 0).picks.tolist()) == list(range(6))
    with pytest.raises(InvalidInput, match="no_such"):
        walk(plane, plane, "no_such", 3, 0)


def test_both_pictures_are_written(tmp_path):
    run(tmp_path / "new", points=40, labels=3, seed=0, strategies=("random", "default"))
    with Image.open(tmp_path / "new" / "plane.png") as picture:
        assert picture.size == (1600, 660)
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50
    with Image.open(tmp_path / "new" / "plane.gif") as animation:
        assert animation.size == (800, 330)
        assert animation.n_frames == 3
        assert animation.info["loop"] == 0
        first = np.asarray(animation.convert("RGB")).copy()
        animation.seek(2)
        assert (np.asarray(animation.convert("RGB")) != first).any()


def test_marks_that_would_hide_one_another_are_moved_apart():
    spots = np.array([[0.0, 0.0], [0.0, 0.0], [0.3, 0.0], [5.0, 5.0]])
    moved = separate_marks(spots, np.array([1.0, 2.0]))
    gaps = (moved[:, np.newaxis] - moved) / [1.0, 2.0]
    distances = np.linalg.norm(gaps, axis=2)[np.triu_indices(4, 1)]
    assert distances.min() > 0.9
    np.testing.assert_array_equal(moved[3], [5, 5])
