"""Exact duplicates by digests of bytes, pixels or normalised texts."""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Sequence


def content_digest(content: bytes | str) -> str:
    """SHA-256 of the bytes, or of a text's UTF-8, as 64 hexadecimal digits.

    >>> content_digest(b"a") == content_digest("a")
    True
    """
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def first_of_each(keys: Sequence[Hashable]) -> dict[int, list[int]]:
    """Positions with the same key, under the first of them; keys that stand alone, too.

    >>> first_of_each(["a", "b", "a"])
    {0: [0, 2], 1: [1]}
    """
    places: dict[Hashable, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        places[key].append(position)
    return {positions[0]: positions for positions in places.values()}
