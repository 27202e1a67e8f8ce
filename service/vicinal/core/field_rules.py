"""What ids, labels, names, texts, times and metadata may be, and the one form that labels are kept in."""

import difflib
import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import islice

POOL_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}")
# Unicode's category Cc.
CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")

MAX_ITEM_ID_CHARACTERS = 256
MAX_LABEL_CHARACTERS = 256
MAX_NAME_CHARACTERS = 128
MAX_REASON_CHARACTERS = 1024
MAX_METADATA_ENTRIES = 64
MAX_METADATA_BYTES = 16 * 1024


# Of one request. An answer has room for some 30; of the others only the number is given.
MAX_VIOLATIONS = 100

# The end of the year 9999, the last one that the wire's timestamps know.
END_OF_TIME = 253_402_300_800.0

# Unicode's White_Space, which people see as blanks of some width, without and with control characters.
_BLANKS = re.compile("[ \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_AT_ENDS = " \t\n\v\f\r\x85"
# What takes no space and changes no letter: soft hyphen, combining grapheme joiner, bidirectional controls,
# zero-width space, word joiner and invisible operators, variation selectors, byte order mark, Hangul fillers.
_UNSEEN = re.compile(
    "[\xad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0100-\U000e01ef]"
)
_NON_JOINER, _JOINER = "\u200c", "\u200d"
# Marks on a letter that are looked beyond, at most.
_REACH = 8
# Canonical combining class of a virama, which joins consonants in Indic scripts.
_VIRAMA = 9
# Classes that a message lists at most.
_LISTED = 20
# How like a class a label must be to be taken for a slip.
_LIKE = 0.75
# Comparing takes the square of the lengths: no more of the labels of a request, of longer names, and of the
# classes of a pool are compared. Of the others, those that differ in case alone are still found.
_GUESSES = 3
_MAX_COMPARED_CHARACTERS = 64
_MAX_COMPARED_CLASSES = 1_000


def is_text(value: object, max_characters: int) -> bool:
    """Whether it is a short text: a string that is not blank, not too long, without control characters.

    >>> is_text("ripe", 10), is_text(" ", 10), is_text(chr(0), 10), is_text(7, 10)
    (True, False, False, False)
    """
    if not isinstance(value, str) or not 0 < len(value) <= max_characters or value.isspace():
        return False
    return value.isprintable() or (not CONTROL_CHARACTER.search(value) and is_unicode(value))


def is_unicode(value: str) -> bool:
    """Whether a string can be written down: half of a surrogate pair cannot.

    >>> is_unicode(chr(0xD83D))
    False
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_moment(value: object) -> bool:
    """Whether it is a time that can be shown: seconds since the epoch, up to the year 9999.

    >>> is_moment(7.5), is_moment(1e300), is_moment(float("nan")), is_moment(True)
    (True, False, False, False)
    """
    return is_real(value, 0.0, END_OF_TIME) and value != END_OF_TIME


def is_real(value: object, least: float, most: float) -> bool:
    """Whether it is a finite number of that range; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return least <= value <= most and math.isfinite(value)


def normalise_label(text: str) -> str:
    r"""The one form of all labels that look like this one; likewise of names of annotators.

    In this order: Unicode's form NFC; characters that nobody sees are taken out; white space at the ends
    goes, and between words becomes one space. Tabs and line ends between words stay, for others to refuse.
    Case, accents and full-width letters stay: they can be seen. A joiner or non-joiner (U+200D, U+200C) stays
    where it changes what is seen, as Unicode recommends: between letters of cursive scripts and after a
    virama (UAX #31, section 2.3), and within emoji (UTS #51).

    Args:
        text: as somebody gave it.

    Returns:
        The label; empty where there is nothing to see. The form of this form is itself.

    >>> normalise_label("cafe\u0301\u00a0 au  lait\u200b "), normalise_label("Cat")
    ('café au lait', 'Cat')
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    while (plainer := _plainer(text)) != text:
        text = plainer
    return text


def normalise_classes(classes: Iterable[str]) -> tuple[str, ...]:
    """Each class once, in its one form and in the order given."""
    return tuple(dict.fromkeys(map(normalise_label, classes)))


class WrongLabels:
    """Says what is wrong with the labels of one request that are none of a pool's classes.

    Only for the first of them it looks for the class that was meant: a request can have very many.

    Args:
        classes: of the pool.
    """

    def __init__(self, classes: Collection[str]) -> None:
        self._classes = classes
        self._guesses_left = _GUESSES

    def describe(self, label: str) -> str:
        """Which classes there are, and which one may have been meant."""
        self._guesses_left -= 1
        if self._guesses_left < 0:
            return _none_of(label, self._classes)
        return _with_guess(label, self._classes, nearest_class(label, self._classes, self._by_folded))

    @cached_property
    def _by_folded(self) -> Mapping[str, str]:
        return _by_folded(self._classes)


def not_a_class(label: str, classes: Collection[str]) -> str:
    """What to say of a label that is none of a pool's classes: which there are, and what may have been meant.

    >>> not_a_class("fresh", ["Fresh", "rotten"])
    "'fresh' is none of this pool's classes: Fresh, rotten; did you mean 'Fresh'?"
    """
    return WrongLabels(classes).describe(label)


def _none_of(label: str, classes: Collection[str]) -> str:
    listed = ", ".join(islice(classes, _LISTED))
    more = f" and {len(classes) - _LISTED} more" if len(classes) > _LISTED else ""
    return f"{label!r} is none of this pool's classes: {listed}{more}"


def _with_guess(label: str, classes: Collection[str], near: str) -> str:
    fault = _none_of(label, classes)
    if not near:
        return fault
    if label.isascii() and near.isascii():
        return f"{fault}; did you mean {near!r}?"
    # They may look the same and be of other letters.
    return f"{fault}; did you mean {near!r}? That is {near!a}, and the label is {label!a}"


def nearest_class(label: str, classes: Collection[str], by_folded: Mapping[str, str] | None = None) -> str:
    """The class that a label was probably meant for; empty without any.

    Args:
        label: as it was given.
        classes: of the pool.
        by_folded: the first class of each folded form, where it is known already.
    """
    same_folded = (_by_folded(classes) if by_folded is None else by_folded).get(_folded(label), "")
    if same_folded or len(label) > _MAX_COMPARED_CHARACTERS:
        return same_folded
    compared = islice(
        (name for name in classes if len(name) <= _MAX_COMPARED_CHARACTERS), _MAX_COMPARED_CLASSES
    )
    return next(iter(difflib.get_close_matches(label, list(compared), n=1, cutoff=_LIKE)), "")


def _by_folded(classes: Collection[str]) -> Mapping[str, str]:
    first: dict[str, str] = {}
    for name in classes:
        first.setdefault(_folded(name), name)
    return first


def differ_in_case_only(classes: Iterable[str]) -> list[tuple[str, ...]]:
    """Classes that are the same but for capital letters or full-width forms, by groups.

    >>> differ_in_case_only(["Cat", "cat", "dog"])
    [('Cat', 'cat')]
    """
    groups: dict[str, list[str]] = {}
    for name in classes:
        groups.setdefault(_folded(name), []).append(name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


def _folded(label: str) -> str:
    return unicodedata.normalize("NFKC", label).casefold()


def _plainer(text: str) -> str:
    kept = _without_joiners(_UNSEEN.sub("", unicodedata.normalize("NFC", text)))
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", kept)).strip(_AT_ENDS)


def _without_joiners(text: str) -> str:
    if _NON_JOINER not in text and _JOINER not in text:
        return text
    return "".join(
        character
        for place, character in enumerate(text)
        if character not in {_NON_JOINER, _JOINER} or _is_seen(text, place)
    )


def _is_seen(text: str, place: int) -> bool:
    """Whether the joiner or non-joiner at that place changes how the text around it looks."""
    before, after = text[max(0, place - _REACH) : place], text[place + 1 : place + 1 + _REACH]
    if not before or not after:
        return False
    if unicodedata.combining(before[-1]) == _VIRAMA:
        return unicodedata.category(after[0])[0] in "LM"
    if text[place] == _JOINER:
        return _is_pictograph(before[-1]) and _is_pictograph(after[0])
    return _is_cursive(_first_letter(reversed(before))) and _is_cursive(_first_letter(after))


def _first_letter(characters: Iterable[str]) -> str:
    """The first that is no mark on another."""
    return next((each for each in characters if not unicodedata.combining(each)), "")


def _is_pictograph(character: str) -> bool:
    """A symbol, or a skin tone after one."""
    return unicodedata.category(character) in {"So", "Sm", "Sk"}


def _is_cursive(character: str) -> bool:
    """A letter of a script whose letters join: Arabic, Syriac, N'Ko and their like, Mongolian."""
    if not character or not unicodedata.category(character).startswith("L"):
        return False
    return unicodedata.bidirectional(character) == "AL" or unicodedata.name(character, "").startswith(
        ("NKO ", "MANDAIC ", "MONGOLIAN ", "PHAGS-PA ", "MANICHAEAN ", "ADLAM ")
    )
