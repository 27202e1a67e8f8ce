import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

pytest.importorskip("cv2")

from tests.support.scenes import encoded, noisy, picture, scene
from vicinal.duplicates import compare_images
from vicinal.duplicates.images.verification import verify


def with_text(image):
    drawn = image.copy()
    ImageDraw.Draw(drawn).text((20, 100), "SALE TODAY ONLY", fill="white", font_size=36)
    return drawn


DUPLICATES = {
    "rotated by 30": lambda image: image.rotate(-30),
    "rotated by 90": lambda image: image.transpose(Image.Transpose.ROTATE_270),
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "mirrored and turned": lambda image: ImageOps.mirror(image).rotate(20),
    "cropped": lambda image: image.crop((40, 30, 300, 220)),
    "framed": lambda image: ImageOps.expand(image, 30, "white"),
    "moved": lambda image: image.transform(image.size, Image.Transform.AFFINE, (1, 0, -40, 0, 1, -30)),
    "squeezed": lambda image: image.resize((224, 224)),
    "half the size": lambda image: image.resize((160, 120)),
    "noise": lambda image: noisy(image, 20),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.4),
    "greyer": lambda image: ImageEnhance.Contrast(image).enhance(0.6),
    "grey": ImageOps.grayscale,
    "text": with_text,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DUPLICATES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_duplicate_is_one(name, seed):
    evidence = verify(picture(scene(seed)), picture(DUPLICATES[name](scene(seed))))
    assert evidence is not None
    assert evidence.inliers >= 15
    assert 0.88 <= evidence.similarity <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", DUPLICATES)
def test_another_picture_is_none(name):
    for seed in range(3, 6):
        assert verify(picture(scene(1)), picture(DUPLICATES[name](scene(seed)))) is None


def test_the_same_text_over_two_pictures_makes_no_duplicate():
    assert verify(picture(with_text(scene(1))), picture(with_text(scene(2)))) is None


def test_another_view_of_the_same_things_is_no_duplicate():
    near, far = scene(8), scene(9)
    views = []
    for shift in (0, 24):
        view = near.copy()
        for left in range(0, 320, 80):
            view.paste(far.crop((left, 0, left + 40, 240)), (left + shift, 0))
        views.append(picture(view))
    assert verify(views[0], views[0]) is not None
    assert verify(*views) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rotated by 30", {"rotation_degrees": 30, "mirrored": False, "scale": 1}),
        ("rotated by 90", {"rotation_degrees": 90, "mirrored": False, "scale": 1}),
        ("mirrored", {"rotation_degrees": 0, "mirrored": True, "shift_x": 0}),
        ("half the size", {"rotation_degrees": 0, "mirrored": False, "scale": 0.5}),
        ("moved", {"shift_x": 40 / 320, "shift_y": 30 / 240, "scale": 1}),
        ("cropped", {"scale": 1, "kept_share": 260 * 190 / (320 * 240), "filled_share": 1}),
        ("framed", {"scale": 1, "kept_share": 1, "filled_share": 320 * 240 / (380 * 300)}),
        ("squeezed", {"squeeze": (224 / 240) / (224 / 320), "kept_share": 1}),
    ],
)
def test_the_transform_is_told(name, expected):
    evidence = verify(picture(scene(1)), picture(DUPLICATES[name](scene(1))))
    found = {field: getattr(evidence.transform, field) for field in expected}
    for field, value in expected.items():
        assert found[field] == pytest.approx(value, abs=1 if field == "rotation_degrees" else 0.05), field


def test_seen_from_the_duplicate_the_transform_is_the_inverse():
    original, copy = picture(scene(1)), picture(scene(1).rotate(-30).resize((160, 120)))
    there, back = verify(original, copy).transform, verify(copy, original).transform
    assert there.rotation_degrees == pytest.approx(-back.rotation_degrees, abs=1)
    assert there.scale * back.scale == pytest.approx(1, abs=0.03)


def test_pictures_without_anything_to_hold_on_to_are_never_duplicates():
    flat = picture(Image.new("RGB", (320, 240), "grey"))
    assert verify(flat, flat) is None
    assert verify(flat, picture(scene(1))) is None


def test_two_files_are_compared_by_bytes_and_pixels_first():
    image = scene(1)
    flat = Image.new("RGB", (50, 50), "grey")
    assert compare_images(encoded(flat), encoded(flat)).kinds == ("identical file",)
    assert compare_images(encoded(flat), encoded(flat, "BMP")).kinds == ("identical pixels",)
    assert compare_images(encoded(image), encoded(image, "JPEG", quality=70)).kinds == (
        "re-encoded or lightly edited",
    )
    assert compare_images(encoded(image), encoded(scene(2))) is None


def test_noise_does_not_pass_for_a_transform():
    random = np.random.default_rng(0)
    first, second = (
        picture(Image.fromarray(random.integers(0, 256, (240, 320, 3), dtype=np.uint8))) for _ in range(2)
    )
    assert verify(first, second) is None
