"""Image files that mean harm, made by code: bombs, files without their end, and twins that differ."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_WIDTH, _HEIGHT = 48, 40


def hostile_images(seed: int) -> Iterator[tuple[str, bytes]]:
    """Hostile images by name: all bombs, all twins, and whole files cut off at a few places.

    Args:
        seed: of the places and of the pixels.
    """
    random_numbers = random.Random(seed)
    for name, make in bombs().items():
        yield name, make()
    for name, (first, second) in duplicates(seed).items():
        yield f"twins, {name}, the first", first
        yield f"twins, {name}, the second", second
    for name, whole in whole_files(seed).items():
        for place in sorted({*random_numbers.sample(range(1, len(whole)), 3), len(whole) - 1}):
            yield f"{name} cut off at {place} of {len(whole)}", whole[:place]


def bombs() -> dict[str, Callable[[], bytes]]:
    """Makers of small files that say that they are large, or are large once they are unpacked."""
    return {
        "png of one column": lambda: png(1, 64_000_000, _zeros(0)),
        "png of one row": lambda: png(64_000_000, 1, _zeros(0)),
        "png of sides as long as allowed": lambda: png(976, 65_535, _zeros(0)),
        "png of as many pixels as allowed": lambda: png(8000, 8000, _zeros(0)),
        "png of more pixels than allowed": lambda: png(60_000, 60_000, _zeros(0)),
        "png of megabytes of zeros": lambda: png(8000, 8000, _zeros(8000 * 24_001)),
        "png with a large text": lambda: png(9, 9, _zeros(9 * 28), _text(b"zTXt", b"a\0\0")),
        "png with a large international text": lambda: png(
            9, 9, _zeros(9 * 28), _text(b"iTXt", b"a\0\1\0\0\0")
        ),
        "png with a large colour profile": lambda: png(9, 9, _zeros(9 * 28), _text(b"iCCP", b"a\0\0")),
        "png with tags that share their bytes": lambda: png(
            9, 9, _zeros(9 * 28), _chunk(b"eXIf", tags_that_share(2000, 1 << 20))
        ),
        "gif of the largest screen": lambda: gif(65_535, 65_535, 1),
        "gif of many frames": lambda: gif(20, 20, 20_000),
        "gif of many large frames": lambda: gif(2000, 2000, 500),
        "tiff of one large tile": lambda: tiff(16, 16, tile_side=32_000),
        "tiff of one column": lambda: tiff(1, 64_000_000),
        "tiff of many pages": lambda: tiff_pages(3000),
        "tiff with tags that share their bytes": lambda: tags_that_share(2000, 1 << 20),
        "jpeg of the largest size": lambda: jpeg_that_claims(65_500, 65_500),
        "progressive jpeg of as many pixels as allowed": lambda: jpeg_that_claims(
            8000, 8000, progressive=True
        ),
        "jpeg 2000 of many tiles": lambda: jpeg_2000(8000, 8000, tile_side=32),
        "jpeg 2000 of many components": lambda: jpeg_2000(64, 64, components=16_384),
        "webp of the largest canvas": lambda: webp_that_claims(16_383, 16_383),
        "ppm of one column": lambda: b"P6 1 64000000 255\n",
        "bmp of one column": lambda: bmp(1, 64_000_000),
    }


def duplicates(seed: int = 0) -> dict[str, tuple[bytes, bytes]]:
    """Pairs of files that look alike to a careless reader, and are not the same picture."""
    numbers = np.random.default_rng(seed)
    pixels = numbers.integers(0, 256, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    other = numbers.integers(0, 256, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    plain = Image.fromarray(pixels)
    ramp = np.linspace(0, 1000, _HEIGHT * _WIDTH).reshape(_HEIGHT, _WIDTH)
    deep = numbers.integers(0, 65_536, (_HEIGHT, _WIDTH, 3), dtype=np.uint16)
    alpha = Image.fromarray(pixels[:, :, 0])
    second = plain.copy()
    second.putpixel((3, 3), tuple(255 - level for level in pixels[3, 3].tolist()))
    frames = Image.fromarray(other)
    return {
        "16-bit grey": (_saved(_grey16(ramp)), _saved(_grey16(ramp[:, ::-1]))),
        "the lower half of 16-bit grey": (_saved(_grey16(deep[:, :, 0])), _saved(_grey16(deep[:, :, 0] ^ 1))),
        "the lower half of 16-bit colour": (png_of_16_bits(deep), png_of_16_bits(deep ^ 1)),
        "float grey": (_saved(_float(ramp / 2041), "TIFF"), _saved(_float(ramp[::-1] / 2041), "TIFF")),
        "16 bits against 8": (_saved(_grey16(pixels[:, :, 0].astype(np.uint16) * 257)), _saved(alpha)),
        "one pixel": (_saved(plain), _saved(second)),
        "transparency": (_saved(_with_alpha(plain, 255)), _saved(_with_alpha(plain, alpha))),
        "colours that cannot be seen": (
            _saved(_with_alpha(plain, 0)),
            _saved(_with_alpha(Image.fromarray(other), 0)),
        ),
        "second frame of a gif": (_frames("GIF", plain, frames), _frames("GIF", plain, second)),
        "second frame of a png": (_frames("PNG", plain, frames), _frames("PNG", plain, second)),
        "second frame of a webp": (
            _frames("WEBP", plain, frames, lossless=True),
            _frames("WEBP", plain, second, lossless=True),
        ),
        "second page of a tiff": (_frames("TIFF", plain, frames), _frames("TIFF", plain, second)),
        "a frame more": (_frames("GIF", plain, frames), _saved(plain, "GIF")),
        "colour profile": (_saved(plain), _saved(plain, icc_profile=b"another profile" * 20)),
        "orientation": (_saved(plain), _saved(plain, exif=_turned(3))),
        "a fine jpeg": _fine_jpegs(numbers),
    }


def whole_files(seed: int = 0) -> dict[str, bytes]:
    """A whole file of each format and of the ways in which it is packed, a few kilobytes each."""
    numbers = np.random.default_rng(seed)
    noise = Image.fromarray(numbers.integers(1, 256, (_HEIGHT, _WIDTH, 3), dtype=np.uint8))
    black = Image.new("RGB", (_WIDTH, _HEIGHT))
    made: dict[str, bytes] = {}
    for what, image in (("noise", noise), ("black", black)):
        for name, (kind, options) in _PACKINGS.items():
            made[f"{name} of {what}"] = _saved(image, kind, **options)
        for kind in ("GIF", "PNG", "WEBP", "TIFF", "AVIF"):
            made[f"{kind} of three frames, {what}"] = _frames(kind, image, noise, black)
        for kind in ("PNG", "TIFF", "BMP", "PPM"):
            made[f"{kind} of bits, {what}"] = _saved(image.convert("1"), kind)
        made[f"TIFF fax, {what}"] = _saved(image.convert("1"), "TIFF", compression="group4")
        made[f"16-bit PPM, {what}"] = _saved(_grey16(np.asarray(image.convert("L")) * 257.0), "PPM")
    return made


_PACKINGS: dict[str, tuple[str, dict[str, object]]] = {
    "JPEG": ("JPEG", {}),
    "progressive JPEG": ("JPEG", {"progressive": True}),
    "JPEG with restart marks": ("JPEG", {"restart_marker_rows": 1}),
    "PNG": ("PNG", {}),
    "WebP": ("WEBP", {}),
    "WebP without loss": ("WEBP", {"lossless": True}),
    "GIF": ("GIF", {}),
    "BMP": ("BMP", {}),
    "TIFF": ("TIFF", {}),
    "TIFF, LZW": ("TIFF", {"compression": "tiff_lzw"}),
    "TIFF, deflate": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    "TIFF, packbits": ("TIFF", {"compression": "packbits"}),
    "TIFF, JPEG": ("TIFF", {"compression": "jpeg"}),
    "PPM": ("PPM", {}),
    "JPEG 2000": ("JPEG2000", {}),
    "JPEG 2000 codestream": ("JPEG2000", {"no_jp2": True}),
    "JPEG 2000 in tiles": ("JPEG2000", {"tile_size": (16, 16)}),
    "AVIF": ("AVIF", {}),
}


def png(
    width: int, height: int, packed: bytes, *between: bytes, depth: int = 8, interlaced: int = 0
) -> bytes:
    """A PNG of RGB with these packed rows, whatever they hold, and further chunks before them."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, interlaced)
    rest = (*between, _chunk(b"IDAT", packed), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + b"".join(rest)


def png_of_16_bits(levels: NDArray[np.uint16]) -> bytes:
    """A PNG of 16-bit RGB.

    Args:
        levels: (height, width, 3).
    """
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    return png(levels.shape[1], levels.shape[0], zlib.compress(rows), depth=16)


def gif(width: int, height: int, frames: int) -> bytes:
    """A GIF of frames of one pixel on a screen of this size."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0x80, 0, 0) + bytes((0, 0, 0, 255, 255, 255))
    frame = struct.pack("<BHHHHB", 0x2C, 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return screen + frame * frames + b"\x3b"


def tiff(width: int, height: int, tile_side: int = 0) -> bytes:
    """A packed TIFF of grey, in one strip or one tile."""
    packed = zlib.compress(bytes(1000))
    tags = {256: width, 257: height, 258: 8, 259: 8, 262: 1, 277: 1}
    if tile_side:
        tags |= {322: tile_side, 323: tile_side, 324: 8, 325: len(packed)}
    else:
        tags |= {273: 8, 278: height, 279: len(packed)}
    return struct.pack("<2sHI", b"II", 42, 8 + len(packed)) + packed + _directory(tags)


def tiff_pages(pages: int) -> bytes:
    """A TIFF of many pages that share their one pixel."""
    made, tags = [b"\x07\0\0\0"], {256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1}
    length = len(_directory(tags))
    for page in range(1, pages + 1):
        made.append(_directory(tags, 12 + page * length if page < pages else 0))
    return struct.pack("<2sHI", b"II", 42, 12) + b"".join(made)


def tags_that_share(tags: int, shared_bytes: int) -> bytes:
    """A TIFF, or the EXIF of another file, whose tags all have the same many bytes for their value."""
    begins = 8 + 2 + 12 * tags + 4
    entries = b"".join(struct.pack("<HHII", 1000 + each, 7, shared_bytes, begins) for each in range(tags))
    return struct.pack("<2sHIH", b"II", 42, 8, tags) + entries + bytes(4 + shared_bytes)


def jpeg_that_claims(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A small JPEG whose header says that it is of this size."""
    small = bytearray(_saved(Image.new("RGB", (16, 16)), "JPEG", progressive=progressive, subsampling=0))
    place = small.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    small[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(small)


def jpeg_2000(width: int, height: int, tile_side: int = 0, components: int = 3) -> bytes:
    """A codestream of JPEG 2000 that has only its header, and a first tile without anything in it."""
    side = (tile_side, tile_side) if tile_side else (width, height)
    size = struct.pack(">HHIIIIIIIIH", 38 + 3 * components, 0, width, height, 0, 0, *side, 0, 0, components)
    size += b"\x07\x01\x01" * components
    coding = b"\xff\x52\x00\x0c\x00\x00\x00\x01\x00\x05\x04\x04\x00\x01"
    quantising = b"\xff\x5c\x00\x13\x40" + b"\x40" * 16
    tile = struct.pack(">HHHIBB", 0xFF90, 10, 0, 14, 0, 1) + b"\xff\x93"
    return b"\xff\x4f\xff\x51" + size + coding + quantising + tile + b"\xff\xd9"


def webp_that_claims(width: int, height: int) -> bytes:
    """An animated WebP of a large canvas and one small frame."""
    small = _frames("WEBP", Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue"))
    place = small.index(b"VP8X") + 12
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return small[:place] + sides + small[place + 6 :]


def bmp(width: int, height: int) -> bytes:
    """A BMP of a header alone."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 54, 0, 0, 54) + header


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def _zeros(count: int) -> bytes:
    """So many zero bytes, compressed: kept, since hundreds of megabytes take seconds."""
    return zlib.compress(bytes(count), 9)


def _text(kind: bytes, begins: bytes) -> bytes:
    return _chunk(kind, begins + _zeros(200_000_000))


def _directory(tags: dict[int, int], after: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", after)


def _saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _frames(kind: str, first: Image.Image, *others: Image.Image, **options: object) -> bytes:
    # Copies, since Pillow keeps with an image how it was saved.
    others = tuple(image.copy() for image in others)
    return _saved(first.copy(), kind, save_all=True, append_images=list(others), **options)


def _grey16(levels: NDArray[np.float64] | NDArray[np.uint16]) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(levels).astype(np.uint16))


def _float(levels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(levels).astype(np.float32))


def _with_alpha(image: Image.Image, alpha: int | Image.Image) -> Image.Image:
    seen = image.convert("RGBA")
    seen.putalpha(alpha)
    return seen


def _turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def _fine_jpegs(numbers: np.random.Generator) -> tuple[bytes, bytes]:
    """Two JPEGs that differ in a grain so fine that it is gone at an eighth of their size."""
    coarse = Image.fromarray(numbers.integers(60, 190, (64, 80, 3), dtype=np.uint8)).resize((1280, 1024))
    down, across = np.indices((1024, 1280))
    grain = (12 * ((down + across) % 2) - 6)[:, :, None]
    made: Sequence[Callable[[], NDArray[np.int64]]] = (
        lambda: np.asarray(coarse) + grain,
        lambda: np.asarray(coarse) - grain,
    )
    first, second = (Image.fromarray(np.clip(make(), 0, 255).astype(np.uint8)) for make in made)
    options: dict[str, object] = {"quality": 97, "subsampling": 0}
    return _saved(first, "JPEG", **options), _saved(second, "JPEG", **options)
