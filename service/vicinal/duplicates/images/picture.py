"""A picture as it is kept for comparing: features and a thumbnail, in memory and as bytes."""

import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vicinal.core.duplicates import Bodies
from vicinal.core.errors import StorageCorrupt
from vicinal.duplicates.images.features import SIDE, LocalFeatures, local_features
from vicinal.duplicates.images.reading import Quality, ReadPicture

Pixel = TypeVar("Pixel", bound=np.generic)

THUMBNAIL_SHARE = 0.5
"""Side of a thumbnail against that of the picture that features are taken from."""
_BLOCK = 8
_CALM_SIGMA = 1.5
# Grey levels: of a block with less, noise would decide. Added below it keeps faint blocks from counting.
_TEXTURE, _DAMPING = 6.0, 4.0
_FEWEST_BLOCKS = 8
_INSIDE = 250

_VERSION, _WITHOUT_QUALITY = 2, 1
_DIMENSION = 128
# What it is, version, checksum of all that follows.
_START = struct.Struct("<4sHI")
_SIZES = struct.Struct("<HHHHHd")
_QUALITY = struct.Struct("<3f")
_NAME = b"VPIC"

# Some 40 KB each: what the candidates of a few items need.
_KEPT = 256


@dataclass(frozen=True)
class Alignment:
    """How well one picture covers the other, once it is laid on it.

    Attributes:
        likeness: median correlation of the textured blocks that both show, -1 to 1.
        kept: share of the first picture's area that the second shows, 0 to 1.
        filled: share of the second picture's area that the first fills, 0 to 1.
    """

    likeness: float
    kept: float
    filled: float


def thumbnail(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture at `THUMBNAIL_SHARE`, which is kept when the picture is dropped."""
    size = [max(1, round(length * THUMBNAIL_SHARE)) for length in (grey.shape[1], grey.shape[0])]
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def align(first: NDArray[np.uint8], second: NDArray[np.uint8], affine: NDArray[np.float64]) -> Alignment:
    """Lays the first thumbnail on the second and compares them block by block.

    Correlation within small blocks is blind to brightness and contrast; its median over the blocks is blind
    to a text or a frame over a part of the picture. Another view of the same things moves them against one
    another, and has blocks that do not go together.

    Args:
        first: (height, width) uint8.
        second: likewise.
        affine: (2, 3), from pixels of the first whole picture to those of the second.
    """
    moved = _at_thumbnails(affine)
    size = (second.shape[1], second.shape[0])
    laid = cv2.warpAffine(first, moved, size, flags=cv2.INTER_LINEAR)
    covered = cv2.warpAffine(np.full(first.shape, 255, dtype=np.uint8), moved, size) >= _INSIDE
    area = first.size * float(np.linalg.det(moved[:, :2]))
    return Alignment(
        _likeness(_calm(laid), _calm(second), covered),
        min(1.0, float(covered.sum()) / max(area, 1.0)),
        float(covered.mean()),
    )


def _at_thumbnails(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transform between thumbnails; the middle of a pixel is not where that of a larger one is."""
    middle = (1 / THUMBNAIL_SHARE - 1) / 2
    moved = affine.copy()
    moved[:, 2] = (affine[:, :2].sum(axis=1) * middle + affine[:, 2] - middle) * THUMBNAIL_SHARE
    return moved


def _calm(picture: NDArray[Any]) -> NDArray[np.float32]:
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _CALM_SIGMA)
    return np.asarray(smooth, dtype=np.float32)


def _likeness(first: NDArray[np.float32], second: NDArray[np.float32], covered: NDArray[np.bool_]) -> float:
    inside = _blocks(covered).all(axis=1)
    left, right = (_centred(_blocks(picture)[inside]) for picture in (first, second))
    left_deviation, right_deviation = left.std(axis=1), right.std(axis=1)
    textured = np.maximum(left_deviation, right_deviation) > _TEXTURE
    if textured.sum() < _FEWEST_BLOCKS:
        return 0.0
    together = (left * right).mean(axis=1) / (left_deviation * right_deviation + _DAMPING)
    return float(np.median(together[textured]))


def _centred(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    centred: NDArray[np.float32] = blocks - blocks.mean(axis=1, keepdims=True)
    return centred


def _blocks(picture: NDArray[Pixel]) -> NDArray[Pixel]:
    """(n, 64) the pixels of each whole block."""
    down, across = picture.shape[0] // _BLOCK, picture.shape[1] // _BLOCK
    cut = picture[: down * _BLOCK, : across * _BLOCK].reshape(down, _BLOCK, across, _BLOCK)
    return cut.swapaxes(1, 2).reshape(down * across, _BLOCK * _BLOCK)


@dataclass(frozen=True, eq=False)
class Picture:
    """What comparing needs of a picture.

    Attributes:
        features: of the picture at `SIDE`.
        thumbnail: (height, width) uint8, grey.
        width: of the picture at `SIDE`, in pixels.
        height: likewise.
        scale: pixels of the picture at `SIDE` for one of the whole picture.
        quality: of the whole picture; None where an older version kept none.
    """

    features: LocalFeatures
    thumbnail: NDArray[np.uint8]
    width: int
    height: int
    scale: float
    quality: Quality | None = None

    def mirrored(self) -> "Picture":
        """The same with left and right swapped."""
        flipped = np.ascontiguousarray(self.thumbnail[:, ::-1])
        return replace(self, features=self.features.mirrored(self.width), thumbnail=flipped)


def summarise(read: ReadPicture) -> Picture:
    """Features and thumbnail of a picture."""
    height, width = read.grey.shape
    scale = SIDE / max(read.width, read.height)
    return Picture(local_features(read.grey), thumbnail(read.grey), width, height, scale, read.quality)


def to_bytes(picture: Picture) -> bytes:
    """Some 40 kilobytes: sizes, points, radii, angles, descriptors, thumbnail and quality, little-endian."""
    features = picture.features
    sizes = (len(features), picture.width, picture.height, *picture.thumbnail.shape, picture.scale)
    floats = (features.points, features.radii, features.angles)
    rest = b"".join(
        [
            _SIZES.pack(*sizes),
            *(values.astype("<f4").tobytes() for values in floats),
            features.descriptors.tobytes(),
            picture.thumbnail.tobytes(),
            b"" if picture.quality is None else _QUALITY.pack(*astuple(picture.quality)),
        ]
    )
    version = _WITHOUT_QUALITY if picture.quality is None else _VERSION
    return _START.pack(_NAME, version, zlib.crc32(rest)) + rest


def from_bytes(body: bytes) -> Picture:
    """The picture that `to_bytes` was given.

    Raises:
        StorageCorrupt: these are other bytes.
    """
    if len(body) < _START.size + _SIZES.size:
        raise _damaged(f"it has {len(body)} bytes, less than the smallest has")
    name, version, checksum = _START.unpack_from(body)
    if name != _NAME or version not in (_VERSION, _WITHOUT_QUALITY):
        raise _damaged(f"it begins with {name!r}, version {version}, not with {_NAME!r}, version {_VERSION}")
    if zlib.crc32(memoryview(body)[_START.size :]) != checksum:
        raise _damaged("its checksum does not match")
    return _read(body, has_quality=version == _VERSION)


def _read(body: bytes, *, has_quality: bool) -> Picture:
    count, width, height, down, across, scale = _SIZES.unpack_from(body, _START.size)
    places = count * 4
    rest = len(body) - _START.size - _SIZES.size
    if rest != places * 4 + count * _DIMENSION + down * across + has_quality * _QUALITY.size:
        raise _damaged("it is not as long as its sizes say")
    if not all(1 <= side <= SIDE for side in (width, height, down, across)) or not 0 < scale < np.inf:
        raise _damaged("its sizes are none that a picture has")
    floats = np.frombuffer(body, "<f4", places, _START.size + _SIZES.size)
    after = _START.size + _SIZES.size + floats.nbytes
    if not np.isfinite(floats).all():
        raise _damaged("a number in it is not finite")
    described = np.frombuffer(body, np.uint8, count * _DIMENSION, after).reshape(count, _DIMENSION)
    seen = np.frombuffer(body, np.uint8, down * across, after + described.nbytes).reshape(down, across)
    points, radii, angles = np.split(floats.astype(np.float32), [2 * count, 3 * count])
    features = LocalFeatures(points.reshape(count, 2), radii, angles, described)
    quality = _read_quality(body) if has_quality else None
    return Picture(features, seen, width, height, scale, quality)


def _read_quality(body: bytes) -> Quality:
    numbers = _QUALITY.unpack_from(body, len(body) - _QUALITY.size)
    if not np.isfinite(numbers).all():
        raise _damaged("a number in it is not finite")
    return Quality(*numbers)


def _damaged(why: str) -> StorageCorrupt:
    return StorageCorrupt(
        f"what is kept of an image to find its duplicates is damaged: {why}; "
        "restore the data directory from a backup, or add the image to a new pool"
    )


class PictureCache:
    """Pictures of items, by position. Calls may come from any thread."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._kept: OrderedDict[int, Picture | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, position: int) -> Picture | None:
        """The picture of an item; None where no body is kept.

        Raises:
            StorageCorrupt: its body is damaged.
        """
        with self._lock:
            if position in self._kept:
                self._kept.move_to_end(position)
                return self._kept[position]
        picture = self.read([position])[0]
        with self._lock:
            self._kept[position] = picture
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return picture

    def read(self, positions: Sequence[int]) -> list[Picture | None]:
        """The pictures of many items, none of which is kept."""
        return [from_bytes(body) if body else None for body in self._bodies(positions)]
