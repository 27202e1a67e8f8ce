from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

pytest.importorskip("cv2")

from tests.support.scenes import noisy, picture, scene
from vicinal.duplicates.grouping import Keep
from vicinal.duplicates.images.original import choose_representative, likely_original
from vicinal.duplicates.images.reading import measure_quality, sharpness
from vicinal.duplicates.images.verification import kinds_of, verify
from vicinal.records.duplicates import DuplicateTransform

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
    """What is kept of an original and its duplicates, seen from one of them."""
    images = {name: EDITS[name](scene(1)) for name in names} | {"original": scene(1)}
    kept = dict(enumerate(map(picture, images.values())))
    first = list(images).index(central)
    seen = {
        item: None if item == first else verify(kept[first], each).transform for item, each in kept.items()
    }
    return list(images)[likely_original(kept, seen)]


@pytest.mark.slow
@pytest.mark.parametrize("central", ["original", "turned", "mirrored", "noise"])
def test_the_original_among_many_duplicates(central):
    assert chosen(["turned", "turned more", "mirrored", "cut", "noise", "blur"], central) == "original"


@pytest.mark.slow
def test_neither_the_smaller_nor_the_enlarged_duplicate():
    assert chosen(["noise", "small", "large", "blur", "turned"], "small") == "original"


def test_of_two_that_lie_differently_the_one_without_black_corners():
    assert chosen(["turned"], "turned") == "original"


def test_of_two_sizes_the_larger():
    assert chosen(["small"], "original") == "original"


def test_where_nothing_tells_the_first():
    flat = picture(Image.fromarray(np.full((40, 40, 3), 90, dtype=np.uint8)))
    assert likely_original({4: flat, 2: flat}, {4: None, 2: None}) == 2


def changed(**fields):
    plain = {
        "mirrored": False, "rotation_degrees": 0.0, "scale": 1.0, "squeeze": 1.0, "shift_x": 0.0,
        "shift_y": 0.0, "kept_share": 1.0, "filled_share": 1.0,
    }  # fmt: skip
    return DuplicateTransform(**{**plain, **fields})


@pytest.mark.parametrize(
    ("transform", "likeness", "words"),
    [
        (changed(), 1.0, ("re-encoded or lightly edited",)),
        (changed(), 0.93, ("edited (noise, blur, light or text)",)),
        (changed(mirrored=True), 1.0, ("mirrored",)),
        (changed(mirrored=True, rotation_degrees=179.5), 1.0, ("flipped upside down",)),
        (changed(mirrored=True, rotation_degrees=-179.5), 1.0, ("flipped upside down",)),
        (changed(rotation_degrees=-30.2, kept_share=0.8, filled_share=0.8), 1.0, ("rotated by -30 degrees",)),
        (changed(scale=0.5), 1.0, ("scaled to 50%",)),
        (changed(squeeze=1.4), 1.0, ("squeezed",)),
        (changed(kept_share=0.8), 1.0, ("cropped",)),
        (changed(filled_share=0.7), 1.0, ("framed",)),
        (changed(kept_share=0.8, filled_share=0.8, shift_x=0.2), 1.0, ("moved",)),
        (
            changed(rotation_degrees=10.0, kept_share=0.6, shift_y=-0.1),
            1.0,
            ("rotated by 10 degrees", "cropped"),
        ),
    ],
)
def test_words(transform, likeness, words):
    assert kinds_of(transform, likeness) == words


def pair(*edits, keep=Keep.BEST):
    """What is kept of an original and a copy, whichever of the two came first."""
    kept = set()
    for names in (["original", "copy"], ["copy", "original"]):
        images = {"original": DETAILED, "copy": DETAILED}
        for edit in edits:
            images["copy"] = edit(images["copy"])
        pictures = dict(enumerate(picture(images[name]) for name in names))
        evidence = verify(pictures[0], pictures[1])
        assert evidence is not None
        kept.add(names[choose_representative(pictures, {0: None, 1: evidence.transform}, keep)])
    return kept


def in_grey(image):
    return image.convert("L").convert("RGB")


def framed(image):
    return ImageOps.expand(image, 30, "grey")


def detailed() -> Image.Image:
    """A scene with edges as steep as a photograph's."""
    random = np.random.default_rng(3)
    pixels = np.full((1440, 1920, 3), 128, dtype=np.uint8)
    for _ in range(300):
        y, x, h, w = random.integers((0, 0, 20, 20), (1400, 1880, 200, 200))
        pixels[y : y + h, x : x + w] = random.integers(0, 256, 3)
    return Image.fromarray(pixels).resize((640, 480), Image.Resampling.BOX)


DETAILED = detailed()


@pytest.mark.slow
@pytest.mark.parametrize(
    "edit",
    [
        lambda image: image.filter(ImageFilter.GaussianBlur(1.2)),
        lambda image: image.resize((400, 300)),
        lambda image: noisy(image, 20),
        in_grey,
        lambda image: image.crop((60, 60, 600, 440)),
        framed,
        lambda image: image.rotate(20),
    ],
    ids=["blurred", "smaller", "noisy", "grey", "cut", "framed", "turned"],
)
def test_of_two_the_one_that_has_lost_nothing(edit):
    assert pair(edit) == {"original"}


@pytest.mark.slow
def test_a_large_one_is_kept_rather_than_several_small_ones():
    images = [
        DETAILED.resize((300, 225)),
        noisy(DETAILED.resize((300, 225)), 2),
        DETAILED,
        DETAILED.resize((320, 240)),
    ]
    kept = dict(enumerate(map(picture, images)))
    seen = {item: None if item == 0 else verify(kept[0], each).transform for item, each in kept.items()}
    assert likely_original(kept, seen) == 2


@pytest.mark.slow
def test_what_is_kept_can_be_chosen():
    blurred_and_large = [
        lambda image: image.resize((900, 675)),
        lambda image: image.filter(ImageFilter.GaussianBlur(3)),
    ]
    assert pair(*blurred_and_large, keep=Keep.LARGEST) == {"copy"}
    assert pair(*blurred_and_large, keep=Keep.SHARPEST) == {"original"}
    assert pair(*blurred_and_large, keep=Keep.BEST) == {"original"}
    assert pair(*blurred_and_large, keep=Keep.OLDEST) == {"original", "copy"}


@pytest.mark.slow
def test_pictures_of_which_an_older_version_kept_less_are_compared_by_that():
    sharp, blurred = picture(DETAILED), picture(DETAILED.filter(ImageFilter.GaussianBlur(8)))
    for first, second in ((sharp, blurred), (blurred, sharp)):
        old = {0: replace(first, quality=None), 1: second}
        assert old[likely_original(old, {0: None, 1: changed()})].thumbnail is sharp.thumbnail


class TestQuality:
    def test_a_step_is_as_sharp_as_can_be(self):
        step = np.zeros((64, 64), dtype=np.uint8)
        step[:, 32:] = 200
        assert sharpness(step) == pytest.approx(0.375)

    @pytest.mark.parametrize("radius", [1, 2, 4])
    def test_blur_takes_sharpness_away(self, radius):
        step = Image.fromarray(np.kron(np.eye(2, dtype=np.uint8) * 200, np.ones((64, 64), dtype=np.uint8)))
        blurred = np.asarray(step.filter(ImageFilter.GaussianBlur(radius)))
        # The steepest slope of an edge under a Gaussian, against what it crosses within the window.
        assert sharpness(blurred) < 0.4 / radius**0.5

    def test_light_and_contrast_change_nothing(self):
        grey = np.asarray(scene(1).convert("L"))
        assert sharpness(grey // 2 + 40) == pytest.approx(sharpness(grey), abs=0.03)

    @pytest.mark.parametrize("deviation", [4, 10, 20])
    def test_noise_is_measured(self, deviation):
        noise = np.random.default_rng(0).normal(128, deviation, (200, 200))
        assert measure_quality(noise.astype(np.uint8)).noise == pytest.approx(deviation, rel=0.15)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 500), (3, 3), (2000, 3), (40, 1700)])
    def test_any_size_is_measured(self, shape):
        assert measure_quality(np.full(shape, 90, dtype=np.uint8)).sharpness == 0.0
