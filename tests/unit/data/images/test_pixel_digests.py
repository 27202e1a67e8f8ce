import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks.hostile import images as hostile
from vicinal.data.images.decoding import ImageLimits, decode_image
from vicinal.data.images.digests import pixel_digest
from vicinal.data.images.structure import MAX_FRAMES

DUPLICATES = hostile.duplicates()
PIXELS = np.random.default_rng(4).integers(0, 256, (30, 44, 3), dtype=np.uint8)
PLAIN = Image.fromarray(PIXELS)


def digest(content, limits=ImageLimits()):  # noqa: B008 - frozen
    return decode_image(content, lambda opened: pixel_digest(opened, content, limits), limits)


def encoded(image, kind="PNG", **options):
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("name", DUPLICATES)
def test_duplicates_are_not_the_same_picture(name):
    first, second = map(digest, DUPLICATES[name])
    assert not first or first != second


@pytest.mark.parametrize("name", ["16-bit grey", "float grey", "second page of a tiff", "a fine jpeg"])
def test_of_most_duplicates_both_are_looked_at(name):
    assert all(map(digest, DUPLICATES[name]))


def test_a_picture_is_the_same_in_any_format_without_loss():
    made = {digest(encoded(PLAIN, kind)) for kind in ("PNG", "BMP", "TIFF", "PPM")}
    made |= {digest(encoded(PLAIN, "WEBP", lossless=True)), digest(encoded(PLAIN, "JPEG2000"))}
    made |= {digest(encoded(PLAIN, "TIFF", compression=each)) for each in ("tiff_lzw", "tiff_adobe_deflate")}
    made.add(digest(encoded(PLAIN, "PNG", compress_level=1)))
    assert len(made) == 1
    assert made != {""}


@pytest.mark.slow
def test_a_jpeg_is_the_same_as_its_pixels():
    content = encoded(PLAIN.resize((1800, 1300)), "JPEG")
    assert digest(content) == digest(encoded(Image.open(BytesIO(content))))


def test_a_palette_is_the_same_as_its_colours():
    palette = PLAIN.quantize(40)
    assert digest(encoded(palette)) == digest(encoded(palette.convert("RGB")))


def test_grey_and_bits_are_the_same_as_their_levels():
    grey, bits = PLAIN.convert("L"), PLAIN.convert("1")
    assert digest(encoded(grey)) == digest(encoded(grey.convert("RGB")))
    assert digest(encoded(bits)) == digest(encoded(bits.convert("L")))
    assert digest(encoded(bits)) != digest(encoded(grey))


def test_transparency_that_is_nowhere_is_none():
    seen = PLAIN.convert("RGBA")
    assert digest(encoded(seen)) == digest(encoded(PLAIN))
    seen.putpixel((0, 0), (*PLAIN.getpixel((0, 0)), 254))
    assert digest(encoded(seen)) != digest(encoded(PLAIN))


def test_a_palette_with_transparency_is_the_same_as_its_colours():
    palette = PLAIN.quantize(40)
    content = encoded(palette, transparency=3)
    assert digest(content) == digest(encoded(Image.open(BytesIO(content)).convert("RGBA")))
    assert digest(content) != digest(encoded(palette))


def test_pictures_are_compared_upright():
    exif = Image.Exif()
    exif[0x0112] = 2
    assert digest(encoded(ImageOps.mirror(PLAIN), exif=exif)) == digest(encoded(PLAIN))


def test_deep_grey_is_the_same_in_any_byte_order():
    levels = np.random.default_rng(1).integers(0, 65_536, (9, 12), dtype=np.uint16)
    deep = Image.fromarray(levels)
    big = Image.frombytes("I;16B", (12, 9), levels.astype(">u2").tobytes())
    assert digest(encoded(deep)) == digest(encoded(deep, "TIFF")) == digest(encoded(big, "TIFF")) != ""


@pytest.mark.parametrize("kind", ["CMYK", "LAB", "F"])
def test_other_colours_are_compared_as_they_are(kind):
    image = (
        PLAIN.convert("L").convert("F")
        if kind == "F"
        else Image.frombytes(kind, (11, 30), bytes(range(220)) * 6)
    )
    image = image if kind != "LAB" else Image.frombytes("LAB", (11, 20), bytes(range(220)) * 3)
    assert digest(encoded(image, "TIFF")) == digest(encoded(image, "TIFF", compression="tiff_lzw")) != ""
    assert digest(encoded(image, "TIFF")) != digest(
        encoded(image.convert("RGB" if kind != "F" else "L"), "TIFF")
    )


def test_srgb_is_what_pictures_say_that_say_nothing():
    def with_chunk(name, data):
        chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        plain = encoded(PLAIN)
        return plain[:33] + chunk + plain[33:]

    assert digest(with_chunk(b"gAMA", struct.pack(">I", 45_455))) == digest(encoded(PLAIN))
    assert digest(with_chunk(b"gAMA", struct.pack(">I", 100_000))) != digest(encoded(PLAIN))
    assert digest(with_chunk(b"tEXt", b"a\0b")) == digest(encoded(PLAIN))


def test_what_the_decoder_drops_is_compared_by_its_bytes_alone():
    deep = np.random.default_rng(1).integers(0, 65_536, (9, 12, 3), dtype=np.uint16)
    assert digest(hostile.png_of_16_bits(deep)) == ""
    assert digest(b"P6 2 1 65535 " + bytes(range(12))) == ""
    assert digest(b"P6 2 1 255 " + bytes(range(6))) != ""
    with_more = Image.frombytes("RGBX", (9, 7), bytes(range(252)))
    assert digest(encoded(with_more, "TIFF")) == ""
    assert digest(encoded(with_more.convert("RGB"), "TIFF")) != ""


def test_what_would_cost_too_much_is_compared_by_its_bytes_alone(monkeypatch):
    assert digest(hostile.gif(9, 9, MAX_FRAMES + 1)) == ""
    assert digest(hostile.tiff_pages(MAX_FRAMES + 1)) == ""
    assert digest(hostile.gif(9, 9, 50)) != ""
    assert digest(hostile.gif(90, 90, 50), ImageLimits(90 * 90 * 50)) != ""
    monkeypatch.setattr("PIL.GifImagePlugin.GifImageFile.seek", lambda *_: pytest.fail("it was decoded"))
    assert digest(hostile.gif(90, 90, 50), ImageLimits(90 * 90 * 49)) == ""


def test_a_broken_later_frame_leaves_the_bytes():
    frames = [PLAIN, ImageOps.mirror(PLAIN)]
    file = BytesIO()
    frames[0].save(file, "MPO", save_all=True, append_images=frames[1:])
    assert digest(file.getvalue()) != ""
    assert digest(file.getvalue()[:-300]) == ""
