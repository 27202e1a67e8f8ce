import zlib
from dataclasses import astuple, replace

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2")

from tests.support.scenes import picture, scene
from vicinal.core.errors import StorageCorrupt
from vicinal.duplicates.images.picture import from_bytes, to_bytes
from vicinal.duplicates.images.verification import verify


@pytest.mark.parametrize("image", [scene(1), scene(2, 50, 400), Image.new("RGB", (1, 1), "red")])
def test_what_was_written_is_read(image):
    written = picture(image)
    read = from_bytes(to_bytes(written))
    for name, values in vars(written.features).items():
        np.testing.assert_array_equal(getattr(read.features, name), values)
        assert getattr(read.features, name).dtype == values.dtype
    np.testing.assert_array_equal(read.thumbnail, written.thumbnail)
    assert (read.width, read.height, read.scale) == (written.width, written.height, written.scale)
    assert astuple(read.quality) == pytest.approx(astuple(written.quality))


def test_a_body_of_the_first_version_is_read():
    written = replace(picture(scene(1)), quality=None)
    body = to_bytes(written)
    assert body[4:6] == b"\x01\x00"
    read = from_bytes(body)
    assert read.quality is None
    np.testing.assert_array_equal(read.thumbnail, written.thumbnail)


def test_a_picture_that_was_read_compares_as_before():
    first, second = picture(scene(1)), picture(scene(1).rotate(20))
    read = [from_bytes(to_bytes(each)) for each in (first, second)]
    assert verify(*read) == verify(first, second)


@pytest.mark.slow
def test_a_body_is_small():
    assert len(to_bytes(picture(scene(1, 1600, 1600)))) < 48_000


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda body: b"", "0 bytes"),
        (lambda body: body[:20], "20 bytes"),
        (lambda body: body[:-1], "checksum"),
        (lambda body: body + b"x", "checksum"),
        (lambda body: body[:200] + bytes([body[200] ^ 1]) + body[201:], "checksum"),
        (lambda body: b"JPEG" + body[4:], "begins with"),
        (lambda body: body[:4] + b"\x09\x00" + body[6:], "version 9"),
    ],
)
def test_damage_is_told(damage, why):
    with pytest.raises(StorageCorrupt, match=why):
        from_bytes(damage(to_bytes(picture(scene(1)))))


def resummed(body: bytes) -> bytes:
    """With the checksum put right: whoever changes a body can do that, too."""
    return body[:6] + zlib.crc32(body[10:]).to_bytes(4, "little") + body[10:]


@pytest.mark.parametrize(
    ("at", "field"),
    [
        (10, b"\xff\xff"),
        (12, b"\0\0"),
        (14, b"\xff\xff"),
        (16, b"\xff\xff"),
        (18, b"\0\0"),
        (20, bytes(8)),
        (20, np.array([np.nan]).tobytes()),
        (28, np.array([np.inf], "<f4").tobytes()),
    ],
)
def test_sizes_and_numbers_that_cannot_be_are_damage(at, field):
    body = to_bytes(picture(scene(1)))
    with pytest.raises(StorageCorrupt, match="damaged"):
        from_bytes(resummed(body[:at] + field + body[at + len(field) :]))
    with pytest.raises(StorageCorrupt, match="damaged"):
        from_bytes(resummed(body + b"x"))
