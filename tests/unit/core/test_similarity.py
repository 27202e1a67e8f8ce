import numpy as np
import pytest
from scipy.spatial.distance import cdist

from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import (
    MAX_LENGTH,
    check_resolution,
    exact_similarities,
    pair_similarity,
    prepare,
    prepare_rows,
    similarities,
    similarity_to,
)
from vicinal.records.pool_options import Metric


def oracle(left, right, metric):
    if metric is Metric.COSINE:
        return left.astype(np.float64) @ right.astype(np.float64).T
    return 1 / (1 + cdist(left.astype(np.float64), right.astype(np.float64)))


@pytest.mark.parametrize("dimension", [1, 2, 3, 17, 64, 512, 1280])
def test_similarity_to_is_what_the_metric_says(cloud, metric, dimension):
    pool = cloud(301, dimension)
    expected = oracle(pool, pool[[5]], metric)[:, 0]
    np.testing.assert_allclose(similarity_to(pool, pool[5], metric), expected, atol=2e-6)
    assert similarity_to(pool, pool[5], metric).dtype == np.float32


@pytest.mark.parametrize("dimension", [1, 2, 3, 17, 64, 511, 1280])
def test_a_pairs_similarity_is_the_same_bits_in_any_company(cloud, metric, dimension):
    pool = cloud(400, dimension)
    whole = similarity_to(pool, pool[7], metric)
    random = np.random.default_rng(1)
    for size in (1, 2, 3, 50, 399):
        rows = random.permutation(400)[:size]
        assert np.array_equal(similarity_to(pool[rows], pool[7], metric), whole[rows])
    for row in (0, 7, 211):
        assert similarity_to(pool[7:8], pool[row], metric)[0] == whole[row], "not symmetric"
    assert np.array_equal(exact_similarities(pool, pool[6:9], metric)[:, 1], whole)
    assert np.array_equal(pair_similarity(pool, pool[7], metric), whole)


def test_where_the_pool_lies_in_memory_does_not_matter(cloud, metric):
    pool = cloud(50, 33)
    whole = similarity_to(pool, pool[7], metric)
    ground = np.zeros(pool.size + 8, dtype=np.float32)
    for offset in range(1, 8):
        moved = ground[offset : offset + pool.size].reshape(pool.shape)
        moved[:] = pool
        assert np.array_equal(similarity_to(moved, pool[7], metric), whole)


@pytest.mark.parametrize("dimension", [1, 5, 300])
def test_bulk_agrees_with_single(cloud, metric, dimension):
    queries, pool = cloud(20, dimension, seed=1), cloud(31, dimension, seed=2)
    np.testing.assert_allclose(
        similarities(queries, pool, metric), exact_similarities(queries, pool, metric), atol=1e-5
    )


def test_a_duplicate_is_at_similarity_one(metric):
    vector = prepare([[0.1, -3.0, 7.7]], 3, metric)
    np.testing.assert_allclose(similarity_to(vector, vector[0], metric), 1.0, atol=1e-6)
    assert similarity_to(vector, vector[0], metric)[0] <= 1.0
    assert similarities(vector, vector, metric)[0, 0] <= 1.0


def test_euclidean_tells_near_duplicates_apart_far_from_the_origin():
    pool = prepare([[1e4, 0.0], [1e4, 0.25]], 2, Metric.EUCLIDEAN)
    assert similarity_to(pool, pool[0], Metric.EUCLIDEAN).tolist() == [1.0, np.float32(0.8)]
    np.testing.assert_allclose(similarities(pool, pool, Metric.EUCLIDEAN), [[1, 0.8], [0.8, 1]], atol=1e-4)


def test_euclidean_too_far_for_float32_is_similarity_zero():
    pool = np.float32([[3e38], [-3e38]])
    assert similarity_to(pool, pool[0], Metric.EUCLIDEAN).tolist() == [1.0, 0.0]


def test_no_rows(metric):
    empty, vector = np.zeros((0, 3), dtype=np.float32), np.ones(3, dtype=np.float32)
    assert similarity_to(empty, vector, metric).shape == (0,)
    assert exact_similarities(empty, vector[np.newaxis], metric).shape == (0, 1)
    assert similarities(empty, vector[np.newaxis], metric).shape == (0, 1)


def test_prepare_scales_to_unit_length_for_cosine_alone():
    assert prepare([[3, 4]], 2, Metric.EUCLIDEAN).tolist() == [[3.0, 4.0]]
    prepared = prepare(np.random.default_rng(0).standard_normal((5000, 40)) * 1000, 40, Metric.COSINE)
    assert prepared.dtype == np.float32
    assert prepared.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(prepared.astype(np.float64), axis=1), 1.0, atol=1e-7)


@pytest.mark.parametrize("scale", [1e-300, 1e-42, 1.0, 1e300])
def test_prepare_keeps_the_direction_of_tiny_and_huge_vectors(scale):
    prepared = prepare([[3 * scale, 4 * scale]], 2, Metric.COSINE)
    np.testing.assert_allclose(prepared, [[0.6, 0.8]], rtol=1e-4)


def test_prepare_makes_a_copy():
    given = np.ones((2, 2), dtype=np.float32)
    assert not np.shares_memory(prepare(given, 2, Metric.EUCLIDEAN), given)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int8, np.uint16])
def test_prepare_takes_every_kind_of_real_number(dtype, metric):
    assert prepare(np.array([[0, 1]], dtype=dtype), 2, metric).tolist() == [[0.0, 1.0]]


def test_prepare_of_no_rows(metric):
    assert prepare(np.zeros((0, 4)), 4, metric).shape == (0, 4)


@pytest.mark.parametrize(
    ("vectors", "fault"),
    [
        ([1.0, 2.0], "have 1 axes"),
        ([[[1.0, 2.0]]], "have 3 axes"),
        ([[1.0, 2.0, 3.0]], "have dimension 3, the pool has 2"),
        ([[1.0, 2.0], [3.0]], "rows differ in length"),
        ([["a", "b"]], "give real numbers"),
        ([[1 + 2j, 1.0]], "give real numbers"),
        ([[True, False]], "give real numbers"),
        ([[None, 1.0]], "give real numbers"),
    ],
)
def test_prepare_refuses_what_is_no_matrix_of_the_dimension(vectors, fault, metric):
    with pytest.raises(InvalidInput, match=fault) as caught:
        prepare(vectors, 2, metric, "item_vectors")
    assert [violation.field for violation in caught.value.violations] == ["item_vectors"]


def test_prepare_names_every_bad_row():
    vectors = [[1.0, 0.0], [np.nan, 0.0], [0.0, 0.0], [0.0, -np.inf]]
    with pytest.raises(InvalidInput) as caught:
        prepare(vectors, 2, Metric.COSINE)
    fields = [violation.field for violation in caught.value.violations]
    assert sorted(fields) == ["vectors[1]", "vectors[2]", "vectors[3]"]


def test_prepare_rows_keeps_the_good_ones():
    vectors = np.ones((5000, 2))
    vectors[4097] = np.nan, 1.0
    vectors[12] = 1e39, 1.0
    prepared, errors = prepare_rows(vectors, 2, Metric.EUCLIDEAN)
    assert errors.keys() == {12, 4097}
    assert "longer than 1e+15" in errors[12].message
    assert errors[4097].violations[0].field == "vectors[4097]"
    assert (prepared[[12, 4097]] == 0).all()
    assert (np.delete(prepared, [12, 4097], axis=0) == 1).all()


def test_the_zero_vector_has_a_place_but_no_direction():
    assert prepare_rows([[0.0, 0.0]], 2, Metric.EUCLIDEAN)[1] == {}
    assert "cosine" in prepare_rows([[0.0, 0.0]], 2, Metric.COSINE)[1][0].message


@pytest.mark.parametrize("length", [1.001e15, 1e19, 3e38])
def test_euclidean_refuses_what_is_too_long_to_compute_distances_with(length):
    prepared, errors = prepare_rows(np.float32([[3, 4], [length, 0], [0, -length]]), 2, Metric.EUCLIDEAN)
    assert errors.keys() == {1, 2}
    assert "scale the vectors down" in errors[1].message
    assert prepared.tolist() == [[3, 4], [0, 0], [0, 0]]


def test_euclidean_takes_the_longest_vectors_and_tells_them_apart():
    pool = prepare(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]]) * MAX_LENGTH / 1.1, 2, Metric.EUCLIDEAN)
    to_first = similarity_to(pool, pool[0], Metric.EUCLIDEAN)
    assert to_first[0] > to_first[2] > to_first[1] > 0


def test_cosine_refuses_vectors_that_lost_their_direction():
    given = np.float32([[1e-44, 3e-45], [1e-37, 2e-37]])
    prepared, errors = prepare_rows(given, 2, Metric.COSINE)
    assert errors.keys() == {0}
    assert "too small to have a direction" in errors[0].message
    np.testing.assert_allclose(np.linalg.norm(prepared[1]), 1.0, atol=1e-6)


@pytest.mark.parametrize("offset", [1e8, 1e12])
def test_vectors_that_float32_cannot_tell_apart_are_refused(offset, metric):
    given = np.random.default_rng(0).normal(size=(50, 3)) + offset
    with pytest.raises(InvalidInput, match="subtract their mean"):
        check_resolution(given, metric)


@pytest.mark.parametrize(
    "given",
    [
        np.random.default_rng(0).normal(size=(50, 3)) + 1e4,
        np.full((50, 3), 0.1),
        [[0.1, 0.2], [0.1, 0.2 + 1e-12]],
        np.array([[1e300, 0.0], [np.nan, 1.0], [1.0, 2.0], [3.0, 1.0], [3.0, 2.0]]),
        np.zeros((0, 3)),
        np.arange(12).reshape(4, 3),
    ],
    ids=["offset", "identical", "two duplicates", "bad rows", "no rows", "integers"],
)
def test_resolution_is_enough_for_all_others(given, metric):
    check_resolution(given, metric)
