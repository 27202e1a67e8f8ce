import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.support.samples import encoded, picture
from vicinal.featurizers.image_statistics import (
    CELLS,
    DIMENSION,
    DIRECTIONS,
    colours,
    edge_directions,
    image_statistics,
    statistics,
)

SIDE = 64


def pixels_of(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").resize((SIDE, SIDE)))[None]


def edges_by_cell(pixels: np.ndarray) -> np.ndarray:
    return edge_directions(pixels).reshape(CELLS, CELLS, DIRECTIONS)


def brute_force_edges(pixels: np.ndarray) -> np.ndarray:
    grey = pixels[0].astype(float) @ [0.299, 0.587, 0.114] / 255
    sums = np.zeros((CELLS, CELLS, DIRECTIONS))
    last = SIDE - 1
    for row in range(SIDE):
        for column in range(SIDE):
            down = grey[min(row + 1, last), column] - grey[max(row - 1, 0), column]
            right = grey[row, min(column + 1, last)] - grey[row, max(column - 1, 0)]
            turn = (np.arctan2(down, right) / (2 * np.pi) * DIRECTIONS) % DIRECTIONS
            cell = sums[row * CELLS // SIDE, column * CELLS // SIDE]
            cell[int(turn) % DIRECTIONS] += np.hypot(down, right) * (1 - turn % 1)
            cell[(int(turn) + 1) % DIRECTIONS] += np.hypot(down, right) * (turn % 1)
    rooted = np.sqrt(sums.ravel())
    return rooted / np.linalg.norm(rooted)


def test_edges_are_what_brute_force_says():
    pixels = pixels_of(picture(3))
    np.testing.assert_allclose(edge_directions(pixels)[0], brute_force_edges(pixels), atol=1e-5)


def test_a_step_to_the_right_points_right_where_it_is():
    image = Image.new("RGB", (SIDE, SIDE))
    image.paste("white", (40, 0, SIDE, SIDE))
    edges = edges_by_cell(pixels_of(image))
    assert (edges[:, 2, 0] > 0).all()
    edges[:, 2, 0] = 0
    assert not edges.any()


def test_a_mirrored_picture_has_mirrored_edges():
    across = edges_by_cell(pixels_of(picture(1)))
    mirrored = edges_by_cell(pixels_of(ImageOps.mirror(picture(1))))
    turned = [(DIRECTIONS // 2 - direction) % DIRECTIONS for direction in range(DIRECTIONS)]
    np.testing.assert_allclose(mirrored[:, ::-1][..., turned], across, atol=0.02)


def test_colours_are_roots_of_probabilities():
    image = Image.new("RGB", (SIDE, SIDE), (0, 0, 255))
    image.paste((255, 70, 0), (0, 0, SIDE // 4, SIDE))
    shares = colours(pixels_of(image))[0] ** 2
    blue, orange = 3, 3 * 16 + 1 * 4
    assert shares[blue] == pytest.approx(0.75)
    assert shares[orange] == pytest.approx(0.25)
    assert shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("colour", ["black", "white", "red", (1, 1, 1)])
def test_a_blank_picture_is_no_zero_vector(colour):
    vector = statistics(pixels_of(Image.new("RGB", (5, 5), colour)))[0]
    assert not vector[: CELLS * CELLS * DIRECTIONS].any()
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_a_picture_is_nearer_to_its_duplicates_than_to_others():
    originals = [picture(seed) for seed in range(10)]
    duplicates = [image.resize((200, 150)) for image in originals]
    contents = [encoded(image) for image in originals] + [encoded(image, "JPEG") for image in duplicates]
    vectors = image_statistics(threads=1).embed(contents).vectors
    assert vectors.shape == (20, DIMENSION)
    assert ((vectors[:10] @ vectors[10:].T).argmax(axis=1) == np.arange(10)).all()


def test_digits_are_told_apart():
    datasets = pytest.importorskip("sklearn.datasets")
    digits = datasets.load_digits()
    chosen = np.random.default_rng(0).permutation(len(digits.target))[:500]
    labels = digits.target[chosen]
    contents = [encoded(Image.fromarray((digits.images[i] * 255 / 16).astype(np.uint8))) for i in chosen]
    vectors = image_statistics(threads=1).embed(contents).vectors
    nearest = (vectors[400:] @ vectors[:400].T).argmax(axis=1)
    assert (labels[:400][nearest] == labels[400:]).mean() > 0.93
