"""Image bytes in, an upright RGB picture of a model's size out; a broken image fails alone."""

from collections.abc import Callable

from PIL import Image

from vicinal.core.records import RawContent
from vicinal.data.images import decoding
from vicinal.data.images.decoding import MAX_PIXELS, ImageLimits, OpenImage

__all__ = ["MAX_PIXELS", "READING", "read_image", "read_image_within"]

READING = "rgb8,exif-upright,alpha-on-white,first-frame"
"""What `read_image` does to every picture, for fingerprints: change it with the code."""


def read_image(content: RawContent, side: int, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture that image bytes hold, squeezed into a square.

    EXIF orientation is applied, transparency laid on white, 16-bit grey scaled to 8 bits (float grey from
    its own least and largest value), CMYK and palettes turned into RGB; of an animation, the first frame is
    taken. Colour profiles are not applied.

    Args:
        content: a file in JPEG, PNG, WebP, GIF, BMP, TIFF, PPM, JPEG 2000, AVIF (with Pillow 11.3) or HEIC
            format (with the extra `heic`).
        side: width and height of the result, in pixels.
        max_pixels: largest picture that is decoded, as width times height.

    Returns:
        An image of mode "RGB" and size (side, side).

    Raises:
        ContentUnreadable: text, empty, no image, broken, cut off, of more than `max_pixels` or a longer side
            than `vicinal.data.images.decoding.MAX_SIDE`, or one that would take too much memory.
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
    def make(opened: OpenImage) -> Image.Image:
        seen = decoding.convert_to_8_bits(decoding.apply_orientation(opened.image))
        return decoding.flatten_on_white(seen.resize(size(*seen.size), Image.Resampling.BILINEAR))

    return decoding.decode_image(content, make, ImageLimits(max_pixels), enough_side=2 * side)
