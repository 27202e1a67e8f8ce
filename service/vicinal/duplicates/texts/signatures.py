"""Numbers that texts share when they share most of their pieces."""

import numpy as np
from numpy.typing import NDArray

PIECE, LONG_PIECE = 3, 9
"""Characters of a piece. Long texts have nearly all pieces of three, whatever they are about."""
LONG_FROM, SHORT_UP_TO = 4000, 6000
"""Characters from which on long pieces sign a text, and up to which short ones do; between them both."""
BANDS, ROWS = 32, 3
_PRIME = np.uint64((1 << 31) - 1)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(33)
# Of the pieces of a text so many are hashed, those with the least codes: two texts leave out the same ones.
_MOST_PIECES = 8192


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
        """A number for each band, the same for two texts whose least hashes agree in all its rows.

        Args:
            text: normalised.

        Returns:
            (bands,) numbers; (2 bands,) for a text that is neither short nor long.
        """
        framed = f" {text} "
        points = np.frombuffer(framed.encode("utf-32-le", errors="surrogatepass"), dtype="<u4")
        sizes = [PIECE] * (len(text) <= SHORT_UP_TO) + [LONG_PIECE] * (len(text) >= LONG_FROM)
        return np.concatenate([self._numbers(_codes(points, size), size) for size in sizes])

    def _numbers(self, codes: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
        least = ((codes[:, None] * self._factors + self._shifts) % _PRIME).min(axis=0)
        # Numbers of different bands and sizes of pieces are told apart by what they begin with.
        mixed = np.arange(size * BANDS, (size + 1) * BANDS, dtype=np.uint64) * _MIX
        for row in least.reshape(BANDS, ROWS).T:
            mixed = (mixed ^ row) * _MIX
        return np.asarray(mixed, dtype=np.uint64)


def _codes(points: NDArray[np.uint32], size: int) -> NDArray[np.uint64]:
    """(n,) a number below `_PRIME` for each different piece of a text, of which there is at least one."""
    pieces = np.zeros(max(1, len(points) - size + 1), dtype=np.uint64)
    for place in range(min(size, len(points))):
        pieces = (pieces ^ points[place : place + len(pieces)]) * _MIX
    codes = np.sort((pieces >> _HALF) % _PRIME)
    is_first = np.concatenate([[True], codes[1:] != codes[:-1]])
    return np.asarray(codes[is_first][:_MOST_PIECES])
