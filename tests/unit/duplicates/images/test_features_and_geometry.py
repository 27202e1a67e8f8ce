import numpy as np
import pytest
from PIL import Image, ImageOps

pytest.importorskip("cv2")

from tests.support.scenes import picture, scene
from vicinal.duplicates.images.features import MOST_FEATURES, LocalFeatures
from vicinal.duplicates.images.verification import FEWEST_INLIERS, fit, plausible

AFFINES = [
    np.array([[1.0, 0, 0], [0, 1, 0]]),
    np.array([[0.8, -0.3, 40], [0.3, 0.8, -12]]),
    np.array([[0.0, -2, 200], [1.6, 0, 5]]),
]


def features(points, seed=0):
    """Spots at these points, each looking like nothing else."""
    random = np.random.default_rng(seed)
    count = len(points)
    return LocalFeatures(
        points.astype(np.float32),
        random.uniform(3, 9, count).astype(np.float32),
        random.uniform(-3, 3, count).astype(np.float32),
        random.integers(0, 256, (count, 128), dtype=np.uint8),
    )


def moved(original, affine):
    """What the spots become under a transform."""
    turn = np.arctan2(affine[1, 0], affine[0, 0])
    scale = np.sqrt(np.linalg.det(affine[:, :2]))
    points = original.points @ affine[:, :2].T + affine[:, 2]
    return LocalFeatures(
        points.astype(np.float32),
        (original.radii * scale).astype(np.float32),
        (original.angles + turn).astype(np.float32),
        original.descriptors,
    )


def places(count, seed=1):
    return np.random.default_rng(seed).uniform(0, 250, (count, 2))


@pytest.mark.parametrize("affine", AFFINES)
def test_a_transform_is_found_again(affine):
    original = features(places(40))
    found = fit(original, moved(original, affine))
    np.testing.assert_allclose(found.affine, affine, atol=0.05)
    assert found.inliers >= 38
    assert found.matches == 40


def test_spots_that_went_elsewhere_do_not_count():
    original = features(places(40))
    copy = moved(original, AFFINES[1])
    copy.points[:25] = places(25, seed=9)
    found = fit(original, copy)
    np.testing.assert_allclose(found.affine, AFFINES[1], atol=0.1)
    assert 14 <= found.inliers <= 18


def test_too_little_is_nothing():
    few = features(places(FEWEST_INLIERS - 1))
    assert fit(few, few) is None
    assert fit(features(places(40)), features(places(40), seed=3)) is None
    scattered = features(places(40))
    assert fit(scattered, LocalFeatures(*vars(features(places(40, seed=8))).values())) is None


def test_many_spots_in_one_place_are_one_witness():
    piled = features(np.repeat(places(3), 10, axis=0))
    assert fit(piled, piled) is None


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[1, 0], [0, 1]], True),
        ([[1, 0], [0, -1]], False),
        ([[0.1, 0], [0, 0.1]], False),
        ([[6, 0], [0, 6]], False),
        ([[2, 0], [0, 1]], False),
        ([[1.5, 0], [0, 1]], True),
    ],
)
def test_what_a_duplicate_may_be(matrix, expected):
    assert plausible(np.column_stack([np.array(matrix, dtype=np.float64), [0, 0]])) is expected


def test_features_of_a_mirrored_picture_are_those_seen_in_the_mirror():
    original, mirror = picture(scene(1)), picture(ImageOps.mirror(scene(1)))
    found = fit(original.features.mirrored(original.width), mirror.features)
    np.testing.assert_allclose(found.affine, [[1, 0, 0], [0, 1, 0]], atol=1.5)
    np.testing.assert_allclose(found.affine[:, :2], np.eye(2), atol=0.02)
    assert found.inliers > 0.7 * len(original.features)
    unseen = fit(original.features, mirror.features)
    assert unseen is None or unseen.inliers < found.inliers / 4


def test_mirrored_twice_is_as_it_was():
    features = picture(scene(1)).features
    twice = features.mirrored(256).mirrored(256)
    np.testing.assert_array_equal(twice.descriptors, features.descriptors)
    np.testing.assert_allclose(twice.points, features.points, atol=1e-4)
    np.testing.assert_allclose(twice.angles, features.angles, atol=1e-5)


@pytest.mark.slow
def test_a_picture_keeps_little():
    kept = picture(scene(1, 1600, 1200))
    assert 50 < len(kept.features) <= MOST_FEATURES
    assert kept.features.descriptors.nbytes + kept.thumbnail.nbytes < 45_000
    assert (kept.width, kept.height) == (256, 192)
    assert kept.scale == pytest.approx(256 / 1600)


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (40, 3)])
def test_odd_shapes_are_taken(size):
    kept = picture(Image.new("RGB", size, "red"))
    assert len(kept.features) == 0
