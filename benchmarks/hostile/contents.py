"""Vectors, pictures and bytes that are nearly right."""

import random
import struct
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from benchmarks.hostile.images import hostile_images

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")


class HostileContents:
    """Contents drawn by chance.

    Args:
        random_numbers: the only source of chance.
        dimension: of vectors that would be taken.
    """

    def __init__(self, random_numbers: random.Random, dimension: int) -> None:
        self._random = random_numbers
        self._dimension = dimension
        self._pictures = [_picture(kind, number) for number, kind in enumerate(FORMATS)]
        self._hostile = [image for _, image in hostile_images(seed=0)]
        self._bombs = [_png_of(60_000, 60_000, 64), _png_of(30_000, 30_000, 1 << 20), _gif_of(65_535, 65_535)]

    def vector(self, *, is_mild: bool) -> bytes:
        """Little-endian float32: well-formed, or of numbers and lengths that would hurt."""
        if is_mild:
            return self._floats([self._random.gauss(0, 1) for _ in range(self._dimension)])
        makers: Sequence[Callable[[], bytes]] = (
            lambda: self._floats([0.0] * self._dimension),
            lambda: self._floats([float("nan")] + [1.0] * (self._dimension - 1)),
            lambda: self._floats([float("-inf")] * self._dimension),
            lambda: self._floats([3e38] * self._dimension),
            lambda: self._floats([1e-44] * self._dimension),
            lambda: self._random.randbytes(4 * self._dimension),
            lambda: self._random.randbytes(self._random.randrange(200)),
            lambda: bytes(4 * self._random.choice((0, 1, self._dimension + 1, 4096))),
        )
        return self._random.choice(makers)()

    def picture(self) -> bytes:
        """The bytes of a picture: whole, cut off, changed, of impossible size, or none at all."""
        whole = self._random.choice(self._pictures)
        makers: Sequence[Callable[[], bytes]] = (
            lambda: whole,
            lambda: whole[: self._random.randrange(len(whole))],
            lambda: self.changed(whole, whole_file=True),
            lambda: self.changed(whole, whole_file=False),
            lambda: whole[:64] + self._random.randbytes(400),
            lambda: whole + whole,
            lambda: bytes(self._random.randrange(1000)),
            lambda: self._random.randbytes(self._random.randrange(1000)),
            lambda: self._random.choice(self._bombs),
            lambda: self._random.choice(self._hostile),
            lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        )
        return self._random.choice(makers)()

    def changed(self, raw: bytes, *, whole_file: bool) -> bytes:
        """Some bytes of it changed: anywhere, or in the head, where sizes and counts are."""
        changed = bytearray(raw)
        reach = len(raw) if whole_file else min(64, len(raw))
        for _ in range(self._random.randint(1, 12)):
            if reach:
                changed[self._random.randrange(reach)] = self._random.choice((0, 1, 0x7F, 0x80, 0xFF, 0xC3))
        return bytes(changed)

    @staticmethod
    def _floats(values: Sequence[float]) -> bytes:
        return np.array(values, dtype="<f4").tobytes()


def _picture(kind: str, seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def _png_of(width: int, height: int, rows_packed: int) -> bytes:
    """A PNG of black pixels, one bit each, that says it is so large; its data may end early."""
    packed = zlib.compress(bytes(min(height, rows_packed) * (1 + width // 8)), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _gif_of(width: int, height: int) -> bytes:
    """A GIF whose only frame says it is so large."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00;"
