"""Whether one text is a copy of another, but for small edits."""

import re

from rapidfuzz.distance import OSA

from vicinal.core.copies import Evidence
from vicinal.duplicates.texts.normalisation import differences, normalised

LEAST_SIMILARITY = 0.9
_NUMBER = re.compile(r"\d+")


def similarity(left: str, right: str) -> float | None:
    """How alike two normalised texts are, from `LEAST_SIMILARITY` to 1; None where they are less alike.

    That of their optimal string alignment (Damerau, 1964): 1 minus the characters inserted, dropped, changed
    or swapped, as a share of the longer text. Texts that differ in a number say different things, and are
    never alike.
    """
    found = OSA.normalized_similarity(left, right, score_cutoff=LEAST_SIMILARITY)
    if found < LEAST_SIMILARITY or _NUMBER.findall(left) != _NUMBER.findall(right):
        return None
    return float(found)


def verify(first: str, second: str) -> Evidence | None:
    """The evidence that the second text is a copy of the first; None where too many characters differ.

    They are compared as they are after normalisation.
    """
    if first == second:
        return Evidence(1.0, kinds=("identical text",))
    left, right = normalised(first), normalised(second)
    found = similarity(left, right)
    if found is None:
        return None
    edits = OSA.distance(left, right)
    words = differences(first, second)
    if edits:
        words = (*words, "1 character edited" if edits == 1 else f"{edits} characters edited")
    return Evidence(round(found, 4), kinds=words or ("case, blanks or signs",))
