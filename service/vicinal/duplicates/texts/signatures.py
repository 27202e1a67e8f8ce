"""Which texts may be duplicates of one another: those that share numbers of their signatures."""

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.grouping import Pair
from vicinal.duplicates.postings import Postings

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

# In a larger bucket each text meets the next few alone, so that a phrase that many use costs little.
_MOST_MET = 12
_MOST_PLACES = 256
MOST_CANDIDATES = 50


class MinHashSigner:
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


def candidates(postings: Postings, signature: NDArray[np.uint64]) -> list[int]:
    """Positions of the texts that share the most numbers with one, the likeliest first."""
    found = postings.found(signature, np.full(len(signature), _MOST_PLACES, dtype=np.int64))
    owners, shared = np.unique(found.owners, return_counts=True)
    order = np.lexsort((owners, -shared))[:MOST_CANDIDATES]
    return [int(each) for each in owners[order]]


def candidate_pairs(postings: Postings, eligible: NDArray[np.bool_]) -> list[Pair]:
    """Pairs of positions (smaller first) that are worth verifying, those that share the most first.

    The cost of a text does not grow with their number.

    Args:
        postings: of texts, by the numbers of their signatures.
        eligible: (items,) which of them to pair.
    """
    whole = postings.whole()
    chosen = eligible[whole.owners]
    keys, owners = whole.all_keys[chosen], whole.owners[chosen].astype(np.int64)
    order = np.lexsort((owners, keys))
    keys, owners = keys[order], owners[order]
    met = [
        owners[:-apart][together] * len(eligible) + owners[apart:][together]
        for apart in range(1, min(_MOST_MET, len(keys) - 1) + 1)
        for together in [keys[:-apart] == keys[apart:]]
    ]
    if not met:
        return []
    pairs, shared = np.unique(np.concatenate(met), return_counts=True)
    ranked = pairs[np.lexsort((pairs, -shared))]
    return [(int(low), int(high)) for low, high in zip(*divmod(ranked, len(eligible)), strict=True)]
