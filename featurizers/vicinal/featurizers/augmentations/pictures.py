"""Views of a picture. Each is deterministic; what a transform leaves empty is black, as usual."""

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from vicinal.core.records import RawContent
from vicinal.featurizers import images

SIDE = 320
"""Longest side of a view, in pixels: more than any featurizer here looks at."""

READING = f"{images.READING},within-{SIDE}-bilinear,views-1"
"""What is done to a picture before and in the views, for what is kept of them: change it with the code."""

_STEP_DEGREES = 30
_SHIFT, _ZOOM, _CROP = 0.15, 0.8, 0.25
_NOISE_LEVELS = 20.0
_BRIGHTER, _DARKER = 1.4, 0.6
_BLUR_PIXELS = 3

ImageAugmentation = Callable[[Image.Image], Image.Image]


def rotated(picture: Image.Image, degrees: int) -> Image.Image:
    """Turned clockwise. A quarter turn swaps the sides, other angles keep the frame and lose the corners."""
    quarter_turns = {90: Image.Transpose.ROTATE_270, 270: Image.Transpose.ROTATE_90}
    if degrees in quarter_turns:
        return picture.transpose(quarter_turns[degrees])
    return picture.rotate(-degrees, Image.Resampling.BILINEAR)


def shifted(picture: Image.Image, right: float, down: float) -> Image.Image:
    """Moved within its frame, by shares of width and height."""
    moved = Image.new("RGB", picture.size)
    moved.paste(picture, (round(right * picture.width), round(down * picture.height)))
    return moved


def crop(
    picture: Image.Image, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0
) -> Image.Image:
    """Without a share of it at some of its sides."""
    width, height = picture.size
    edges = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return picture.crop(tuple(map(round, edges)))  # type: ignore[arg-type] # four of them


def zoomed_out(picture: Image.Image) -> Image.Image:
    """Smaller, in the middle of its frame."""
    small = picture.resize((round(picture.width * _ZOOM) or 1, round(picture.height * _ZOOM) or 1))
    framed = Image.new("RGB", picture.size)
    framed.paste(small, ((picture.width - small.width) // 2, (picture.height - small.height) // 2))
    return framed


def noisy(picture: Image.Image) -> Image.Image:
    """With Gaussian noise, the same for every picture of its size."""
    noise = np.random.default_rng(0).normal(0.0, _NOISE_LEVELS, (picture.height, picture.width, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


_EDGE = (1 - _ZOOM) / 2
_DEGREES = sorted({15, 345, *range(_STEP_DEGREES, 360, _STEP_DEGREES)})

IMAGE_AUGMENTATIONS: Mapping[str, ImageAugmentation] = {
    "mirror": ImageOps.mirror,
    "flip": ImageOps.flip,
    **{f"rotate-{degrees}": partial(rotated, degrees=degrees) for degrees in _DEGREES},
    "shift-left": partial(shifted, right=-_SHIFT, down=0),
    "shift-right": partial(shifted, right=_SHIFT, down=0),
    "shift-up": partial(shifted, right=0, down=-_SHIFT),
    "shift-down": partial(shifted, right=0, down=_SHIFT),
    "zoom-in": partial(crop, left=_EDGE, top=_EDGE, right=_EDGE, bottom=_EDGE),
    "zoom-out": zoomed_out,
    "crop-left": partial(crop, left=_CROP),
    "crop-right": partial(crop, right=_CROP),
    "crop-top": partial(crop, top=_CROP),
    "crop-bottom": partial(crop, bottom=_CROP),
    "noise": noisy,
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(_BRIGHTER),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(_DARKER),
    "blur": lambda picture: picture.filter(ImageFilter.GaussianBlur(_BLUR_PIXELS)),
}
"""What is done to an upright RGB picture, by name; `crop-left` is without the quarter at the left."""


def image_augmentations(
    content: RawContent, augmentations: Mapping[str, ImageAugmentation], max_pixels: int = images.MAX_PIXELS
) -> list[bytes]:
    """The views of an image, each as an image file without loss.

    Raises:
        ContentUnreadable: it is no image, a broken one, or one of more than `max_pixels`.
    """
    picture = images.read_image_within(content, SIDE, max_pixels)
    return [_encoded(augmentation(picture)) for augmentation in augmentations.values()]


def _encoded(picture: Image.Image) -> bytes:
    held = BytesIO()
    picture.save(held, "BMP")
    return held.getvalue()
