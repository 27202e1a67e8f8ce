"""A picture as bytes: what a pool keeps of it, and how it is checked when it is read again."""

import struct
import zlib
from dataclasses import astuple

import numpy as np

from vicinal.core.errors import StorageCorrupt
from vicinal.duplicates.pictures.local_features import SIDE, LocalFeatures
from vicinal.duplicates.pictures.picture import Picture
from vicinal.duplicates.pictures.quality import Quality

_VERSION, _WITHOUT_QUALITY = 2, 1
_DIMENSION = 128
# What it is, version, checksum of all that follows.
_START = struct.Struct("<4sHI")
_SIZES = struct.Struct("<HHHHHd")
_QUALITY = struct.Struct("<3f")
_NAME = b"VPIC"


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
