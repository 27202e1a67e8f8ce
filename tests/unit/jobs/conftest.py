"""Pictures and texts at rest."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def picture(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def make_photos(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a folder of so many pictures, in two folders below it."""

    def make(count: int) -> Path:
        folder = tmp_path / "photos"
        for number in range(count):
            below = folder / ("a" if number % 2 else "b")
            below.mkdir(parents=True, exist_ok=True)
            (below / f"{number:04d}.png").write_bytes(picture(number))
        return folder

    return make
