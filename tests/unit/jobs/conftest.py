"""Pictures and texts at rest."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.photos import picture


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
