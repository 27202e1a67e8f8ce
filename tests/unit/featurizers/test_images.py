import contextlib
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.support.samples import encoded, picture
from vicinal.core.errors import ContentUnreadable
from vicinal.featurizers.images import read_image

SIDE = 32
ROTATED_AND_MIRRORED = {
    1: lambda image: image,
    2: ImageOps.mirror,
    3: lambda image: image.rotate(180),
    4: ImageOps.flip,
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}


def pixels(content: bytes) -> np.ndarray:
    image = read_image(content, SIDE)
    assert image.mode == "RGB"
    assert image.size == (SIDE, SIDE)
    return np.asarray(image).astype(int)


def plain(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)).astype(int)


def test_a_picture_is_squeezed_into_the_square():
    assert (pixels(encoded(picture())) == plain(picture())).all()


@pytest.mark.parametrize(
    ("file_format", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("PPM", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 95}, 8),
        ("JPEG", {"quality": 95, "progressive": True}, 8),
        ("GIF", {}, 40),
    ],
)
def test_the_usual_formats_are_read(file_format, options, tolerance):
    assert abs(pixels(encoded(picture(), file_format, **options)) - plain(picture())).max() <= tolerance


@pytest.mark.parametrize("orientation", ROTATED_AND_MIRRORED)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_exif_orientation_is_undone(orientation, file_format):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = ROTATED_AND_MIRRORED[orientation](picture())
    assert (pixels(encoded(stored, file_format, exif=exif)) == plain(picture())).all()


@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_broken_exif_costs_nothing_but_the_orientation(file_format):
    sound, broken = encoded(picture(), file_format), encoded(picture(), file_format, exif=b"Exif\0\0garbage!")
    assert sound != broken
    assert (pixels(broken) == pixels(sound)).all()


def test_grey_is_the_same_in_three_channels():
    grey = picture().convert("L")
    assert (pixels(encoded(grey)) == plain(grey)).all()


def test_black_and_white_bits_are_read():
    bits = picture().convert("1")
    assert abs(pixels(encoded(bits)) - plain(bits.convert("L"))).max() <= 1


def test_16_bit_grey_looks_like_its_8_bits():
    grey = picture().convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    for file_format in ("PNG", "TIFF", "PPM"):
        assert (pixels(encoded(deep, file_format)) == plain(grey)).all(), file_format


def test_16_bit_colour_looks_like_its_8_bits():
    levels = np.asarray(picture()).astype(">u2") * 257
    height, width, _ = levels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in levels)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert (pixels(png) == plain(picture())).all()


def test_float_grey_is_stretched_over_its_own_range():
    levels = np.asarray(picture().convert("L")).astype(np.float32)
    stretched = (levels - levels.min()) / (levels.max() - levels.min()) * 255
    expected = plain(Image.fromarray(np.rint(stretched).astype(np.uint8)))
    assert abs(pixels(encoded(Image.fromarray(levels / 1000 - 7), "TIFF")) - expected).max() <= 1


def test_float_grey_with_gaps_is_read_and_without_any_value_is_not():
    levels = np.asarray(picture().convert("L")).astype(np.float32)
    levels[0, 0], levels[1, 1] = np.nan, np.inf
    assert pixels(encoded(Image.fromarray(levels), "TIFF")).std() > 0
    with pytest.raises(ContentUnreadable, match="finite"):
        pixels(encoded(Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF"))


def test_cmyk_is_turned_into_rgb():
    content = encoded(picture().convert("CMYK"), "JPEG", quality=95)
    assert abs(pixels(content) - plain(picture())).max() <= 12


def test_a_palette_is_looked_up():
    palette = picture().quantize(16)
    assert (pixels(encoded(palette)) == plain(palette)).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_white(mode):
    seen = Image.new("RGBA", (40, 40), (200, 10, 10, 255))
    seen.paste((0, 0, 0, 0), (0, 0, 20, 40))
    content = encoded(seen.quantize(4) if mode == "P" else seen.convert(mode))
    result = pixels(content)
    assert (result[:, :8] == 255).all()
    assert result[:, 24:].max() < 220


def test_half_transparent_is_half_white():
    assert (abs(pixels(encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 128)))) - 127) <= 1).all()


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    for file_format in ("GIF", "PNG", "WEBP"):
        content = encoded(frames[0], file_format, save_all=True, append_images=frames[1:], duration=50)
        assert pixels(content)[:, :, 0].min() > 240, file_format
        assert pixels(content)[:, :, 2].max() < 20, file_format


def test_one_pixel_and_a_sliver_are_pictures():
    assert (pixels(encoded(Image.new("RGB", (1, 1), "red"))) == [255, 0, 0]).all()
    assert (pixels(encoded(Image.new("RGB", (3000, 1), "blue"))) == [0, 0, 255]).all()


def test_a_large_jpeg_keeps_its_looks():
    large = picture(width=2000, height=1500)
    assert abs(pixels(encoded(large, "JPEG", quality=95)) - plain(large)).max() <= 8


def test_nothing_is_no_picture():
    with pytest.raises(ContentUnreadable, match="empty"):
        read_image(b"", SIDE)


def test_text_is_no_picture():
    with pytest.raises(ContentUnreadable, match="text was sent"):
        read_image("a cat", SIDE)


@pytest.mark.parametrize(
    "content", [b"\0", b"no image at all", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"GIF89a", b"\xff\xd8\xff"]
)
def test_other_bytes_are_no_picture(content):
    with pytest.raises(ContentUnreadable, match="cannot be read") as refused:
        read_image(content, SIDE)
    assert " at 0x" not in refused.value.message


def test_formats_outside_the_list_are_refused():
    with pytest.raises(ContentUnreadable, match="not one of JPEG"):
        read_image(encoded(picture(), "TGA"), SIDE)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_picture_that_is_cut_off_is_refused(file_format, share):
    whole = encoded(picture(width=300, height=200), file_format)
    with pytest.raises(ContentUnreadable, match="cannot be read"):
        read_image(whole[: int(len(whole) * share)], SIDE)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_bytes_broken_anywhere_raise_nothing_else():
    rng = np.random.default_rng(5)
    for file_format in ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000"):
        whole = np.frombuffer(encoded(picture(), file_format), np.uint8)
        for _ in range(60):
            broken = whole.copy()
            broken[rng.integers(0, min(len(whole), 400), 6)] = rng.integers(0, 256, 6)
            with contextlib.suppress(ContentUnreadable):
                assert read_image(broken.tobytes(), SIDE).size == (SIDE, SIDE)


def test_a_picture_of_too_many_pixels_is_refused_undecoded(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(ContentUnreadable, match="60 x 40 pixels, more than 2,399"):
        read_image(encoded(picture()), SIDE, 60 * 40 - 1)


def test_a_decompression_bomb_is_refused():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with pytest.raises(ContentUnreadable):
        read_image(b"\x89PNG\r\n\x1a\n" + chunk + encoded(picture())[33:], SIDE)
