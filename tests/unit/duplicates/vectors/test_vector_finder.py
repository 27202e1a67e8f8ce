import numpy as np
import pytest

pytest.importorskip("cv2")

from vicinal.core.errors import StorageCorrupt
from vicinal.core.records import Neighbours
from vicinal.core.similarity import prepare, similarities
from vicinal.duplicates import VectorDuplicateFinder
from vicinal.records.pool_options import Metric

COUNT, DIMENSION, LISTED = 300, 6, 240


class Pool:
    """Rows, of which each of some is moved a little to make a copy, and their neighbour lists."""

    def __init__(self, metric, listed=0):
        self.metric = metric
        made = np.random.default_rng(0).normal(size=(COUNT, DIMENSION))
        # A duplicate within the lists, one outside, one across, and a chain of two duplicates.
        for copy, of, way in [(5, 3, 1), (290, 280, 1), (270, 40, 1), (60, 50, 1), (61, 50, -1)]:
            made[copy] = made[of] + way * 1e-3
        made[[99, 260]] = made[7]
        self.rows = prepare(made, DIMENSION, metric)
        self.lists = self.listed(listed) if listed else None
        self.asked = 0
        self.finder = VectorDuplicateFinder(self.bodies, lambda: self.lists, self.nearest, metric)
        self.finder.grow([self.finder.sketch(row) for row in self.rows])

    def bodies(self, positions):
        return [self.rows[each].tobytes() for each in positions]

    def nearest(self, vectors, count):
        self.asked += len(vectors)
        return self.found(similarities(vectors, self.rows, self.metric), count)

    def found(self, values, count):
        keys = np.argsort(-values, axis=1, kind="stable")[:, :count]
        return Neighbours(keys, np.take_along_axis(values, keys, axis=1))

    def listed(self, count):
        rows = self.rows[:count]
        values = similarities(rows, rows, self.metric)
        np.fill_diagonal(values, -np.inf)
        return self.found(values, 20)

    def groups(self):
        groups = self.finder.groups(range(COUNT), (), lambda step, done, of: None)
        return [
            {group.representative, *(duplicate.position for duplicate in group.duplicates)}
            for group in groups
        ]


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("listed", [0, LISTED, COUNT])
def test_duplicates_are_found_with_and_without_lists(metric, listed):
    pool = Pool(metric, listed)
    found = pool.groups()
    assert sorted(found, key=min) == [{3, 5}, {7, 99, 260}, {40, 270}, {50, 60, 61}, {280, 290}]


def test_lists_of_the_whole_pool_leave_nothing_to_look_up():
    pool = Pool(Metric.COSINE, COUNT)
    pool.groups()
    assert pool.asked == 0


def test_the_most_central_is_kept():
    groups = Pool(Metric.EUCLIDEAN).finder.groups(range(COUNT), (), lambda step, done, of: None)
    assert 50 in {group.representative for group in groups}


@pytest.mark.parametrize("metric", Metric)
def test_a_vector_from_outside(metric):
    pool = Pool(metric, LISTED)
    near = prepare([pool.rows[200] + np.float32(1e-3)], DIMENSION, metric)[0]
    (match,) = pool.finder.matches(pool.finder.sketch(near))
    assert match.position == 200
    assert 0.99 < match.evidence.similarity <= 1
    far = prepare([pool.rows[200] + np.float32(1)], DIMENSION, metric)[0]
    assert pool.finder.matches(pool.finder.sketch(far), nearest=[200, 1]) == []


def test_zero_has_one_sign():
    sketch = Pool(Metric.EUCLIDEAN).finder.sketch
    assert sketch(np.float32([0.0, 1.0])) == sketch(np.float32([-0.0, 1.0]))


def test_rows_of_another_length_are_damage():
    pool = Pool(Metric.COSINE)
    finder = VectorDuplicateFinder(
        lambda positions: [body[: 4 + 4 * (place % 2)] for place, body in enumerate(pool.bodies(positions))],
        lambda: None,
        pool.nearest,
        Metric.COSINE,
    )
    finder.grow([finder.sketch(row) for row in pool.rows])
    with pytest.raises(StorageCorrupt, match="rows of"):
        finder.groups(range(COUNT), (), lambda step, done, of: None)
