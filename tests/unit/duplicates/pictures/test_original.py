import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

pytest.importorskip("cv2")

from tests.unit.duplicates.scenes import noisy, picture, scene
from vicinal.core.copies import Transform
from vicinal.duplicates.pictures.kinds import kinds_of
from vicinal.duplicates.pictures.original import likely_original
from vicinal.duplicates.pictures.verification import verify

EDITS = {
    "turned": lambda image: image.rotate(-30),
    "turned more": lambda image: image.rotate(-60),
    "mirrored": ImageOps.mirror,
    "cut": lambda image: image.crop((40, 30, 300, 220)),
    "noise": lambda image: noisy(image, 20),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "dark": lambda image: ImageEnhance.Brightness(image).enhance(0.6),
    "small": lambda image: image.resize((160, 120)),
    "large": lambda image: image.resize((640, 480)),
}


def chosen(names, central):
    """What is kept of an original and its copies, seen from one of them."""
    images = {name: EDITS[name](scene(1)) for name in names} | {"original": scene(1)}
    kept = dict(enumerate(map(picture, images.values())))
    first = list(images).index(central)
    seen = {
        item: None if item == first else verify(kept[first], each).transform for item, each in kept.items()
    }
    return list(images)[likely_original(kept, seen)]


@pytest.mark.parametrize("central", ["original", "turned", "mirrored", "noise"])
def test_the_original_among_many_copies(central):
    assert chosen(["turned", "turned more", "mirrored", "cut", "noise", "blur"], central) == "original"


def test_neither_the_smaller_nor_the_enlarged_copy():
    assert chosen(["noise", "small", "large", "blur", "turned"], "small") == "original"


def test_of_two_that_lie_differently_the_one_without_black_corners():
    assert chosen(["turned"], "turned") == "original"


def test_of_two_sizes_the_larger():
    assert chosen(["small"], "original") == "original"


def test_where_nothing_tells_the_first():
    flat = picture(Image.fromarray(np.full((40, 40, 3), 90, dtype=np.uint8)))
    assert likely_original({4: flat, 2: flat}, {4: None, 2: None}) == 4


def changed(**fields):
    plain = {
        "mirrored": False, "rotation_degrees": 0.0, "scale": 1.0, "squeeze": 1.0, "shift_x": 0.0,
        "shift_y": 0.0, "kept": 1.0, "filled": 1.0,
    }  # fmt: skip
    return Transform(**{**plain, **fields})


@pytest.mark.parametrize(
    ("transform", "likeness", "words"),
    [
        (changed(), 1.0, ("re-encoded or lightly edited",)),
        (changed(), 0.93, ("edited (noise, blur, light or text)",)),
        (changed(mirrored=True), 1.0, ("mirrored",)),
        (changed(mirrored=True, rotation_degrees=179.5), 1.0, ("flipped upside down",)),
        (changed(mirrored=True, rotation_degrees=-179.5), 1.0, ("flipped upside down",)),
        (changed(rotation_degrees=-30.2, kept=0.8, filled=0.8), 1.0, ("rotated by -30 degrees",)),
        (changed(scale=0.5), 1.0, ("scaled to 50%",)),
        (changed(squeeze=1.4), 1.0, ("squeezed",)),
        (changed(kept=0.8), 1.0, ("cropped",)),
        (changed(filled=0.7), 1.0, ("framed",)),
        (changed(kept=0.8, filled=0.8, shift_x=0.2), 1.0, ("moved",)),
        (changed(rotation_degrees=10.0, kept=0.6, shift_y=-0.1), 1.0, ("rotated by 10 degrees", "cropped")),
    ],
)
def test_words(transform, likeness, words):
    assert kinds_of(transform, likeness) == words
