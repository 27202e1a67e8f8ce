import numpy as np
import pytest

from vicinal.core.errors import InvalidInput
from vicinal.core.records import Neighbours
from vicinal.core.search import nearest_among
from vicinal.duplicates import find_vector_duplicates
from vicinal.records.pool_options import Metric


def neighbours(rows, metric):
    """Each row's nearest others, one by one."""
    count = min(20, len(rows) - 1)
    keys = np.full((len(rows), max(count, 0)), -1, dtype=np.int64)
    similarities = np.full(keys.shape, -np.inf, dtype=np.float32)
    for row in range(len(rows)):
        others = np.delete(np.arange(len(rows)), row)
        similarity, near = nearest_among(rows[row : row + 1], rows[others], count, metric)
        keys[row], similarities[row] = others[near[0]], similarity[0]
    return Neighbours(keys, similarities)


def found(vectors, **options):
    ids = [f"v{row:03d}" for row in range(len(vectors))]
    return find_vector_duplicates(ids, vectors, neighbours, lambda step, done, of: None, **options)


def cloud(count):
    return np.random.default_rng(0).standard_normal((count, 16))


@pytest.mark.slow
@pytest.mark.parametrize("metric", list(Metric))
def test_identical_and_nearly_identical_vectors_are_grouped_and_no_others(metric):
    vectors = cloud(80)
    vectors[50] = vectors[3]
    vectors[60] = vectors[4] + 1e-4
    assert sorted(sorted(group.item_ids) for group in found(vectors, metric=metric).groups) == [
        ["v003", "v050"],
        ["v004", "v060"],
    ]


def test_those_that_are_there_are_kept_and_are_no_duplicates_themselves():
    vectors = cloud(80)
    vectors[1] = vectors[0]
    vectors[50] = vectors[0]
    vectors[60] = vectors[61]
    findings = found(vectors, known=40)
    assert findings.items == 40
    there, here = findings.groups
    assert (there.item_ids, there.representative_elsewhere) == (("v000", "v050"), True)
    assert (sorted(here.item_ids), here.representative_elsewhere) == (["v060", "v061"], False)


def test_rows_that_are_no_vectors_are_named_and_the_rest_is_done():
    vectors = cloud(60)
    vectors[2] = 0
    vectors[5] = np.nan
    vectors[50] = vectors[7]
    findings = found(vectors, known=6)
    assert [each.item_id for each in findings.left_out] == ["v002", "v005"]
    assert findings.items == 54
    assert [sorted(group.item_ids) for group in findings.groups] == [["v007", "v050"]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_nothing(count):
    assert found(cloud(count)).groups == []


def test_what_are_no_rows_is_refused():
    with pytest.raises(InvalidInput, match="vectors"):
        find_vector_duplicates(["a"], np.ones(3), neighbours, lambda step, done, of: None)
