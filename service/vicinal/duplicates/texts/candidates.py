"""Which texts may be copies of one another: those that share most of their pieces."""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_PIECE = 3
_BANDS, _ROWS = 32, 3
_PRIME = (1 << 31) - 1
# In a larger bucket each text meets the next few alone, so that a phrase that many use costs little.
_MOST_MET = 12


def candidate_pairs(
    texts: Sequence[str], seed: int, on_progress: Callable[[int], None]
) -> list[tuple[int, int]]:
    """Pairs of positions (smaller first) that are worth verifying, those that share the most first.

    MinHash (Broder, "On the resemblance and containment of documents", 1997) in bands: texts that share
    six tenths of their pieces of three characters meet nearly always, texts that share a tenth hardly
    ever. The cost of a text does not grow with their number.

    Args:
        texts: normalised.
        seed: of the hash functions.
        on_progress: called with the number of texts looked up so far.
    """
    rng = np.random.default_rng(seed)
    factors = rng.integers(1, _PRIME, _BANDS * _ROWS, dtype=np.uint64)
    shifts = rng.integers(0, _PRIME, _BANDS * _ROWS, dtype=np.uint64)
    signatures = np.empty((len(texts), _BANDS), dtype=np.uint64)
    for position, text in enumerate(texts):
        signatures[position] = _signature(text, factors, shifts)
        on_progress(position + 1)
    met: Counter[tuple[int, int]] = Counter()
    for band in signatures.T:
        met.update(_meeting(band))
    return sorted(met, key=lambda pair: (-met[pair], pair))


def _signature(text: str, factors: NDArray[np.uint64], shifts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(bands,) a number for each band, the same for two texts whose least hashes agree in all its rows."""
    framed = f" {text} "
    pieces = {framed[start : start + _PIECE] for start in range(max(1, len(framed) - _PIECE + 1))}
    codes = np.array([zlib.crc32(piece.encode()) % _PRIME for piece in pieces], dtype=np.uint64)
    least = ((codes[:, None] * factors + shifts) % np.uint64(_PRIME)).min(axis=0).reshape(_BANDS, _ROWS)
    mixed = least[:, 0] * np.uint64(0x9E3779B97F4A7C15)
    for row in range(1, _ROWS):
        mixed = (mixed ^ least[:, row]) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray(mixed, dtype=np.uint64)


def _meeting(band: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """Pairs of positions with the same number."""
    order = np.argsort(band, kind="stable")
    cuts = np.flatnonzero(np.diff(band[order])) + 1
    return [
        (first, second)
        for bucket in np.split(order, cuts)
        if len(bucket) > 1
        for place, first in enumerate(bucket.tolist())
        for second in bucket[place + 1 : place + 1 + _MOST_MET].tolist()
    ]
