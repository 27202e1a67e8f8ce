import numpy as np
import pytest

from vicinal.evaluation import labelled as module
from vicinal.evaluation.labelled import likely_duplicates


def unit(count, seed):
    rows = np.random.default_rng(seed).standard_normal((count, 5)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def by_hand(vectors, augmentations, count):
    pairs = {}
    for row in range(len(vectors)):
        for seen in (vectors[row : row + 1], augmentations[row]):
            alike = (vectors @ seen.T).max(axis=1)
            alike[row] = -np.inf
            for other in np.argsort(-alike, kind="stable")[:count]:
                pair = (min(row, int(other)), max(row, int(other)))
                pairs[pair] = max(float(alike[other]), pairs.get(pair, -1))
    return pairs


@pytest.mark.parametrize("block", [3, 1024])
def test_each_item_meets_its_nearest_by_vector_and_by_views(monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK_ROWS", block)
    vectors, augmentations = unit(20, 0), unit(60, 1).reshape(20, 3, 5)
    expected = by_hand(vectors, augmentations, 2)
    found = likely_duplicates(vectors, augmentations, 2)
    assert set(found) == set(expected)
    assert [expected[pair] for pair in found] == pytest.approx(sorted(expected.values(), reverse=True))


def test_a_view_finds_what_the_vector_does_not():
    vectors = np.eye(4, dtype=np.float32)
    vectors[:3] += 0.1
    assert (0, 3) not in likely_duplicates(vectors[:, :3], None, 1)
    assert likely_duplicates(vectors, vectors[[3, 1, 2, 0]][:, None], 1)[0] == (0, 3)


def test_what_could_not_be_read_is_near_nobody():
    vectors = unit(4, 0)
    vectors[2] = 0
    augmentations = np.zeros((4, 2, 5), dtype=np.float32)
    pairs = likely_duplicates(vectors, augmentations, 5)
    assert {item for pair in pairs for item in pair} == {0, 1, 3}


@pytest.mark.parametrize("items", [0, 1])
def test_alone(items):
    assert likely_duplicates(unit(items, 0)) == []
