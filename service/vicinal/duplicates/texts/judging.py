"""Whether a difference between two texts leaves what they say as it is."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from vicinal.duplicates.texts.tokens import Tokens
from vicinal.duplicates.texts.words import (
    KNOWN_TEXTS,
    OPPOSING,
    OTHER_BEGINNINGS,
    PREFIXES,
    PRIVATIVE,
    VOWELS,
    WordCounts,
    is_known,
    is_negation,
    is_numeral,
    is_word_beside,
)

FEWEST_CAPITALS = 5
"""Letters of a word in capitals from which on they only stress it; "US" and "us" are two words."""

MOST_WORDS = 4
"""Words of either text that one difference spans; what differs in more is not the same message."""
_FIRST_STRIDE = 16
# The fewest words first; of equally many, one word for another before words that came or went.
_STEPS = sorted(
    ((step, other) for step in range(MOST_WORDS + 1) for other in range(MOST_WORDS + 1) if step or other),
    key=lambda steps: (max(steps), abs(steps[0] - steps[1])),
)

MOST_LETTERS = 64
"""Of a word that may be misspelt; what is longer is no word, and must be the same."""
FEWEST_LETTERS = 5
"""Of a word that nobody knows, for swapped or doubled letters to be taken for slips."""
# Letters that words end in to say when, how many and of whom; a slip looks like another ending.
_ENDINGS = frozenset("aeiouydsrnt")
_ADDED_ENDINGS = frozenset("sdrnety")
_UNIT_LETTERS = 3
# Words of both texts that one slip spans: a letter in one, or a blank next to it.
_PARTS = ((2, 2), (1, 1), (1, 2), (2, 1))
# Parts of words that say opposite or other things and differ in one letter.
_OTHER_PARTS = (
    *(("macro", "micro"), ("abduct", "adduct"), ("ante", "anti"), ("pre", "pro"), ("intra", "infra")),
    *(("ate", "ite"), ("ite", "ide"), ("ane", "ene"), ("ene", "yne"), ("ane", "yne"), ("ver", "zer")),
    ("er", "ee"),
)
# Compared with a word of so many texts, a word of one text is a slip, and so is one that is as much rarer.
_FREQUENT = 20
# A slip that was copied, too, stands in two texts.
_TWICE, _OFTEN = 2, 10
# Alphabets whose words differ in more than a letter, as a rule: Latin, Greek, Cyrillic.
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC")


def is_case_noise(left: Tokens, right: Tokens, start: int, stop: int, other_start: int) -> bool:
    """Whether two runs of the same words differ at most in capitals that say nothing.

    They say nothing where one of the texts is all in capitals, or has none and the other one begins with one;
    at the beginning of a sentence; and in a long word that is stressed. Else a name may be another word:
    "Polish" and "polish", "US" and "us".

    Args:
        left: the first text.
        right: the second.
        start: of the run in the first.
        stop: its end.
        other_start: of the run in the second.
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


@dataclass(frozen=True)
class Difference:
    """A place where two lists differ: left[start:stop] stands where right[other_start:other_stop] does."""

    start: int
    stop: int
    other_start: int
    other_stop: int


def differences(left: Sequence[str], right: Sequence[str]) -> Iterator[Difference | None]:
    """All differences, in order; the last is None where it spans too much.

    Takes time as the length of the texts and the number of differences: from one end to the other, each is
    the shortest after which the two agree again.
    """
    at, other = 0, 0
    while True:
        same = _agreeing(left, right, at, other)
        at, other = at + same, other + same
        if at == len(left) and other == len(right):
            return
        step = _shortest(left, right, at, other)
        if step is None:
            yield None
            return
        yield Difference(at, at + step[0], other, other + step[1])
        at, other = at + step[0], other + step[1]


def _agreeing(left: Sequence[str], right: Sequence[str], at: int, other: int) -> int:
    """How many items are the same from two places on, found in strides."""
    same, stride = 0, _FIRST_STRIDE
    most = min(len(left) - at, len(right) - other)
    while same < most:
        stride = min(stride, most - same)
        begin, other_begin = at + same, other + same
        if left[begin : begin + stride] == right[other_begin : other_begin + stride]:
            same, stride = same + stride, 2 * stride
        elif stride == 1:
            break
        else:
            stride = max(stride // 4, 1)
    return same


def _shortest(left: Sequence[str], right: Sequence[str], at: int, other: int) -> tuple[int, int] | None:
    """Words to pass over in both lists until a word is the same again or both end; the fewest that do."""
    for step, other_step in _STEPS:
        after, other_after = at + step, other + other_step
        if after > len(left) or other_after > len(right):
            continue
        if left[after : after + 1] == right[other_after : other_after + 1]:
            return step, other_step
    return None


@dataclass(frozen=True)
class MinorEdit:
    """A difference that says nothing.

    Attributes:
        edits: characters that were changed.
        text: what it is, in words.
    """

    edits: int
    text: str


class EditJudge:
    """Judges the differences of one pair of texts.

    Args:
        left: the first text.
        right: the second.
        words: what is known of words, the two texts counted in.
        is_turned: the second text came first; differences are named from there.
    """

    def __init__(self, left: Tokens, right: Tokens, words: WordCounts, *, is_turned: bool) -> None:
        self._left = left
        self._right = right
        self._words = words
        self._is_turned = is_turned

    def minor_edits(self, found: Difference) -> list[MinorEdit] | None:
        """What a difference is made of; None where it may change what is said."""
        ours = self._left.keys[found.start : found.stop]
        theirs = self._right.keys[found.other_start : found.other_stop]
        if not ours or not theirs:
            slip = self._dropped(found, ours or theirs)
            return None if slip is None else [slip]
        return self._edited(found)

    def _edited(self, found: Difference) -> list[MinorEdit] | None:
        """The slips that a difference is made of, side by side."""
        ours, theirs = found.stop - found.start, found.other_stop - found.other_start
        if not ours and not theirs:
            return []
        for words, other_words in _PARTS:
            if words > ours or other_words > theirs:
                continue
            stop, other_stop = found.start + words, found.other_start + other_words
            part = Difference(found.start, stop, found.other_start, other_stop)
            rest = Difference(stop, found.stop, other_stop, found.other_stop)
            if self._left.keys[part.start : stop] == self._right.keys[part.other_start : other_stop]:
                minor_edits: list[MinorEdit] | None = []
            else:
                slip = self._misspelt(part)
                minor_edits = None if slip is None else [slip]
            if minor_edits is not None and (more := self._edited(rest)) is not None:
                return [*minor_edits, *more]
        return None

    def _dropped(self, found: Difference, gone: Sequence[str]) -> MinorEdit | None:
        """Mentions that came or went, and a word that stands twice."""
        if all(key.startswith("@") and len(key) > 1 for key in gone):
            return MinorEdit(0, "other @mentions")
        before = self._left.keys[found.start - 1] if found.start else ""
        is_twice = len(gone) == 1 and gone[0] == before and is_plain_word(before) and not is_negation(before)
        return (
            MinorEdit(len(before) + 1, f"{before!r} twice") if is_twice and not is_numeral(before) else None
        )

    def _misspelt(self, found: Difference) -> MinorEdit | None:
        """One letter of words changed, dropped, put in or swapped, or a blank at a wrong place."""
        ours = self._left.keys[found.start : found.stop]
        theirs = self._right.keys[found.other_start : found.other_stop]
        first, second = " ".join(ours), " ".join(theirs)
        if max(len(first), len(second)) > MOST_LETTERS or not all(map(is_plain_word, (*ours, *theirs))):
            return None
        if OSA.distance(first, second, score_cutoff=1) > 1:
            return None
        is_slip = self._is_blank_slip if len(ours) + len(theirs) > 2 else self._is_letter_slip
        if not is_slip(found, ours, theirs):
            return None
        read, meant = (first, second) if self._is_turned else (second, first)
        return MinorEdit(1, f"{read!r} for {meant!r}")

    def _is_blank_slip(self, found: Difference, ours: Sequence[str], theirs: Sequence[str]) -> bool:
        """Whether a blank is at a wrong place: one side are words that people use, and the other are not."""
        del found
        if any(map(is_negation, (*ours, *theirs))):
            return False
        longer = max(ours, theirs, key=len)
        is_joined = len(ours) != len(theirs) and "".join(ours) == "".join(theirs)
        if is_joined and longer[0] in OPPOSING:
            return False
        times = _FREQUENT if is_joined and longer[0] in PREFIXES else 1
        if self._is_known_for(ours, theirs, times) or self._is_known_for(theirs, ours, times):
            return True
        ours_strange, theirs_strange = (any(map(self._words.is_strange, side)) for side in (ours, theirs))
        return ours_strange != theirs_strange

    def _is_letter_slip(self, found: Difference, ours: Sequence[str], theirs: Sequence[str]) -> bool:
        """Whether a word is misspelt: people use the one, and not the other.

        Negations, names, and what looks like another ending have to be so frequent that nothing but a slip
        can be as rare beside them. Of two words that nobody knows, letters are swapped or doubled.
        """
        (first,), (second,) = ours, theirs
        if self._is_unit(found) or _is_other_word(first, second):
            return False
        is_name, is_swapped = self._is_name(found), _is_swapped_or_doubled(first, second)
        has_negation = is_negation(first) or is_negation(second)
        is_risky = has_negation or is_name or _is_like_other_word(first, second)
        times = _FREQUENT if is_risky else 1
        if self._is_known_for(ours, theirs, times) or self._is_known_for(theirs, ours, times):
            return True
        is_short_name = is_name and min(len(first), len(second)) < FEWEST_LETTERS
        if not is_short_name and self._words.is_strange(first) != self._words.is_strange(second):
            return True
        is_known = any(map(self._is_known, (first, second)))
        return is_swapped and not (is_known or is_name or has_negation)

    def _is_known_for(self, meant: Sequence[str], read: Sequence[str], times: int) -> bool:
        """Whether people use all of some words, and one of those that stand for them is none.

        Args:
            meant: words that may be meant.
            read: words that stand there.
            times: that the rarest of those that are meant has to be seen, beyond being known.
        """
        seen = min(map(self._words.texts_with, meant))
        if (times > 1 and seen < times) or not all(map(self._is_known, meant)):
            return False
        return any(self._is_no_word(word, meant, seen) for word in read)

    def _is_known(self, word: str) -> bool:
        return is_known(word) or self._words.texts_with(word) >= KNOWN_TEXTS

    def _is_no_word(self, word: str, meant: Sequence[str], seen: int) -> bool:
        """Whether a word never occurs, or hardly ever compared with words that occur so often."""
        if any(is_word_beside(word, other) for other in meant):
            return False
        own = self._words.texts_with(word)
        return own <= 1 or own * _FREQUENT <= seen or (own == _TWICE and seen >= _OFTEN)

    def _is_unit(self, found: Difference) -> bool:
        """Whether a short word next to a number may be its unit."""
        keys = (
            *self._left.keys[found.start : found.stop],
            *self._right.keys[found.other_start : found.other_stop],
        )
        before, after = max(found.start - 1, 0), found.stop + 1
        beside = (*self._left.keys[before : found.start], *self._left.keys[found.stop : after])
        return min(map(len, keys)) <= _UNIT_LETTERS and any(map(_has_digit, beside))

    def _is_name(self, found: Difference) -> bool:
        """Whether one of the words is written as names and abbreviations are."""
        return _has_name(self._left, found.start, found.stop) or _has_name(
            self._right, found.other_start, found.other_stop
        )


def is_plain_word(key: str) -> bool:
    """Whether a unit is a word of letters alone, of an alphabet in which a slip can be told."""
    letters = key.replace("'", "")
    return letters.isalpha() and (letters.isascii() or all(map(_is_of_alphabet, letters)))


def _is_of_alphabet(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith(_ALPHABETS)


def _has_digit(key: str) -> bool:
    return any(map(str.isdigit, key))


def _has_name(tokens: Tokens, start: int, stop: int) -> bool:
    if tokens.is_shouted:
        return False
    return any(
        word != word.lower()
        and not is_known(word.lower())
        and not (place in tokens.starts and word[1:] == word[1:].lower())
        for place, word in enumerate(tokens.words[start:stop], start)
    )


def _is_other_word(first: str, second: str) -> bool:
    """Whether two words differ by accents or a numeral, or as "affect" and "effect", "moral" and "amoral"."""
    if _bare(first) == _bare(second) or (is_numeral(first) and is_numeral(second)):
        return True
    if any(first.replace(*pair) == second.replace(*pair) for pair in _OTHER_PARTS):
        return True
    return _is_other_beginning(first, second) or _is_other_beginning(second, first)


def _is_other_beginning(first: str, second: str) -> bool:
    """Whether the first begins with what makes another word of the second."""
    if any(
        first.startswith(here) and second.startswith(there) and first[len(here) :] == second[len(there) :]
        for here, there in OTHER_BEGINNINGS
    ):
        return True
    if first[1:] == second[1:]:
        return {first[0], second[0]} <= VOWELS or not first[0].isascii()
    return first[1:] == second and (first[0] in PRIVATIVE or not first[0].isascii())


def _is_like_other_word(first: str, second: str) -> bool:
    """Whether the two may be other words: one a numeral, or with other endings or a vowel in front."""
    shorter, longer = sorted((first, second), key=len)
    if is_numeral(first) or is_numeral(second):
        return True
    if len(shorter) == len(longer):
        return {first[-1], second[-1]} <= _ENDINGS and first[:-1] == second[:-1]
    is_longer_end = longer[:-1] == shorter and longer[-1] in _ADDED_ENDINGS
    return is_longer_end or (longer[1:] == shorter and longer[0] in VOWELS)


def _bare(word: str) -> str:
    """A word without accents and apostrophes."""
    return "".join(each for each in unicodedata.normalize("NFD", word) if each.isalpha())


def _is_swapped_or_doubled(first: str, second: str) -> bool:
    """Whether two letters within were swapped, or one stands once instead of twice."""
    if min(len(first), len(second)) < FEWEST_LETTERS or first[0] != second[0]:
        return False
    if len(first) == len(second):
        return sorted(first) == sorted(second)
    shorter, longer = sorted((first, second), key=len)
    return any(
        longer[place] == longer[place - 1] and longer[:place] + longer[place + 1 :] == shorter
        for place in range(1, len(longer))
    )
