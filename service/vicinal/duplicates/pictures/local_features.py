"""A picture's local features (SIFT), as they are kept: a few kilobytes, and no pixels."""

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
