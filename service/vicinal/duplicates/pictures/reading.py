"""Image bytes in, a small grey picture and a digest of all pixels out."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vicinal.data import images
from vicinal.data.images import DEFAULT_LIMITS, MAX_PIXELS, ImageLimits, OpenImage
from vicinal.data.pixel_digests import pixel_digest
from vicinal.duplicates.pictures.local_features import SIDE
from vicinal.duplicates.pictures.quality import Quality, measure_quality

__all__ = ["MAX_PIXELS", "ReadPicture", "read_digest", "read_picture"]


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
        seen = images.in_8_bits(images.upright(opened.image))
        whole, colour = _grey(seen)
        del seen
        grey, quality = _small(whole), measure_quality(whole, colour)
        frames = opened.structure.frames or getattr(opened.image, "n_frames", 1)
        is_still = frames == 1 or opened.image.format in _WITH_FIRST_PICTURE
        digest = pixel_digest(opened, content, limits)
        return ReadPicture(grey, opened.width, opened.height, quality, digest, is_still)

    return images.decode_image(content, make, limits)


# Phones put a depth map, a preview or further shots behind the picture that is meant.
_WITH_FIRST_PICTURE = ("MPO", "HEIF")


def read_digest(content: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> str:
    """What `read_picture` gives as `pixel_digest`, where nothing else of a picture is needed.

    Raises:
        ContentUnreadable: as in `read_picture`.
    """
    return images.decode_image(content, lambda opened: pixel_digest(opened, content, limits), limits)


def _grey(picture: Image.Image) -> tuple[NDArray[np.uint8], float]:
    """(height, width) uint8 of a picture of mode "RGB" or "RGBA" on white; and how much colour there is."""
    grey, colour = np.empty(picture.size[::-1], dtype=np.uint8), 0.0
    for top, strip in images.strips(picture):
        pixels = np.asarray(images.on_white(strip))
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
