"""Whether one text is a near duplicate of another: the same message, with noise that says nothing."""

from collections import Counter
from collections.abc import Sequence

from vicinal.duplicates.exact import IDENTICAL_TEXT, SAME_TEXT
from vicinal.duplicates.texts.judging import (
    Difference,
    EditJudge,
    MinorEdit,
    differences,
    is_case_noise,
    is_plain_word,
)
from vicinal.duplicates.texts.normalisation import FEWEST_WORDS, same_form
from vicinal.duplicates.texts.tokens import Tokens, tokens_of
from vicinal.duplicates.texts.words import NoWordCounts, WordCounts, is_negation
from vicinal.records.duplicates import DuplicateEvidence

MOST_EDITED = 0.1
"""Largest share of a text's characters that is edited in a duplicate."""
# Slips that the evidence names; of more it gives the number.
_TOLD_SLIPS = 3


def verify(first: str, second: str, words: WordCounts | None = None) -> DuplicateEvidence | None:
    """The evidence that the second text is a duplicate of the first; None where it may say something else.

    Args:
        first: a text.
        second: another.
        words: what is known of words, both texts counted in. Without it only swapped and doubled letters, and
            slips in words that everybody uses, are taken for slips.
    """
    if first == second:
        return IDENTICAL_TEXT
    if same_form(first) == same_form(second):
        return SAME_TEXT
    return compare(tokens_of(first), tokens_of(second), NoWordCounts() if words is None else words)


def compare(left: Tokens, right: Tokens, words: WordCounts) -> DuplicateEvidence | None:
    """As `verify`, of the units of two texts that are not the same."""
    if not left.keys or not right.keys:
        return None
    # In one order, so that two texts are duplicates whichever comes first.
    is_turned = (left.keys, left.words) > (right.keys, right.words)
    pair = (right, left) if is_turned else (left, right)
    minor_edits = _slips(*pair, EditJudge(*pair, words, is_turned=is_turned))
    if minor_edits is None or not _share_company(left, right):
        return None
    edits, longest = sum(slip.edits for slip in minor_edits), max(left.characters, right.characters)
    kinds = dict.fromkeys((*_what_else(left, right), *_named(minor_edits)))
    return DuplicateEvidence(round(1 - edits / longest, 4), kinds=tuple(kinds) or ("punctuation",))


def _slips(left: Tokens, right: Tokens, judge: EditJudge) -> list[MinorEdit] | None:
    """What all differences are made of; None where one of them may say something."""
    begins, front = _cut(left, right, in_front=True)
    ends, back = _cut(left, right, in_front=False)
    stop, other_stop = len(left.keys) - ends[0], len(right.keys) - ends[1]
    minor_edits, room = [*front, *back], MOST_EDITED * max(left.characters, right.characters)
    room -= sum(slip.edits for slip in minor_edits)
    at, other = begins
    for found in differences(left.keys[begins[0] : stop], right.keys[begins[1] : other_stop]):
        here = None if found is None or room < 0 else shift_difference(found, *begins)
        made = None if here is None else judge.minor_edits(here)
        if here is None or made is None or not is_case_noise(left, right, at, here.start, other):
            return None
        minor_edits += [*_recased(left, right, at, here.start, other), *made]
        room -= sum(slip.edits for slip in made)
        at, other = here.stop, here.other_stop
    if room < 0 or not is_case_noise(left, right, at, stop, other):
        return None
    return [*minor_edits, *_recased(left, right, at, stop, other)]


def _recased(left: Tokens, right: Tokens, start: int, stop: int, other_start: int) -> list[MinorEdit]:
    """That the same words are written with other capitals, where they are."""
    ours, theirs = left.words[start:stop], right.words[other_start : other_start + stop - start]
    if ours == theirs or all(
        one == other or one.lower() != other.lower() for one, other in zip(ours, theirs, strict=True)
    ):
        return []
    return [MinorEdit(0, "case")]


def shift_difference(found: Difference, places: int, other_places: int) -> Difference:
    """A difference so many places further on."""
    return Difference(
        found.start + places,
        found.stop + places,
        found.other_start + other_places,
        found.other_stop + other_places,
    )


def _cut(left: Tokens, right: Tokens, *, in_front: bool) -> tuple[tuple[int, int], list[MinorEdit]]:
    """Units at one end of each text that are not compared, since dots stand for them in one; and their slip.

    Only words of letters are, and none that may turn what is said round.
    """
    for mine, other, is_left in ((left, right, True), (right, left, False)):
        if not (mine.is_cut_in_front if in_front else mine.is_cut) or len(mine.keys) < FEWEST_WORDS:
            continue
        last = mine.keys[0 if in_front else -1]
        passed = len(other.keys) - len(mine.keys)
        if passed < 0:
            continue
        there = other.keys[passed] if in_front else other.keys[-1 - passed]
        if last == there:
            own, gone = 0, passed
        elif there.endswith(last) if in_front else there.startswith(last):
            own, gone = 1, passed + 1
        else:
            continue
        words = other.keys[:gone] if in_front else other.keys[len(other.keys) - gone :]
        if not words or not all(is_plain_word(word) and not is_negation(word) for word in words):
            continue
        edits = sum(map(len, words)) + len(words) - 1 - (len(last) if own else 0)
        side = "in front" if in_front else "at the end"
        return ((own, gone) if is_left else (gone, own)), [
            MinorEdit(edits, f"cut off {side}: {' '.join(words)!r}")
        ]
    return (0, 0), []


def _share_company(left: Tokens, right: Tokens) -> bool:
    """Whether links and mentions were only added or removed, or are noise among enough words."""
    pairs = ((left.links, right.links), (left.mentions, right.mentions))
    is_same = all(
        Counter(ours) <= Counter(theirs) or Counter(theirs) <= Counter(ours) for ours, theirs in pairs
    )
    return is_same or min(len(left.keys), len(right.keys)) >= FEWEST_WORDS


def _what_else(left: Tokens, right: Tokens) -> list[str]:
    """Describes the differences other than those in units."""
    return [
        words
        for words, differ in (
            ("other URLs", left.links != right.links),
            ("other @mentions", left.mentions != right.mentions),
            ("RT mark", left.is_retweet != right.is_retweet),
            ("HTML entities", left.is_escaped != right.is_escaped),
        )
        if differ
    ]


def _named(minor_edits: Sequence[MinorEdit]) -> list[str]:
    """What the slips are, in words; of many that edit words, the first few and the number of the others."""
    edited = list(dict.fromkeys(slip.text for slip in minor_edits if slip.edits))
    others = dict.fromkeys(slip.text for slip in minor_edits if not slip.edits)
    more = len(edited) - _TOLD_SLIPS
    return [*others, *edited] if more <= 1 else [*others, *edited[:_TOLD_SLIPS], f"{more} more edits"]
