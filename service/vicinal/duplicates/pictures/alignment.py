"""Whether two pictures that lie the same way also look the same, spot by spot."""

from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Pixel = TypeVar("Pixel", bound=np.generic)

THUMBNAIL_SHARE = 0.5
"""Side of a thumbnail against that of the picture that features are taken from."""
_BLOCK = 8
_CALM_SIGMA = 1.5
# Grey levels: of a block with less, noise would decide. Added below it keeps faint blocks from counting.
_TEXTURE, _DAMPING = 6.0, 4.0
_FEWEST_BLOCKS = 8
_INSIDE = 250


@dataclass(frozen=True)
class Alignment:
    """How well one picture covers the other, once it is laid on it.

    Attributes:
        likeness: median correlation of the textured blocks that both show, -1 to 1.
        kept: share of the first picture's area that the second shows, 0 to 1.
        filled: share of the second picture's area that the first fills, 0 to 1.
    """

    likeness: float
    kept: float
    filled: float


def thumbnail(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture at `THUMBNAIL_SHARE`, which is kept when the picture is dropped."""
    size = [max(1, round(length * THUMBNAIL_SHARE)) for length in (grey.shape[1], grey.shape[0])]
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def align(first: NDArray[np.uint8], second: NDArray[np.uint8], affine: NDArray[np.float64]) -> Alignment:
    """Lays the first thumbnail on the second and compares them block by block.

    Correlation within small blocks is blind to brightness and contrast; its median over the blocks is blind
    to a text or a frame over a part of the picture. Another view of the same things moves them against one
    another, and has blocks that do not go together.

    Args:
        first: (height, width) uint8.
        second: likewise.
        affine: (2, 3), from pixels of the first whole picture to those of the second.
    """
    moved = _at_thumbnails(affine)
    size = (second.shape[1], second.shape[0])
    laid = cv2.warpAffine(first, moved, size, flags=cv2.INTER_LINEAR)
    covered = cv2.warpAffine(np.full(first.shape, 255, dtype=np.uint8), moved, size) >= _INSIDE
    area = first.size * float(np.linalg.det(moved[:, :2]))
    return Alignment(
        _likeness(_calm(laid), _calm(second), covered),
        min(1.0, float(covered.sum()) / max(area, 1.0)),
        float(covered.mean()),
    )


def _at_thumbnails(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transform between thumbnails; the middle of a pixel is not where that of a larger one is."""
    middle = (1 / THUMBNAIL_SHARE - 1) / 2
    moved = affine.copy()
    moved[:, 2] = (affine[:, :2].sum(axis=1) * middle + affine[:, 2] - middle) * THUMBNAIL_SHARE
    return moved


def _calm(picture: NDArray[Any]) -> NDArray[np.float32]:
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _CALM_SIGMA)
    return np.asarray(smooth, dtype=np.float32)


def _likeness(first: NDArray[np.float32], second: NDArray[np.float32], covered: NDArray[np.bool_]) -> float:
    inside = _blocks(covered).all(axis=1)
    left, right = (_centred(_blocks(picture)[inside]) for picture in (first, second))
    left_deviation, right_deviation = left.std(axis=1), right.std(axis=1)
    textured = np.maximum(left_deviation, right_deviation) > _TEXTURE
    if textured.sum() < _FEWEST_BLOCKS:
        return 0.0
    together = (left * right).mean(axis=1) / (left_deviation * right_deviation + _DAMPING)
    return float(np.median(together[textured]))


def _centred(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    centred: NDArray[np.float32] = blocks - blocks.mean(axis=1, keepdims=True)
    return centred


def _blocks(picture: NDArray[Pixel]) -> NDArray[Pixel]:
    """(n, 64) the pixels of each whole block."""
    down, across = picture.shape[0] // _BLOCK, picture.shape[1] // _BLOCK
    cut = picture[: down * _BLOCK, : across * _BLOCK].reshape(down, _BLOCK, across, _BLOCK)
    return cut.swapaxes(1, 2).reshape(down * across, _BLOCK * _BLOCK)
