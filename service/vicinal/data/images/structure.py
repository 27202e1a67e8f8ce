"""Whether an image file has its end, and what its parts take when they are decoded.

Decoders stop where the pixels of the first picture are complete, or fill what is missing with black. So the
files whose formats say how long each part is are walked from part to part, without decoding anything.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_FRAMES = 1000
"""Frames or pages of a file that are compared; of a TIFF file no further page is looked at."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JP2 = b"\0\0\0\x0cjP  "
_CODESTREAM = b"\xff\x4f\xff\x51"

_FRAME_MARKS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_MARKS = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

_SMALL_TILE_PIXELS, _TILE_EXCESS = 1 << 22, 4

_ONE = np.ones(1, dtype=np.uint64)
_NONE = np.empty(0, dtype=np.uint64)
# Of a TIFF tag's value: shorts, longs, and the eight bytes of BigTIFF.
_UNSIGNED = {3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_READ_TAGS = frozenset({256, 257, 258, 273, 277, 278, 279, 284, 322, 323, 324, 325})

# What OpenJPEG keeps for each component of each tile before it decodes any, and for each number of the tile
# at work.
_TABLE_BYTES, _NUMBER_BYTES = 1500, 5.3
_MOST_COMPONENTS = 4


class TruncatedFile(ValueError):
    """A file ends before its last part does."""


@dataclass(frozen=True)
class Structure:
    """What a file's own numbers say, next to the size of the picture.

    Attributes:
        frames: pictures in the file as far as they were counted; 0 where that is not known before decoding.
        page_pixels: of the largest page of a TIFF file.
        block_bytes: what a strip or tile takes unpacked, next to the picture that it goes into; with its
            tables.
        bits: of the deepest component of a JPEG 2000 file.
        is_buffered: a JPEG file whose coefficients are all held before the first pixel comes.
        end: place of the end mark of a JPEG file; of one that is buffered, perhaps an earlier one.
    """

    frames: int = 0
    page_pixels: int = 0
    block_bytes: int = 0
    bits: int = 0
    is_buffered: bool = False
    end: int = 0


def check_whole(content: bytes) -> Structure:
    """Walks a file of a format whose decoder does not miss the end of a file by itself.

    Args:
        content: the file.

    Raises:
        TruncatedFile: it ends too early.
        ValueError: a part of it is broken.
    """
    for begins, check in _CHECKS.items():
        if content.startswith(begins):
            return check(content)
    return Structure()


def _check_jpeg(content: bytes) -> Structure:
    """Segments up to the first scan, which tell whether all coefficients are held (ITU-T T.81, annex B)."""
    place, colours, blocks, is_progressive = 2, 0, 0, False
    while place + 10 <= len(content) and content[place] == 0xFF:
        mark, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if mark == 0xFF:
            place += 1
            continue
        if mark in _FRAME_MARKS:
            height, width, colours = struct.unpack_from(">HHB", content, place + 5)
            blocks, is_progressive = -(-height // 8) * -(-width // 8), mark in _PROGRESSIVE_MARKS
        elif mark == 0xDA:
            if 8 * (len(content) - place) < blocks:
                raise TruncatedFile("it has too few bytes for its pixels")
            end = content.find(b"\xff\xd9", place + 2 + length)
            if end < 0:
                raise TruncatedFile("it ends before its end mark")
            return Structure(is_buffered=is_progressive or content[place + 4] < colours, end=end)
        place += 2 + length
    return Structure(is_buffered=True)


def _check_png(content: bytes) -> Structure:
    """Chunks up to IEND, each with its checksum (PNG, third edition, section 5)."""
    view, place, frames = memoryview(content), len(_PNG), 1
    while place + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        end = place + 8 + length
        if end + 4 > len(content):
            break
        if zlib.crc32(view[place + 4 : end]) != int.from_bytes(content[end : end + 4], "big"):
            raise ValueError(f"the checksum of its part {kind!r} at byte {place} does not match")
        if kind == b"IEND":
            return Structure(frames)
        if kind == b"acTL" and length == 8:
            frames = max(1, struct.unpack_from(">I", content, place + 8)[0])
        place = end + 4
    raise TruncatedFile("it ends before its end mark")


def _check_gif(content: bytes) -> Structure:
    """Blocks up to the trailer (GIF 89a, appendix A)."""
    frames, place = 0, 13 + _colour_table(content, 10)
    while place < len(content):
        mark, place = content[place], place + 1
        if mark == 0x3B and frames:
            return Structure(frames)
        if mark == 0x2C:
            frames += 1
            place = _after_blocks(content, place + 10 + _colour_table(content, place + 8))
        elif mark == 0x21:
            place = _after_blocks(content, place + 1)
    raise TruncatedFile("it ends before its end mark")


def _colour_table(content: bytes, place: int) -> int:
    """Bytes of the colour table that the flags at a place announce."""
    flags = content[place] if place < len(content) else 0
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, place: int) -> int:
    while place < len(content) and content[place]:
        place += 1 + content[place]
    return place + 1


def _check_bmp(content: bytes) -> Structure:
    """Rows of a bitmap that is not compressed; each has a multiple of four bytes."""
    if len(content) < 30:
        raise TruncatedFile("it ends within its header")
    begins, header = struct.unpack_from("<II", content, 10)
    if header == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", content, 18)
        packing = 0
    elif header >= 40 and len(content) >= 34:
        width, height, _, bits, packing = struct.unpack_from("<iiHHI", content, 18)
    else:
        return Structure()
    if packing in (0, 3) and begins + (width * bits + 31) // 32 * 4 * abs(height) > len(content):
        raise TruncatedFile("it ends before its last row")
    return Structure()


def _check_tiff(content: bytes) -> Structure:
    """Pages, each with all its strips or tiles inside the file (TIFF 6.0, sections 3 and 15)."""
    pages, pixels, block_bytes = 0, 0, 0
    for page in _tiff_pages(content):
        pages += 1
        pixels = max(pixels, _number(page, 256) * _number(page, 257))
        block_bytes = max(block_bytes, _check_page(page, len(content)))
    return Structure(pages, pixels, block_bytes)


def _check_page(page: Mapping[int, NDArray[np.uint64]], size: int) -> int:
    """Bytes of a page's largest strip or tile, unpacked."""
    width, height = _number(page, 256), _number(page, 257)
    samples, bits = _number(page, 277, 1), int(page.get(258, _ONE).max(initial=1))
    planes = samples if _number(page, 284, 1) == 2 else 1
    is_tiled = 324 in page
    if is_tiled:
        across, down = max(1, _number(page, 322, 1)), max(1, _number(page, 323, 1))
        begins, lengths = page[324], page.get(325, _NONE)
    else:
        across, down = max(1, width), max(1, min(height, _number(page, 278, height)))
        begins, lengths = page.get(273, _NONE), page.get(279, _NONE)
    needed = -(-width // across) * -(-height // down) * planes
    if not len(begins):
        return 0  # pixels of TIFF's first JPEG compression are found in another way
    if len(begins) < needed:
        raise TruncatedFile(f"a page has {len(begins)} of its {needed} strips or tiles")
    ends = begins.copy()
    ends[: len(lengths)] += lengths[: len(ends)]
    if (begins[:needed] > size).any() or (ends[:needed] > size).any():
        raise TruncatedFile("it ends before its last strip or tile")
    if across * down > max(_SMALL_TILE_PIXELS, _TILE_EXCESS * width * height):
        raise ValueError(f"its tiles of {across} x {down} pixels are far larger than the picture")
    return across * down * bits * (samples if planes == 1 else 1) // 8


def _number(page: Mapping[int, NDArray[np.uint64]], tag: int, default: int = 0) -> int:
    values = page.get(tag, _NONE)
    return int(values[0]) if len(values) else default


def _tiff_pages(content: bytes) -> Iterator[Mapping[int, NDArray[np.uint64]]]:
    """The numbers of each page's tags that say where its pixels are."""
    order = "<" if content[:2] == b"II" else ">"
    is_big = content[2:4] in (b"+\0", b"\0+")
    counted, entry, after = ("Q", "HHQ", "Q") if is_big else ("H", "HHI", "I")
    place, seen, listed_bytes = _unpacked(content, order + after, 8 if is_big else 4), set[int](), 0
    while place and place not in seen and len(seen) <= MAX_FRAMES:
        seen.add(place)
        entries = _unpacked(content, order + counted, place)
        first, length = place + struct.calcsize(order + counted), 20 if is_big else 12
        if first + entries * length > len(content):
            raise TruncatedFile("it ends within the list of a page's tags")
        page = {}
        for row in range(entries):
            begins = first + row * length
            tag, kind, count = struct.unpack_from(order + entry, content, begins)
            if tag in _READ_TAGS and kind in _UNSIGNED:
                value = begins + struct.calcsize(order + entry)
                listed_bytes += count * int(_UNSIGNED[kind][1])
                if listed_bytes > len(content):
                    raise ValueError("the lists of its pages are longer than the file")
                page[tag] = _values(content, order + _UNSIGNED[kind], count, value, order + after)
        yield page
        place = _unpacked(content, order + after, first + entries * length)


def _values(content: bytes, kind: str, count: int, place: int, offset: str) -> NDArray[np.uint64]:
    """The values of a tag; where they are too many for its place, that says where they are."""
    kept_bytes = count * np.dtype(kind).itemsize
    if kept_bytes > struct.calcsize(offset):
        place = _unpacked(content, offset, place)
    if place + kept_bytes > len(content):
        raise TruncatedFile("it ends within the values of a page's tag")
    return np.frombuffer(content, kind, count, place).astype(np.uint64)


def _unpacked(content: bytes, layout: str, place: int) -> int:
    if place + struct.calcsize(layout) > len(content):
        raise TruncatedFile("it ends within its header or before a page")
    return int(struct.unpack_from(layout, content, place)[0])


def _check_jp2(content: bytes) -> Structure:
    """Boxes up to the one with the codestream (ISO/IEC 15444-1, annex I)."""
    place = 0
    while place + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        begins = place + 8
        if length == 1 and place + 16 <= len(content):
            length, begins = struct.unpack_from(">Q", content, begins)[0], place + 16
        end = place + length if length else len(content)
        if end < begins:
            raise ValueError(f"its part {kind!r} at byte {place} has an impossible length")
        if end > len(content):
            raise TruncatedFile("it ends before its last part does")
        if kind == b"jp2c":
            return _check_codestream(content, begins, end)
        place = end
    raise TruncatedFile("it ends before its pixels begin")


def _check_codestream(content: bytes, place: int = 0, end: int | None = None) -> Structure:
    """Tile parts up to the end mark, every tile among them (ISO/IEC 15444-1, annex A)."""
    end = len(content) if end is None else end
    size = _codestream_size(content, place, end)
    place, tiles, seen = place + 2, size.tiles, set[int]()
    while place + 4 <= end:
        mark, length = struct.unpack_from(">HH", content, place)
        if mark != 0xFF90:
            place += 2 + length
            continue
        if place + 12 > end:
            break
        tile, part = struct.unpack_from(">HI", content, place + 4)
        seen.add(tile)
        place = place + part if part >= 14 else end - 2
        if content[place : place + 2] == b"\xff\xd9" and place + 2 <= end:
            if len(seen) < tiles:
                raise TruncatedFile(f"it has {len(seen)} of its {tiles} tiles")
            return Structure(1, block_bytes=size.block_bytes, bits=size.bits)
    raise TruncatedFile("it ends before its end mark")


@dataclass(frozen=True)
class _CodestreamSize:
    tiles: int
    block_bytes: int
    bits: int


def _codestream_size(content: bytes, place: int, end: int) -> _CodestreamSize:
    if place + 42 > end or content[place : place + 4] != _CODESTREAM:
        raise TruncatedFile("it ends before its pixels begin")
    right, below, left, above, wide, high, tile_left, tile_above, components = struct.unpack_from(
        ">8IH", content, place + 8
    )
    if not 1 <= components <= _MOST_COMPONENTS or place + 42 + 3 * components > end:
        raise ValueError(f"it has {components} components; 1 to {_MOST_COMPONENTS} are read")
    if not (wide and high) or right <= left or below <= above:
        raise ValueError("its tiles have an impossible size")
    tiles = -(-(right - tile_left) // wide) * -(-(below - tile_above) // high)
    bits = max((content[place + 42 + 3 * each] & 0x7F) + 1 for each in range(components))
    numbers = components * min(wide, right - left) * min(high, below - above)
    return _CodestreamSize(tiles, tiles * components * _TABLE_BYTES + int(numbers * _NUMBER_BYTES), bits)


_CHECKS: Mapping[bytes, Callable[[bytes], Structure]] = {
    b"\xff\xd8\xff": _check_jpeg,
    _PNG: _check_png,
    b"GIF8": _check_gif,
    b"BM": _check_bmp,
    b"II*\0": _check_tiff,
    b"MM\0*": _check_tiff,
    b"II+\0": _check_tiff,
    b"MM\0+": _check_tiff,
    _JP2: _check_jp2,
    _CODESTREAM: _check_codestream,
}
