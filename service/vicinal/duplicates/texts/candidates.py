"""Which texts may be duplicates of one another: those that share numbers of their signatures."""

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.joining import Pair
from vicinal.duplicates.postings import Postings

# In a larger bucket each text meets the next few alone, so that a phrase that many use costs little.
_MOST_MET = 12
_MOST_PLACES = 256
MOST_CANDIDATES = 50


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
