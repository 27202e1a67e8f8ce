"""Image bytes in, an upright RGB picture out; a broken image fails alone."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vicinal.core.errors import ContentUnreadable
from vicinal.core.ports import RawContent

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded where nothing else is said, as width times height; it bounds what one image
may take of the memory."""

READING = "rgb8,exif-upright,alpha-on-white,first-frame"
"""What `read_image` does to every picture, for fingerprints: change it with the code."""

# Named, because Pillow would else try every format it knows, and hand PostScript to a program outside.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
_DEEP_GREY = ("I;16", "I;16L", "I;16B", "I;16N", "I")


def read_image(content: RawContent, side: int, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture that image bytes hold, squeezed into a square.

    EXIF orientation is applied, transparency laid on white, 16-bit grey scaled to 8 bits (float grey from
    its own least and largest value), CMYK and palettes turned into RGB; of an animation, the first frame is
    taken. Colour profiles are not applied.

    Args:
        content: a file in JPEG, PNG, WebP, GIF, BMP, TIFF, PPM, JPEG 2000 or (with Pillow 11.3) AVIF format.
        side: width and height of the result, in pixels.
        max_pixels: largest picture that is decoded, as width times height.

    Returns:
        An image of mode "RGB" and size (side, side).

    Raises:
        ContentUnreadable: text, empty, no image, broken, cut off, or of more than `max_pixels`.
    """
    return _read(content, side, max_pixels, lambda _width, _height: (side, side))


def read_image_within(content: RawContent, side: int, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """As `read_image`, but in its own shape: the longer side is at most `side`, and nothing is enlarged."""

    def size(width: int, height: int) -> tuple[int, int]:
        scale = min(1.0, side / max(width, height))
        return max(1, round(scale * width)), max(1, round(scale * height))

    return _read(content, side, max_pixels, size)


def _read(
    content: RawContent, side: int, max_pixels: int, size: Callable[[int, int], tuple[int, int]]
) -> Image.Image:
    if isinstance(content, str):
        raise ContentUnreadable("text was sent where an image is needed; send the bytes of an image file")
    if not content:
        raise ContentUnreadable("the image is empty (0 bytes); send the bytes of an image file")
    try:
        with _opened(content) as image:
            _refuse_huge(image, max_pixels)
            # A large JPEG is decoded at 1/2, 1/4 or 1/8 of its size, never below twice the size needed.
            image.draft(None, (2 * side, 2 * side))
            image.load()
            upright = _in_8_bits(_upright(image))
            return _on_white(upright.resize(size(*upright.size), Image.Resampling.BILINEAR))
    except ContentUnreadable:
        raise
    except Exception as error:  # decoders of hostile bytes raise nearly anything
        raise ContentUnreadable(
            f"the image cannot be read ({_reason(error)}); send a whole image file"
        ) from error


def _opened(content: bytes) -> Image.Image:
    Image.init()
    return Image.open(BytesIO(content), formats=[name for name in _FORMATS if name in Image.OPEN])


def _refuse_huge(image: Image.Image, max_pixels: int) -> None:
    """By the size in the header: a few bytes can stand for gigabytes of pixels."""
    width, height = image.size
    if width * height > max_pixels:
        raise ContentUnreadable(
            f"the image has {width} x {height} pixels, more than {max_pixels:,}; send a smaller one"
        )


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF must not cost a picture whose pixels are sound
        return image


def _in_8_bits(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP_GREY:
        levels = np.clip(np.asarray(image, dtype=np.float32) / 257.0, 0.0, 255.0)
        return Image.fromarray(np.rint(levels).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        return Image.fromarray(_stretched(np.asarray(image, dtype=np.float32))).convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _stretched(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    known = levels[np.isfinite(levels)]
    if known.size == 0:
        raise ContentUnreadable("the image holds no finite value; send one that does")
    low, high = float(known.min()), float(known.max())
    scaled = (np.nan_to_num(levels, nan=low, posinf=high, neginf=low) - low) / ((high - low) or 1.0)
    grey: NDArray[np.uint8] = np.rint(255.0 * scaled).astype(np.uint8)
    return grey


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"not one of {', '.join(_FORMATS)}"
    return str(error) or type(error).__name__
