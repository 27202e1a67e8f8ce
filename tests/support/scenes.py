"""Made pictures with much to hold on to, and what is done to them."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

from vicinal.duplicates.images.picture import Picture, summarise
from vicinal.duplicates.images.reading import read_picture


def scene(seed: int, width: int = 320, height: int = 240) -> Image.Image:
    """Coloured rectangles, large and small, softened."""
    random = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 128, dtype=np.uint8)
    for _ in range(120):
        y, x, h, w = random.integers((0, 0, 6, 6), (height - 10, width - 10, 60, 60))
        pixels[y : y + h, x : x + w] = random.integers(0, 256, 3)
    return Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1))


def noisy(image: Image.Image, deviation: float) -> Image.Image:
    """With Gaussian noise of so many levels."""
    noise = np.random.default_rng(5).normal(0, deviation, (*image.size[::-1], 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file."""
    held = BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def picture(image: Image.Image) -> Picture:
    """What is kept of an image."""
    return summarise(read_picture(encoded(image)))
