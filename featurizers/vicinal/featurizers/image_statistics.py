"""Images without any weights: which way the edges run in each part, and how much there is of each colour.

Edge directions over a grid of cells follow Dalal and Triggs, "Histograms of Oriented Gradients for Human
Detection", CVPR 2005, without their blocks; the colour histogram follows Swain and Ballard, "Color Indexing",
IJCV 1991. Of both the square root is taken, so that a dot product is a Hellinger similarity (Arandjelovic and
Zisserman, "Three Things Everyone Should Know to Improve Object Retrieval", CVPR 2012).
"""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Featurizer
from vicinal.core.records import RawContent
from vicinal.featurizers import images
from vicinal.featurizers.batches import BatchedFeaturizer
from vicinal.records.pools import Fingerprint, Medium

NAME = "image-statistics"
VERSION = "1"
SIDE = 64
CELLS = 4
DIRECTIONS = 12
LEVELS = 4
DIMENSION = CELLS * CELLS * DIRECTIONS + LEVELS**3
BATCH_SIZE = 32


def image_statistics(threads: int, max_pixels: int = images.MAX_PIXELS) -> Featurizer:
    """The featurizer "image-statistics": 256 numbers of an image, never all zero.

    Args:
        threads: most threads for decoding.
        max_pixels: largest picture that is decoded, as width times height.
    """

    def read(content: RawContent) -> NDArray[np.uint8]:
        return np.asarray(images.read_image(content, SIDE, max_pixels))

    preprocessing = f"{images.READING},squeezed-to-{SIDE}-bilinear"
    return BatchedFeaturizer(
        Fingerprint(NAME, VERSION, preprocessing, DIMENSION, Medium.IMAGE),
        read,
        lambda pictures: statistics(np.stack(pictures)),
        batch_size=BATCH_SIZE,
        reading_threads=threads,
    )


def statistics(pictures: NDArray[np.uint8]) -> Vectors:
    """Edge directions and colours of pictures, each half of unit length.

    Args:
        pictures: (n, 64, 64, 3) RGB.

    Returns:
        (n, 256) in [0, 1]: 4 x 4 cells of 12 directions, zero where there is no edge at all; then the
        4 x 4 x 4 colours.
    """
    return np.hstack([edge_directions(pictures), colours(pictures)])


def edge_directions(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 192): how much grey changes towards each direction, cell by cell; unit rows, or zero."""
    grey = (pictures @ np.array([299, 587, 114])) / 255_000.0
    padded = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    right = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    strength = np.hypot(down, right)
    turn = np.arctan2(down, right) / (2 * np.pi) * DIRECTIONS
    lower = np.floor(turn).astype(np.int64)
    to_upper = strength * (turn - lower)
    sums = _cell_sums(lower, strength - to_upper) + _cell_sums(lower + 1, to_upper)
    rooted = np.sqrt(sums)
    length = np.linalg.norm(rooted, axis=1, keepdims=True)
    return (rooted / np.where(length > 0.0, length, 1.0)).astype(np.float32)


def colours(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 64): root of the share of pixels of each of 4 x 4 x 4 colours; unit rows."""
    bins = pictures // (256 // LEVELS) @ np.array([LEVELS**2, LEVELS, 1])
    counts = np.stack([np.bincount(row.ravel(), minlength=LEVELS**3) for row in bins])
    return np.sqrt(counts / (SIDE * SIDE)).astype(np.float32)


def _cell_sums(directions: NDArray[np.int64], strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 192): strength of the pixels of each picture, cell and direction; both are (n, 64, 64)."""
    count = len(directions)
    cell_rows, cell_columns = np.indices((SIDE, SIDE)) * CELLS // SIDE
    cells = np.arange(count)[:, None, None] * CELLS**2 + cell_rows * CELLS + cell_columns
    bins = cells * DIRECTIONS + directions % DIRECTIONS
    sums = np.bincount(bins.ravel(), strength.ravel(), count * CELLS**2 * DIRECTIONS).astype(np.float64)
    return sums.reshape(count, -1)
