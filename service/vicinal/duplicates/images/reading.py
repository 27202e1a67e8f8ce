"""Image bytes in; a small grey picture, its quality and a digest of all pixels out."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vicinal.data.images import decoding
from vicinal.data.images.decoding import DEFAULT_LIMITS, ImageLimits, OpenImage
from vicinal.data.images.digests import pixel_digest
from vicinal.duplicates.images.features import SIDE

MOST_SIDE = 1600
"""Longer side, in pixels, at which a picture is looked at; larger ones are made smaller first."""
_BLOCKS, _LEAST_BLOCK = 6, 16
_AROUND, _NEAR = 9, 5
# Rows around a block that its pixels' neighbourhoods reach into.
_MARGIN = _AROUND // 2 + 1
# Of a block, spots with nearly its largest contrast are edges; with few grey levels, noise would decide.
_EDGE_SHARE, _LEAST_CONTRAST = 0.7, 24.0
# A median of absolute values times this is the deviation of Gaussian noise; the filter multiplies that by 6.
_DEVIATIONS = 1 / 0.6745 / 6
_NOISE_FILTER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)

# Phones put a depth map, a preview or further shots behind the picture that is meant.
_WITH_FIRST_PICTURE = ("MPO", "HEIF")


@dataclass(frozen=True)
class Quality:
    """What can be measured of a picture.

    Attributes:
        sharpness: how much of the contrast around an edge lies between two neighbouring pixels, median over
            the blocks that have edges: 0.375 for a step, half of that where it was blurred by two pixels; 0
            without edges. Light and contrast do not matter, nor does a text or a frame over some blocks.
        noise: deviation of the noise, in grey levels (Immerkaer, "Fast Noise Variance Estimation", CVIU
            1996, with a median in the place of the mean).
        colour: mean difference of the largest and smallest channel, in levels.
    """

    sharpness: float
    noise: float
    colour: float


def measure_quality(grey: NDArray[np.uint8], colour: float = 0.0) -> Quality:
    """Measures a picture.

    Args:
        grey: (height, width) of the whole picture.
        colour: as `Quality` has it.
    """
    factor = MOST_SIDE / max(grey.shape)
    if factor < 1:
        size = [max(1, round(length * factor)) for length in (grey.shape[1], grey.shape[0])]
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return Quality(sharpness(grey), _noise(grey), colour)


def sharpness(grey: NDArray[np.uint8]) -> float:
    """As `Quality` has it, of a picture at the size at which it is."""
    count = max(1, min(_BLOCKS, min(grey.shape) // _LEAST_BLOCK))
    high = len(grey) // count
    # One row of blocks at a time: gradients take twenty times the memory of their pixels.
    parts = np.concatenate([_edge_parts(grey, row * high, high, count) for row in range(count)])
    return float(np.median(parts)) if len(parts) else 0.0


def _edge_parts(grey: NDArray[np.uint8], top: int, high: int, count: int) -> NDArray[np.float32]:
    """(n,) mean share of the contrast between two neighbours, of those blocks of a row that have edges.

    Args:
        grey: (height, width).
        top: first row of the blocks.
        high: their height.
        count: of blocks.
    """
    first, end = max(0, top - _MARGIN), min(len(grey), top + high + _MARGIN)
    strip, inside = grey[first:end], slice(top - first, top - first + high)
    down, across = (cv2.Sobel(strip, cv2.CV_32F, *order, ksize=1, scale=0.5) for order in ((0, 1), (1, 0)))
    steepest = cv2.dilate(cv2.magnitude(across, down), np.ones((_NEAR, _NEAR), dtype=np.uint8))
    around = np.ones((_AROUND, _AROUND), dtype=np.uint8)
    contrast = cv2.dilate(strip, around) - cv2.erode(strip, around)
    slopes, contrasts = (_blocks(values[inside], count) for values in (steepest, contrast))
    edges = contrasts >= np.maximum(_LEAST_CONTRAST, _EDGE_SHARE * contrasts.max(axis=1, keepdims=True))
    known = edges.sum(axis=1)
    parts = np.where(edges, slopes / np.maximum(contrasts, 1.0), 0.0).sum(axis=1)
    mean: NDArray[np.float32] = parts[known > 0] / known[known > 0]
    return mean


def _blocks(values: NDArray[Any], count: int) -> NDArray[np.float32]:
    """(count, pixels) of a row of blocks; columns that are left over are not taken."""
    wide = values.shape[1] // count
    parts = values[:, : count * wide].reshape(len(values), count, wide).transpose(1, 0, 2)
    return parts.reshape(count, -1).astype(np.float32, copy=False)


def _noise(grey: NDArray[np.uint8]) -> float:
    filtered = cv2.convertScaleAbs(cv2.filter2D(grey, cv2.CV_16S, _NOISE_FILTER))
    counts = np.cumsum(np.bincount(filtered.ravel(), minlength=256))
    return float(np.searchsorted(counts, (counts[-1] + 1) // 2)) * _DEVIATIONS


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """What is taken from a picture before its pixels are dropped.

    Attributes:
        grey: (height, width) uint8, the longer side being `SIDE`.
        width: of the whole picture, in pixels.
        height: likewise.
        quality: of the whole picture.
        pixel_digest: the same for two files that show the same; empty where only their bytes can tell.
        is_still: whether one picture stands for all of the file: an animation has others, and so has a scan
            of several pages.
    """

    grey: NDArray[np.uint8]
    width: int
    height: int
    quality: Quality
    pixel_digest: str
    is_still: bool = True


def read_picture(content: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> ReadPicture:
    """Decodes an image: upright by its EXIF orientation, transparency laid on white, the first frame in grey.

    Raises:
        ContentUnreadable: the bytes are no image, broken, cut off, or beyond the limits.
    """

    def make(opened: OpenImage) -> ReadPicture:
        seen = decoding.convert_to_8_bits(decoding.apply_orientation(opened.image))
        whole, colour = _grey(seen)
        del seen
        grey, quality = _small(whole), measure_quality(whole, colour)
        frames = opened.structure.frames or getattr(opened.image, "n_frames", 1)
        is_still = frames == 1 or opened.image.format in _WITH_FIRST_PICTURE
        digest = pixel_digest(opened, content, limits)
        return ReadPicture(grey, opened.width, opened.height, quality, digest, is_still)

    return decoding.decode_image(content, make, limits)


def read_digest(content: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> str:
    """What `read_picture` gives as `pixel_digest`, where nothing else of a picture is needed.

    Raises:
        ContentUnreadable: as in `read_picture`.
    """
    return decoding.decode_image(content, lambda opened: pixel_digest(opened, content, limits), limits)


def _grey(picture: Image.Image) -> tuple[NDArray[np.uint8], float]:
    """(height, width) uint8 of a picture of mode "RGB" or "RGBA" on white; and how much colour there is."""
    grey, colour = np.empty(picture.size[::-1], dtype=np.uint8), 0.0
    for top, strip in decoding.iterate_strips(picture):
        pixels = np.asarray(decoding.flatten_on_white(strip))
        grey[top : top + len(pixels)] = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        red, green, blue = cv2.split(pixels)
        largest, smallest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
        colour += float(cv2.sumElems(largest)[0] - cv2.sumElems(smallest)[0])
    return grey, colour / grey.size


def _small(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = SIDE / max(grey.shape)
    size = [max(1, round(length * factor)) for length in (grey.shape[1], grey.shape[0])]
    smooth = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(grey, size, interpolation=smooth).astype(np.uint8, copy=False)
