"""A text without what is added to it on the way: case, blanks, links, mentions, retweet marks."""

import html
import re
import unicodedata

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@\w+")
_RETWEET = re.compile(r"^\s*(?:RT\s+(?=\S)|rt\s*@\w+\s*:?\s*|RT\s*@\w+\s*:?\s*)")
_BLANKS = re.compile(r"\s+")


def normalised(text: str) -> str:
    """The text in the form in which copies are the same.

    HTML entities are resolved, Unicode brought to NFKC and case folded; URLs, @mentions and retweet marks
    at the beginning are dropped, runs of blanks become one. A text that is nothing but links and mentions
    keeps them, since it would else be a copy of all others.

    >>> normalised("RT @ana: Tom &amp; Jerry   http://example.org/x")
    'tom & jerry'
    >>> normalised("@ana http://example.org/x")
    '@ana http://example.org/x'
    """
    whole = unicodedata.normalize("NFKC", html.unescape(html.unescape(text)))
    bare = _URL.sub(" ", _without_retweet_marks(whole))
    bare = _folded(_MENTION.sub(" ", bare).strip(" \t\r\n:"))
    return bare if re.search(r"\w", bare) else _folded(whole)


def differences(first: str, second: str) -> tuple[str, ...]:
    """What normalisation takes away from two texts that it does not take from both alike, in words."""
    words = []
    if sorted(_URL.findall(first)) != sorted(_URL.findall(second)):
        words.append("other URLs")
    # Who is mentioned does not hang on case.
    if sorted(_MENTION.findall(first.casefold())) != sorted(_MENTION.findall(second.casefold())):
        words.append("other @mentions")
    if is_retweet(first) != is_retweet(second):
        words.append("RT mark")
    if (html.unescape(first) == first) != (html.unescape(second) == second):
        words.append("HTML entities")
    return tuple(words)


def is_retweet(text: str) -> bool:
    """Whether it begins with the mark of a repeated message."""
    return _without_retweet_marks(text) != text


def _without_retweet_marks(text: str) -> str:
    return _RETWEET.sub("", text)


def _folded(text: str) -> str:
    return _BLANKS.sub(" ", text).strip().casefold()
