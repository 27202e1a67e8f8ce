"""Forms of a text: in which two are the same, in which they are the same message, in which they are found."""

import html
import re
import unicodedata
from typing import Literal

URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
MENTION = re.compile(r"(?<!\w)@\w+")
LEADING_MENTIONS = re.compile(r"\s*(?:@\w+[\s:,]*)+")
FEWEST_WORDS = 4
"""Words that a message must have for other mentions or links to be noise: of "@ana thanks" they are half."""
_RETWEET = re.compile(r"\s*(?:RT\s+(?=\S)|rt\s*@\w+\s*:?\s*|RT\s*@\w+\s*:?\s*)")
_BLANKS = re.compile(r"\s+")
# Scripts that are written without blanks between words: each character counts for itself.
UNSPACED = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3031-\u3035\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\uff66-\uff9f\U00020000-\U0003ffff\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"
)
_WORD = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])\w)+")
_LETTER = re.compile(r"[^\W\d_]")
# Entities as tools write them. Python reads more than these, and fails on a number of thousands of digits.
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,31}[0-9]{0,2}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
# To put combining marks in order takes as long as the square of their number. No language stacks so many.
_STACKED = re.compile(r"([^\w\s\x00-\x7f]{31,})")
# A text of so many capitals and no small letter is written in capitals; a shorter one may be an abbreviation.
_SHOUTED_LETTERS = 8

Form = Literal["NFC", "NFKC"]


def same_form(text: str) -> str:
    r"""The text in the form in which two texts are the same: NFC, and runs of white space are one blank.

    Case, signs, digits, accents, links and mentions stay, since each may be what a text is about.

    >>> same_form("  So\n GOOD x² ")
    'So GOOD x²'
    """
    return _BLANKS.sub(" ", composed(text, "NFC")).strip()


def message_form(text: str) -> str:
    """The text in the form in which two texts are the same message, though maybe to other people.

    Besides `same_form`, HTML entities are resolved, the mark of a retweet and mentions at the beginning are
    dropped, a text all in capitals is written small, and so is its first letter. Names and abbreviations
    within a text keep their capitals.

    >>> message_form("RT @ana: Tom &amp; Jerry in the US")
    'tom & Jerry in the US'
    >>> message_form("@ana thanks")
    '@ana thanks'
    """
    whole = without_retweet_mark(resolved(composed(text, "NFC")))
    return _small_start(same_form(without_leading_mentions(whole)))


def normalised(text: str) -> str:
    """The form that texts are looked up by: near duplicates are nearly equal in it. It proves nothing.

    HTML entities are resolved, Unicode brought to NFKC and case folded; URLs, @mentions and retweet marks
    at the beginning are dropped, runs of blanks become one. A text that is nothing but links and mentions
    keeps them, since it would else be found with all others.

    >>> normalised("RT @ana: Tom &amp; Jerry   http://example.org/x")
    'tom & jerry'
    >>> normalised("@ana http://example.org/x")
    '@ana http://example.org/x'
    """
    whole = composed(resolved(text), "NFKC")
    bare = URL.sub(" ", without_retweet_mark(whole))
    bare = _folded(MENTION.sub(" ", bare).strip(" \t\r\n:"))
    return bare if re.search(r"\w", bare) else _folded(whole)


def composed(text: str, form: Form) -> str:
    """The text in a Unicode normal form, but for runs of more than 30 signs and combining marks."""
    if text.isascii():
        return text
    parts = _STACKED.split(text)
    return "".join(
        part if place % 2 else unicodedata.normalize(form, part) for place, part in enumerate(parts)
    )


def resolved(text: str) -> str:
    """The text with its HTML entities resolved, also those that were escaped twice."""
    if "&" not in text:
        return text
    once = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return _ENTITY.sub(lambda found: html.unescape(found[0]), once)


def is_retweet(text: str) -> bool:
    """Whether it begins with the mark of a repeated message."""
    return without_retweet_mark(text) != text


def without_retweet_mark(text: str) -> str:
    """The text without the mark of a repeated message, and without whom it was from."""
    found = _RETWEET.match(text)
    return text[found.end() :] if found else text


def without_leading_mentions(text: str) -> str:
    """The text without whom it is to; one of few words keeps them."""
    found = LEADING_MENTIONS.match(text)
    rest = text[found.end() :] if found else text
    return rest if has_words(rest) else text


def has_words(text: str) -> bool:
    """Whether a text has enough words to say something without its mentions and links."""
    return sum(1 for _, _ in zip(range(FEWEST_WORDS), _WORD.finditer(text), strict=False)) == FEWEST_WORDS


def is_shouted(text: str) -> bool:
    """Whether a text is all in capitals, and long enough to be no abbreviation."""
    return text.isupper() and len(_LETTER.findall(text)) >= _SHOUTED_LETTERS


def _small_start(text: str) -> str:
    if is_shouted(text):
        return text.lower()
    first = _WORD.match(text)
    is_capitalised = first is not None and first[0].istitle() and len(first[0]) > 1
    return text[0].lower() + text[1:] if is_capitalised else text


def _folded(text: str) -> str:
    return _BLANKS.sub(" ", text).strip().casefold()
