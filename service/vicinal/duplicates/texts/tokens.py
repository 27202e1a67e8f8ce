"""A text as the units that carry its meaning: words, numbers, characters of scripts without blanks, signs."""

import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from vicinal.duplicates.texts.normalisation import (
    LEADING_MENTIONS,
    MENTION,
    UNSPACED,
    URL,
    composed,
    is_retweet,
    is_shouted,
    resolved,
    without_retweet_mark,
)
from vicinal.duplicates.texts.words import is_negation

STOP = "."
"""Stands for a full stop, comma or the like beside a negation, where it may change what is negated."""
_QUESTION = "?"
_TOKEN = re.compile(
    rf"(?P<mention>(?<!\w)@\w+)"
    rf"|(?P<own>[{UNSPACED}])"
    rf"|(?P<number>(?<!\w)[+-]?\d+(?:[.,:/-]\d+)*(?:(?![{UNSPACED}])\w)*)"
    rf"|(?P<word>(?:(?![{UNSPACED}])\w)+(?:'(?:(?![{UNSPACED}])\w)+)*)"
    rf"|(?P<blank>\s+)"
    # Before a blank, a quote or the end a run of these only parts. Runs are tried at their beginning alone.
    rf"|(?P<stop>(?<![.,;:!\u2026])[.,;:!\u2026]++(?=[\s\"{UNSPACED}]|\Z)"
    rf"|(?<![.])[.]{{2,}}+|\u2026++|[\u3001\u3002\u060c\u061b\u0964\u06d4]++)"
    rf"|(?P<question>(?<![?!])!*+[?\u061f\u037e][?!\u061f]*+)"
    rf"|(?P<hash>(?<!\w)\#(?=[^\W\d_]))"
    rf"|(?P<sign>.)",
    re.DOTALL,
)
# Signs that are written in several ways: dashes, quotes, apostrophes.
_ONE_WAY = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63", "-"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u00b4`", "'"),
        # Not to be seen: marks of direction, soft hyphens, blanks without width, how an emoji is drawn.
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\ufeff", ""),
        **dict.fromkeys("\ufe0e\ufe0f\u00a1\u00bf", ""),
    }
)
# Full-width and half-width letters, and letters as they are joined, are the same letters.
_WIDTH = re.compile(r"[\uff01-\uffee\ufb00-\ufdff\ufe70-\ufefc]+")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")
_DOTS = ("..", "\u2026")


@dataclass(frozen=True, eq=False)
class Tokens:
    """A text as units.

    Attributes:
        keys: of each unit, in order, what it is compared by: words small, signs that only part left out.
        words: of each unit how it is written.
        starts: places in `keys` at which a sentence begins.
        characters: of all units.
        links: URLs, sorted.
        mentions: those at the beginning, small and sorted; others are units.
        is_shouted: it is all in capitals.
        is_small: it has no capital letter.
        is_retweet: it begins with the mark of a repeated message.
        is_escaped: it has HTML entities.
        is_cut: it ends with dots.
        is_cut_in_front: it begins with dots.
    """

    keys: Sequence[str]
    words: Sequence[str]
    starts: frozenset[int]
    characters: int
    links: Sequence[str]
    mentions: Sequence[str]
    is_shouted: bool
    is_small: bool
    is_retweet: bool
    is_escaped: bool
    is_cut: bool
    is_cut_in_front: bool


def tokens_of(text: str) -> Tokens:
    """The units of a text; takes time as its length."""
    plain = resolved(text)
    is_escaped, plain = plain != text, _one_way(plain)
    body = without_retweet_mark(plain)
    leading = LEADING_MENTIONS.match(body)
    mentions = MENTION.findall(leading[0].lower()) if leading else []
    body = body[leading.end() :] if leading else body
    links = sorted(URL.findall(body))
    body = _unquoted((URL.sub(" ", body) if links else body).strip())
    keys, words, starts = _units(body)
    return Tokens(
        keys,
        words,
        starts,
        sum(map(len, keys)) + max(len(keys) - 1, 0),
        links,
        sorted(mentions),
        is_shouted(body),
        body == body.lower(),
        is_retweet(plain),
        is_escaped,
        body.endswith(_DOTS),
        body.startswith(_DOTS),
    )


def _one_way(text: str) -> str:
    whole = composed(text, "NFC").translate(_ONE_WAY)
    if whole.isascii():
        return whole
    return _WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), whole).translate(_ONE_WAY)


def _unquoted(body: str) -> str:
    """The text without quotes around all of it."""
    is_quoted = len(body) > 1 and body[0] == body[-1] == '"' and body.count('"') == 2
    return body[1:-1].strip() if is_quoted else body


def _units(body: str) -> tuple[list[str], list[str], frozenset[int]]:
    keys, words, starts, known = list[str](), list[str](), {0}, dict[str, str]()
    pending = False
    for found in _TOKEN.finditer(body):
        kind, word = found.lastgroup, found[0]
        if kind in {"blank", "hash"}:
            continue
        if kind == "stop":
            pending = True
            if word[0] not in ",:;":
                starts.add(len(keys))
            continue
        if kind == "question":
            starts.add(len(keys) + 1)
        key = _QUESTION if kind == "question" else _key(word)
        # "No, stop" and "no stop", "Not. Yes" and "not yes".
        if pending and keys and (is_negation(key) or is_negation(keys[-1])):
            keys.append(STOP)
            words.append(STOP)
            if len(keys) - 1 in starts:
                starts.add(len(keys))
        pending = False
        keys.append(key)
        words.append(known.setdefault(word, word))
    return keys, words, frozenset(starts)


@lru_cache(maxsize=65_536)
def _key(word: str) -> str:
    if len(word) > 1:
        return _LONG_RUN.sub(lambda found: found[1] * 3, word.lower())
    return word.lower()


class TokenReader:
    """Reads texts, and keeps the units of those that were read last. May be called from any thread.

    Args:
        most_characters: of the texts that are kept.
    """

    def __init__(self, most_characters: int = 8_000_000) -> None:
        self._most = most_characters
        self._held = 0
        self._tokens: OrderedDict[str, Tokens] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, text: str) -> Tokens:
        """The units of a text."""
        with self._lock:
            found = self._tokens.get(text)
            if found is not None:
                self._tokens.move_to_end(text)
                return found
        made = tokens_of(text)
        with self._lock:
            if text not in self._tokens:
                self._tokens[text] = made
                self._held += len(text)
            while self._held > self._most:
                gone, _ = self._tokens.popitem(last=False)
                self._held -= len(gone)
        return made
