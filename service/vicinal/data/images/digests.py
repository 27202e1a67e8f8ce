"""What makes two image files the same picture: all that they show, to the last bit, and nothing else."""

import hashlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from vicinal.data.images.decoding import (
    ImageLimits,
    OpenImage,
    apply_orientation,
    is_decoding_lossless,
    is_deep_grey,
    iterate_strips,
    refuse_large,
)
from vicinal.data.images.structure import MAX_FRAMES

PIXELS = "pixels-2"
"""What digests of this reading begin with. Change it with the reading: then old ones match no new ones."""

# Of sRGB, which is also what pictures that say nothing are taken for: gamma, and where white, red, green and
# blue are.
_SRGB_GAMMA = 0.45455
_SRGB_COLOURS = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)

_NUMBERS = {"I;16": "<u2", "I": "<i4", "F": "<f4"}
_IN_8_BITS = ("1", "L", "P", "RGB", "RGBA", "LA", "PA")


def pixel_digest(opened: OpenImage, content: bytes, limits: ImageLimits) -> str:
    """The same for two files that show the same: size, depth, colours, transparency, every frame and page.

    Palettes are looked up, levels of 1 to 8 bits are taken for those of 8, grey for equal red, green and
    blue, and a transparency that is nowhere for none. A picture of 16 or 32 bits or of floats is the same as
    none of another depth, CMYK as none in other colours, and one with a colour profile as none with another
    or none. How long a frame is shown does not count.

    Args:
        opened: the image, with its first picture decoded; its later ones are decoded here.
        content: the file.
        limits: of its size, over all frames.

    Returns:
        64 hexadecimal digits; empty where only the bytes tell: the decoder drops something, a later frame is
        broken, there are more than `MAX_FRAMES`, or more pixels in them than one picture may have.
    """
    if not opened.keeps_everything or _are_too_many(opened, limits):
        return ""
    digest = hashlib.sha256()
    try:
        for frame in _frames(opened, content, limits):
            for part in _parts(apply_orientation(frame)):
                digest.update(part)
    except _NotLookedAt:
        return ""
    return digest.hexdigest()


def _are_too_many(opened: OpenImage, limits: ImageLimits) -> bool:
    """Whether it is known before they are decoded that there are too many frames."""
    frames = opened.structure.frames or getattr(opened.image, "n_frames", 1)
    # Frames of an animation are all as large as the first; pages are not.
    pixels = opened.width * opened.height * (1 if opened.image.format == "TIFF" else frames)
    return frames > MAX_FRAMES or pixels > limits.max_pixels


class _NotLookedAt(Exception):
    """A frame that would cost too much, or cannot be read as a whole."""


def _frames(opened: OpenImage, content: bytes, limits: ImageLimits) -> Iterator[Image.Image]:
    """All pictures of a file, one after the other; each is gone when the next one comes."""
    image, most = opened.image, max(opened.image.width * opened.image.height, opened.structure.page_pixels)
    pixels, frames = 0, 0
    while True:
        yield image
        pixels, frames = pixels + image.width * image.height, frames + 1
        try:
            image.seek(frames)
            size = image.width * image.height
            refuse_large(image, limits)
            if size > most or pixels + size > limits.max_pixels or frames == MAX_FRAMES:
                raise _NotLookedAt
            if not is_decoding_lossless(image, opened.structure, content):
                raise _NotLookedAt
            image.load()
        except EOFError:
            return
        except Exception as error:  # decoders of hostile bytes raise nearly anything
            raise _NotLookedAt from error


def _parts(image: Image.Image) -> Iterator[bytes]:
    """A picture's kind, then its pixels, strip by strip."""
    kind = _kind(image)
    is_named = kind in ("RGB", "RGBA")
    transparent = image.info.get("transparency") if not is_named else None
    yield f"{kind} {image.width} {image.height} {transparent!r} {_colours(image)};".encode()
    for _, strip in iterate_strips(image):
        if is_named:
            yield (strip if strip.mode == kind else strip.convert(kind)).tobytes()
        elif kind in _NUMBERS:
            yield np.asarray(strip).astype(_NUMBERS[kind]).tobytes()
        else:
            yield strip.tobytes()


def _kind(image: Image.Image) -> str:
    """What a picture's pixels are, whatever they are stored as."""
    if image.mode in _IN_8_BITS:
        return "RGBA" if image.has_transparency_data and not _is_opaque(image) else "RGB"
    return "I;16" if is_deep_grey(image) and image.mode != "I" else image.mode


def _is_opaque(image: Image.Image) -> bool:
    alphas = (strip.convert("RGBA").getchannel("A") for _, strip in iterate_strips(image))
    return all(alpha.getextrema() == (255, 255) for alpha in alphas)


def _colours(image: Image.Image) -> str:
    """What else says which colours the numbers stand for."""
    profile, gamma = image.info.get("icc_profile"), image.info.get("gamma")
    primaries = image.info.get("chromaticity")
    return " ".join(
        (
            hashlib.sha256(profile).hexdigest() if profile else "",
            "" if gamma is None or round(gamma, 5) == _SRGB_GAMMA else repr(gamma),
            "" if primaries is None or tuple(primaries) == _SRGB_COLOURS else repr(primaries),
        )
    )
