import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.support.samples import encoded, picture
from vicinal.core.errors import ContentUnreadable
from vicinal.featurizers.augmentations.pictures import IMAGE_AUGMENTATIONS, SIDE, image_augmentations
from vicinal.featurizers.images import read_image_within

WHOLE = picture(seed=1, width=60, height=40)


def seen(name, image=WHOLE):
    return np.asarray(IMAGE_AUGMENTATIONS[name](image)).astype(int)


PIXELS = np.asarray(WHOLE).astype(int)
# What numpy makes of the same transform, by rows and columns.
EXACT = {
    "mirror": PIXELS[:, ::-1],
    "flip": PIXELS[::-1],
    "rotate-90": np.rot90(PIXELS, -1),
    "rotate-180": PIXELS[::-1, ::-1],
    "rotate-270": np.rot90(PIXELS),
    "crop-left": PIXELS[:, 15:],
    "crop-right": PIXELS[:, :45],
    "crop-top": PIXELS[10:],
    "crop-bottom": PIXELS[:30],
    "zoom-in": PIXELS[4:36, 6:54],
    "shift-left": np.hstack([PIXELS[:, 9:], np.zeros((40, 9, 3))]),
    "shift-right": np.hstack([np.zeros((40, 9, 3)), PIXELS[:, :51]]),
    "shift-up": np.vstack([PIXELS[6:], np.zeros((6, 60, 3))]),
    "shift-down": np.vstack([np.zeros((6, 60, 3)), PIXELS[:34]]),
}


@pytest.mark.parametrize("name", EXACT)
def test_pixels_go_where_the_name_says(name):
    np.testing.assert_array_equal(seen(name), EXACT[name])


def test_a_small_turn_is_clockwise_and_keeps_the_frame():
    corner = Image.new("RGB", (101, 101))
    corner.paste("white", (45, 5, 56, 16))
    rows, columns = np.nonzero(seen("rotate-30", corner)[..., 0] > 128)
    assert columns.mean() == pytest.approx(50 + 40 * np.sin(np.radians(30)), abs=2)
    assert rows.mean() == pytest.approx(50 - 40 * np.cos(np.radians(30)), abs=2)
    assert IMAGE_AUGMENTATIONS["rotate-15"](WHOLE).size == WHOLE.size


def test_zooming_out_leaves_a_black_frame():
    far = seen("zoom-out")
    assert far.shape == PIXELS.shape
    assert not far[:3].any()
    assert not far[:, :5].any()
    assert far[20, 30] == pytest.approx(PIXELS[20, 30], abs=8)


def test_light_noise_and_blur():
    assert seen("brighter").mean() > PIXELS.mean() * 1.2
    assert seen("darker").mean() == pytest.approx(PIXELS.mean() * 0.6, rel=0.02)
    grey = Image.new("RGB", (200, 200), (128, 128, 128))
    assert seen("noise", grey).std() == pytest.approx(20, rel=0.05)
    np.testing.assert_array_equal(seen("noise"), seen("noise"))
    speckled = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    assert seen("blur", speckled).std() < np.asarray(speckled).std() / 4


@pytest.mark.parametrize("name", IMAGE_AUGMENTATIONS)
def test_any_picture_has_every_view(name):
    for size in ((1, 1), (1, 300), (300, 2)):
        view = IMAGE_AUGMENTATIONS[name](Image.new("RGB", size, "red"))
        assert view.mode == "RGB"
        assert min(view.size) >= 1


def test_views_are_image_files_of_the_upright_picture():
    exif = Image.Exif()
    exif[0x0112] = 3
    turned, mirrored = image_augmentations(
        encoded(WHOLE, exif=exif), {name: IMAGE_AUGMENTATIONS[name] for name in ("rotate-180", "mirror")}
    )
    np.testing.assert_array_equal(np.asarray(read_image_within(turned, SIDE)), PIXELS)
    np.testing.assert_array_equal(
        np.asarray(read_image_within(mirrored, SIDE)), np.asarray(ImageOps.flip(WHOLE))
    )


def test_large_pictures_are_made_smaller_in_their_shape():
    (view,) = image_augmentations(encoded(picture(0, 1200, 300)), {"mirror": IMAGE_AUGMENTATIONS["mirror"]})
    assert read_image_within(view, SIDE).size == (320, 80)
    assert read_image_within(encoded(WHOLE), SIDE).size == (60, 40)


def test_what_is_no_image_is_refused():
    with pytest.raises(ContentUnreadable, match="text was sent"):
        image_augmentations("a text", IMAGE_AUGMENTATIONS)
