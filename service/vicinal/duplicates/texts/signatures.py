"""Numbers that texts share when they share most of their pieces."""

import zlib

import numpy as np
from numpy.typing import NDArray

PIECE = 3
BANDS, ROWS = 32, 3
_PRIME = (1 << 31) - 1
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Signer:
    """MinHash in bands (Broder, "On the resemblance and containment of documents", 1997).

    Texts that share six tenths of their pieces of three characters share a number nearly always, texts that
    share a tenth hardly ever.

    Args:
        seed: of the hash functions.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._factors = rng.integers(1, _PRIME, BANDS * ROWS, dtype=np.uint64)
        self._shifts = rng.integers(0, _PRIME, BANDS * ROWS, dtype=np.uint64)

    def sign(self, text: str) -> NDArray[np.uint64]:
        """(bands,) a number for each band, the same for two texts whose least hashes agree in all its rows.

        Args:
            text: normalised.
        """
        framed = f" {text} "
        pieces = {framed[start : start + PIECE] for start in range(max(1, len(framed) - PIECE + 1))}
        codes = np.array([zlib.crc32(piece.encode()) % _PRIME for piece in pieces], dtype=np.uint64)
        least = ((codes[:, None] * self._factors + self._shifts) % np.uint64(_PRIME)).min(axis=0)
        # Numbers of different bands are told apart by the band's own, which they begin with.
        mixed = np.arange(1, BANDS + 1, dtype=np.uint64) * _MIX
        for row in least.reshape(BANDS, ROWS).T:
            mixed = (mixed ^ row) * _MIX
        return np.asarray(mixed, dtype=np.uint64)
