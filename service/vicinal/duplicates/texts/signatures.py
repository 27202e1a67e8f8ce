"""Numbers that texts share when they share most of their pieces."""

import numpy as np
from numpy.typing import NDArray

PIECE = 3
BANDS, ROWS = 32, 3
_PRIME = np.uint64((1 << 31) - 1)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(33)
# Pieces that are hashed at a time: a text of a million different ones must not take gigabytes.
_AT_ONCE = 4096


class Signer:
    """MinHash in bands (Broder, "On the resemblance and containment of documents", 1997).

    Texts that share six tenths of their pieces of three characters share a number nearly always, texts that
    share a tenth hardly ever.

    Args:
        seed: of the hash functions.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._factors = rng.integers(1, int(_PRIME), BANDS * ROWS, dtype=np.uint64)
        self._shifts = rng.integers(0, int(_PRIME), BANDS * ROWS, dtype=np.uint64)

    def sign(self, text: str) -> NDArray[np.uint64]:
        """(bands,) a number for each band, the same for two texts whose least hashes agree in all its rows.

        Args:
            text: normalised.
        """
        codes = _codes(f" {text} ")
        least = np.full(BANDS * ROWS, _PRIME, dtype=np.uint64)
        for start in range(0, len(codes), _AT_ONCE):
            hashed = (codes[start : start + _AT_ONCE, None] * self._factors + self._shifts) % _PRIME
            np.minimum(least, hashed.min(axis=0), out=least)
        # Numbers of different bands are told apart by the band's own, which they begin with.
        mixed = np.arange(1, BANDS + 1, dtype=np.uint64) * _MIX
        for row in least.reshape(BANDS, ROWS).T:
            mixed = (mixed ^ row) * _MIX
        return np.asarray(mixed, dtype=np.uint64)


def _codes(framed: str) -> NDArray[np.uint64]:
    """(n,) a number below `_PRIME` for each different piece of a text of two characters or more."""
    points = np.frombuffer(framed.encode("utf-32-le", errors="surrogatepass"), dtype="<u4").astype(np.uint64)
    pieces = np.zeros(max(1, len(points) - PIECE + 1), dtype=np.uint64)
    for place in range(min(PIECE, len(points))):
        # A code point has 21 bits, so that three of them fit in one number.
        pieces |= points[place : place + len(pieces)] << np.uint64(21 * place)
    return ((np.unique(pieces) * _MIX) >> _HALF) % _PRIME
