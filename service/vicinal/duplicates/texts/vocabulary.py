"""Which words a set of texts has, and about how many of the texts have each: in a few bytes."""

import zlib
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

KNOWN_TEXTS = 2
"""Texts that have a word from which on it is a word that people use."""
_ENOUGH_TEXTS = 5000
# Counted beside words: all texts, the words of each text together, and pieces of words.
_ALL, _MESSAGE, _PIECE = "\0", "\1", "\2"
_BITS = 22
_PLACES = 1 << _BITS
_MOST = 65_535


class Words(Protocol):
    """What is known of words."""

    def texts_with(self, word: str) -> int:
        """About how many texts have a word; never too few, up to 65,535."""
        ...

    def is_strange(self, word: str) -> bool:
        """Whether many texts are known, and none but one has a word with three of its letters in a row."""
        ...


class WordVocabulary:
    """The words of texts that come one by one, counted where two hashes of each lead to.

    Two words may share their places, and then both look more frequent than they are (Cormode and
    Muthukrishnan, "An improved data stream summary: the count-min sketch", 2005). With a million different
    words this happens to one in twenty. The counts take 16 MB, and no memory until words come.
    """

    def __init__(self) -> None:
        self._counts: NDArray[np.uint16] = np.zeros((2, _PLACES), dtype=np.uint16)
        self._is_shared = False

    def add(self, words: Collection[str]) -> None:
        """Takes in the words of one more text, each once; a text of the same words counts no more."""
        message = _MESSAGE + _MESSAGE.join(sorted(words))
        if not words or self.texts_with(message):
            return
        places = np.concatenate([_all_places((message, _ALL)), *map(_places_of_word, words)])
        if self._is_shared:
            self._counts, self._is_shared = self._counts.copy(), False
        for row, column in enumerate(places.T):
            once = np.unique(column)
            counts = self._counts[row, once]
            self._counts[row, once] = counts + (counts < _MOST)

    def texts_with(self, word: str) -> int:
        """About how many texts have a word; never too few, up to 65,535."""
        first, second = _places(word)
        return int(min(self._counts[0, first], self._counts[1, second]))

    def is_strange(self, word: str) -> bool:
        """Whether many texts are known, and none but one has a word with three of its letters in a row."""
        return _is_strange(self, word)

    def copy(self) -> "WordVocabulary":
        """The same counts, to which nothing is added while a search goes on."""
        made = WordVocabulary()
        made._counts = self._counts
        made._is_shared = self._is_shared = True
        return made


class NoWords:
    """Of texts among which nothing was seen."""

    def texts_with(self, word: str) -> int:
        """None."""
        del word
        return 0

    def is_strange(self, word: str) -> bool:
        """Nobody knows."""
        del word
        return False


class WithText:
    """Words of a set of texts and of one more.

    Args:
        words: of the others.
        own: of that one.
    """

    def __init__(self, words: Words, own: Iterable[str]) -> None:
        self._words = words
        mine = frozenset(own)
        self._own = mine | {piece for word in mine for piece in _pieces(word)}

    def texts_with(self, word: str) -> int:
        """About how many have a word."""
        return self._words.texts_with(word) + (word in self._own)

    def is_strange(self, word: str) -> bool:
        """Whether many texts are known, and none but one has a word with three of its letters in a row."""
        return _is_strange(self, word)


def _is_strange(words: Words, word: str) -> bool:
    if words.texts_with(_ALL) < _ENOUGH_TEXTS:
        return False
    return any(words.texts_with(piece) <= 1 for piece in _pieces(word))


def _pieces(word: str) -> Iterator[str]:
    framed = f" {word} "
    return (_PIECE + framed[start : start + 3] for start in range(len(framed) - 2))


@lru_cache(maxsize=65_536)
def _places_of_word(word: str) -> NDArray[np.int64]:
    """(n, 2) where a word and its pieces are counted."""
    return _all_places((word, *_pieces(word)))


def _all_places(entries: Iterable[str]) -> NDArray[np.int64]:
    return np.array([_places(entry) for entry in entries], dtype=np.int64)


def _places(word: str) -> tuple[int, int]:
    code = zlib.crc32(word.encode(errors="surrogatepass"))
    return code & (_PLACES - 1), (code * 0x9E3779B1 & 0xFFFFFFFF) >> (32 - _BITS)
