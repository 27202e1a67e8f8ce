"""Image bytes in, a small grey picture out; large pictures are never held whole where it can be helped."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vicinal.core.errors import ContentUnreadable
from vicinal.duplicates.pictures.local_features import SIDE

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded, as width times height; it bounds what one image may take of the memory."""

# Named, because Pillow would else try every format it knows, and hand PostScript to a program outside.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """What is taken from a picture before its pixels are dropped.

    Attributes:
        grey: (height, width) uint8, the longer side being `SIDE`.
        width: of the whole picture, in pixels.
        height: likewise.
        pixel_digest: the same for two files that hold the same pixels.
    """

    grey: NDArray[np.uint8]
    width: int
    height: int
    pixel_digest: str


def read_picture(content: bytes) -> ReadPicture:
    """Decodes an image: upright by its EXIF orientation, transparency laid on white, first frame.

    Raises:
        ContentUnreadable: the bytes are no image, broken, or hold more than `MAX_PIXELS`.
    """
    try:
        with _opened(content) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ContentUnreadable(
                    f"the image has {width} x {height} pixels, more than {MAX_PIXELS:,}; use a smaller one"
                )
            image.draft(None, (2 * SIDE, 2 * SIDE))
            upright = ImageOps.exif_transpose(image)
            pixels = np.asarray(_on_white(upright))
    except ContentUnreadable:
        raise
    except Exception as error:  # decoders of hostile bytes raise nearly anything
        reason = "not a known format" if isinstance(error, UnidentifiedImageError) else str(error)
        raise ContentUnreadable(f"the image cannot be read ({reason}); give a whole image file") from error
    digest = hashlib.sha256(f"{width} {height} {pixels.shape}".encode() + pixels.tobytes()).hexdigest()
    return ReadPicture(_small(pixels), width, height, digest)


def _opened(content: bytes) -> Image.Image:
    Image.init()
    return Image.open(BytesIO(content), formats=[name for name in _FORMATS if name in Image.OPEN])


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    factor = SIDE / max(grey.shape)
    size = [max(1, round(length * factor)) for length in (grey.shape[1], grey.shape[0])]
    smooth = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(grey, size, interpolation=smooth).astype(np.uint8, copy=False)
