import numpy as np
import pytest

from vicinal.core.similarity import prepare
from vicinal.index import PoolNeighbourhoods
from vicinal.index.sharded import find_exact_lists, find_lists_by_parts, write_part_index
from vicinal.records.pool_options import Metric

COUNT = 10


def pool_of(metric, rows=2400, dimension=24):
    generator = np.random.default_rng(3)
    centres = generator.normal(size=(20, dimension))
    vectors = centres[generator.integers(0, 20, rows)] + generator.normal(size=(rows, dimension)) * 0.4
    return prepare(vectors, dimension, metric)


def true_lists(pool, metric):
    neighbourhoods = PoolNeighbourhoods(metric, COUNT)
    neighbourhoods.grow(pool)
    return neighbourhoods.neighbours


@pytest.mark.parametrize("metric", list(Metric))
def test_exact_lists_are_those_of_a_pool_in_use(metric):
    pool = pool_of(metric, 500)
    true = true_lists(pool, metric)
    for start, stop in ((0, 130), (130, 500)):
        found = find_exact_lists(pool, slice(start, stop), COUNT, metric)
        np.testing.assert_array_equal(found.keys, true.keys[start:stop])
        np.testing.assert_array_equal(found.similarities, true.similarities[start:stop])


@pytest.mark.slow
@pytest.mark.parametrize("metric", list(Metric))
def test_lists_merged_from_parts_hold_nearly_all_true_neighbours(tmp_path, metric):
    pool = pool_of(metric)
    true = true_lists(pool, metric)
    parts = []
    for first in range(0, len(pool), 800):
        parts.append((first, tmp_path / f"{first}.faiss"))
        write_part_index(pool[first : first + 800], metric, parts[-1][1])
    found = find_lists_by_parts(pool, slice(400, 1700), parts, COUNT, metric)
    assert found.keys.shape == (1300, COUNT)
    own = np.arange(400, 1700)[:, np.newaxis]
    assert not (found.keys == own).any()
    assert (np.diff(found.similarities, axis=1) <= 0).all()
    held = [len(set(a) & set(b)) / COUNT for a, b in zip(found.keys, true.keys[400:1700], strict=True)]
    assert np.mean(held) > 0.97
    # Neighbours are of all parts, and their similarities are exact.
    assert {key // 800 for key in found.keys.ravel().tolist()} == {0, 1, 2}
    at = found.keys == true.keys[400:1700]
    np.testing.assert_array_equal(found.similarities[at], true.similarities[400:1700][at])


def test_a_part_smaller_than_its_lists_leaves_places_empty(tmp_path):
    pool = pool_of(Metric.COSINE, 4)
    write_part_index(pool, Metric.COSINE, tmp_path / "part.faiss")
    found = find_lists_by_parts(pool, slice(0, 4), [(0, tmp_path / "part.faiss")], COUNT, Metric.COSINE)
    assert [sorted(row[row >= 0].tolist()) for row in found.keys] == [
        [1, 2, 3],
        [0, 2, 3],
        [0, 1, 3],
        [0, 1, 2],
    ]
