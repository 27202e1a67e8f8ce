"""A picture's local features (SIFT), and visual words to look like ones up."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 256
"""Longer side, in pixels, of the picture that features are taken from."""
MOST_FEATURES = 200
# Below OpenCV's 0.04: pictures that were blurred have little contrast left.
_CONTRAST = 0.015
# A noisy pixel in a 3 x 3 window is not its median.
_MEDIAN_WINDOW = 3
# Roots of shares of 1 are mostly below a half: so that they fill a byte.
_SCALE = 512.0

BITS = 64
# Descriptors a word, so that a look-up costs the same however large the pool is.
_PER_WORD = 64
_FEWEST_BRANCHES, _MOST_BRANCHES = 4, 512
_PER_CENTRE, _ROUNDS = 40, 6


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """Distinct spots of a picture and what they look like, whichever way the picture is turned.

    Attributes:
        points: (n, 2) float32, x and y in pixels of the picture at `SIDE`.
        radii: (n,) float32, how large each spot is, in the same pixels.
        angles: (n,) float32, its direction in radians, clockwise as seen.
        descriptors: (n, 128) uint8, RootSIFT (Arandjelovic and Zisserman, 2012) times 512.
    """

    points: NDArray[np.float32]
    radii: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def mirrored(self, width: int) -> "LocalFeatures":
        """The features of the picture seen in a mirror that swaps left and right, without its pixels.

        Args:
            width: of the picture at `SIDE`, in pixels.
        """
        points = self.points.copy()
        points[:, 0] = width - 1 - points[:, 0]
        return LocalFeatures(
            points, self.radii, np.float32(np.pi) - self.angles, self.descriptors[:, _mirror_order()]
        )


def local_features(grey: NDArray[np.uint8]) -> LocalFeatures:
    """The strongest features of a picture (Lowe, 2004).

    Args:
        grey: (height, width) uint8, at `SIDE`.
    """
    calm = cv2.medianBlur(grey, _MEDIAN_WINDOW)
    spots, described = _new_detector().detectAndCompute(calm, None)
    if not spots:
        return _none()
    spots, described = spots[:MOST_FEATURES], described[:MOST_FEATURES]
    rooted = np.sqrt(described / np.maximum(described.sum(axis=1, keepdims=True), 1e-9)) * _SCALE
    return LocalFeatures(
        np.array([spot.pt for spot in spots], dtype=np.float32),
        np.array([spot.size / 2 for spot in spots], dtype=np.float32),
        np.radians(np.array([spot.angle for spot in spots], dtype=np.float32)),
        np.minimum(rooted, 255).astype(np.uint8),
    )


def _none() -> LocalFeatures:
    empty = np.empty(0, dtype=np.float32)
    return LocalFeatures(empty.reshape(0, 2), empty, empty, np.empty((0, 128), dtype=np.uint8))


def _new_detector() -> cv2.SIFT:
    """Made for each picture, which costs nothing: nothing says that threads may share one."""
    return cv2.SIFT.create(nfeatures=MOST_FEATURES, contrastThreshold=_CONTRAST, enable_precise_upscale=True)


@lru_cache(maxsize=1)
def _mirror_order() -> NDArray[np.intp]:
    """Where each number of a mirrored descriptor stands in the plain one.

    A descriptor is 4 rows x 4 columns x 8 directions in the frame of the spot's own direction, so that a
    mirror swaps rows above and below that axis, and directions to its left and right.
    """
    places = np.arange(128).reshape(4, 4, 8)
    swapped: NDArray[np.intp] = places[::-1][:, :, (8 - np.arange(8)) % 8].ravel()
    return swapped


@dataclass(frozen=True, eq=False)
class VisualVocabulary:
    """Words in two levels, and signatures that tell apart the descriptors of one word.

    Two descriptors of the same thing fall into the same word and differ in few bits of their signatures
    (Jegou, Douze and Schmid, "Hamming embedding and weak geometric consistency", 2008).

    Attributes:
        branches: (b, 128) float32, centres of the first level.
        leaves: (b, b, 128) float32, centres of each one's second level.
        axes: (128, 64) float32, directions that signatures are taken along.
    """

    branches: NDArray[np.float32]
    leaves: NDArray[np.float32]
    axes: NDArray[np.float32]

    @property
    def size(self) -> int:
        """How many words there are."""
        return len(self.branches) ** 2

    def look_up(
        self, descriptors: NDArray[np.uint8], words: int
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The nearest words of each descriptor, and its signature in each.

        Args:
            descriptors: (n, 128).
            words: how many of one branch.

        Returns:
            (n, words) words, nearest first, and (n, words) signatures.
        """
        values = descriptors.astype(np.float32)
        branch = nearest_centres(values, self.branches)
        found = np.empty((len(values), words), dtype=np.int64)
        for each in np.unique(branch):
            rows = np.flatnonzero(branch == each)
            distances = _distances(values[rows], self.leaves[each])
            nearest = np.argpartition(distances, words - 1, axis=1)[:, :words]
            order = np.take_along_axis(distances, nearest, axis=1).argsort(axis=1, kind="stable")
            found[rows] = each * len(self.branches) + np.take_along_axis(nearest, order, axis=1)
        return found, self._signatures(values, found)

    def _signatures(self, values: NDArray[np.float32], words: NDArray[np.int64]) -> NDArray[np.uint64]:
        centres = self.leaves.reshape(-1, values.shape[1])[words]
        above = ((values[:, None, :] - centres) @ self.axes) > 0
        packed: NDArray[np.uint64] = np.packbits(above, axis=-1).view(np.uint64)[..., 0]
        return packed


def learn_vocabulary(sample: NDArray[np.uint8], descriptors: int, seed: int) -> VisualVocabulary:
    """Words for so many descriptors, by k-means on a sample of them.

    Args:
        sample: (n, 128), at least one.
        descriptors: that will be looked up among, all in all.
        seed: the same sample and seed give the same words.
    """
    rng = np.random.default_rng(seed)
    wanted = int(np.sqrt(descriptors / _PER_WORD))
    branches = min(max(wanted, _FEWEST_BRANCHES), _MOST_BRANCHES)
    centres = _k_means(sample, branches, rng)
    cell = nearest_centres(sample, centres)
    leaves = np.stack([_k_means(sample[cell == each], branches, rng) for each in range(branches)])
    axes, _ = np.linalg.qr(rng.standard_normal((sample.shape[1], BITS)))
    return VisualVocabulary(centres, leaves, axes.astype(np.float32))


def nearest_centres(
    values: NDArray[np.uint8] | NDArray[np.float32], centres: NDArray[np.float32]
) -> NDArray[np.intp]:
    """(n,) the nearest centre of each row; of equal ones the first."""
    nearest: NDArray[np.intp] = np.empty(len(values), dtype=np.intp)
    for start in range(0, len(values), 8192):
        # A large sample stays in bytes: in float32 it would be most of what a search needs in memory.
        block = values[start : start + 8192].astype(np.float32, copy=False)
        nearest[start : start + 8192] = _distances(block, centres).argmin(axis=1)
    return nearest


def _distances(values: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared, without each row's own square, which is the same for all centres."""
    distances: NDArray[np.float32] = (centres**2).sum(axis=1) - 2 * (values @ centres.T)
    return distances


def _k_means(sample: NDArray[np.uint8], count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    if not len(sample):
        return np.zeros((count, 128), dtype=np.float32)
    most = min(len(sample), count * _PER_CENTRE)
    values = sample[rng.choice(len(sample), most, replace=False)].astype(np.float32)
    centres = values[rng.choice(most, count, replace=most < count)].copy()
    for _ in range(_ROUNDS):
        cell = nearest_centres(values, centres)
        order = np.argsort(cell, kind="stable")
        filled, starts, sizes = np.unique(cell[order], return_index=True, return_counts=True)
        centres[filled] = np.add.reduceat(values[order], starts, axis=0) / sizes[:, None]
    return centres
