"""A few bytes can stand for gigabytes of pixels: they are refused by their header, undecoded."""

import struct
import zlib

import pytest

pytest.importorskip("cv2")

from vicinal.core.errors import ContentUnreadable
from vicinal.data.images.decoding import MAX_PIXELS
from vicinal.duplicates.images.reading import read_picture


def _png_that_claims(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(8001, 8000), (MAX_PIXELS + 1, 1), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_undecoded(monkeypatch, width, height):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(ContentUnreadable, match=r"pixels|exceeds"):
        read_picture(_png_that_claims(width, height))


def test_as_many_as_allowed_are_looked_at(monkeypatch):
    decoded = []
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: decoded.append(1) or 1 / 0)
    with pytest.raises(ContentUnreadable):
        read_picture(_png_that_claims(8000, 8000))
    assert decoded
