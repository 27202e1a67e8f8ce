"""Whether capitals in one text that are small letters in another are noise."""

from vicinal.duplicates.texts.tokens import Tokens

FEWEST_CAPITALS = 5
"""Letters of a word in capitals from which on they only stress it; "US" and "us" are two words."""


def is_case_noise(left: Tokens, right: Tokens, start: int, stop: int, other_start: int) -> bool:
    """Whether two stretches of the same words differ at most in capitals that say nothing.

    They say nothing where one of the texts is all in capitals, or has none and the other one begins with one;
    at the beginning of a sentence; and in a long word that is stressed. Else a name may be another word:
    "Polish" and "polish", "US" and "us".

    Args:
        left: the first text.
        right: the second.
        start: of the stretch in the first.
        stop: its end.
        other_start: of the stretch in the second.
    """
    ours, theirs = left.words[start:stop], right.words[other_start : other_start + stop - start]
    if left.is_shouted or right.is_shouted or ours == theirs:
        return True
    is_recased = _begins_small(left, right) or _begins_small(right, left)
    return all(
        first == second
        or first.lower() != second.lower()
        or (is_recased and not _is_abbreviation(first) and not _is_abbreviation(second))
        or _is_start(first, second, start + place in left.starts or other_start + place in right.starts)
        or _is_stressed(first)
        or _is_stressed(second)
        or {first, second} == {"i", "I"}
        for place, (first, second) in enumerate(zip(ours, theirs, strict=True))
    )


def _begins_small(small: Tokens, other: Tokens) -> bool:
    return small.is_small and small.words[0] != other.words[0]


def _is_start(first: str, second: str, is_beginning: bool) -> bool:
    return is_beginning and first[1:] == second[1:]


def _is_stressed(word: str) -> bool:
    return word.isalpha() and word.isupper() and len(word) >= FEWEST_CAPITALS


def _is_abbreviation(word: str) -> bool:
    return len(word) > 1 and word.isupper() and not _is_stressed(word)
