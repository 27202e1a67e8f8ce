"""Duplicates among a pool's texts, as it grows."""

import threading
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MOST_EXACT, Bodies, OnProgress
from vicinal.core.errors import ContentUnreadable, StorageCorrupt
from vicinal.core.records import FoundGroup, Match, RawContent, Sketch
from vicinal.duplicates.candidates import find_further_pairs, rename_pairs
from vicinal.duplicates.exact import IDENTICAL_TEXT, SAME_MESSAGE, SAME_TEXT, ExactDuplicates, content_digest
from vicinal.duplicates.grouping import Grouping, Keep, Pair
from vicinal.duplicates.postings import Postings
from vicinal.duplicates.texts.judging import is_plain_word
from vicinal.duplicates.texts.normalisation import is_retweet, message_form, normalised, same_form
from vicinal.duplicates.texts.signatures import MinHashSigner, candidate_pairs, candidates
from vicinal.duplicates.texts.tokens import TokenReader
from vicinal.duplicates.texts.verification import compare
from vicinal.duplicates.texts.words import WordCounts, WordCountsWithText, WordVocabulary
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind

# Levels of exact duplicates: the same characters, the same text, the same message. The words before a digest
# say by which forms it was made; another version of these forms needs other words.
_RAW, _TEXT, _MESSAGE = "text:raw:", "text:same:", "text:message:"
_EXACT = (IDENTICAL_TEXT, SAME_TEXT, SAME_MESSAGE)


class TextDuplicateFinder:
    """The `DuplicateFinder` of pools of texts.

    Args:
        bodies: of items that were taken in, by position; nothing of them is kept here.
        near: whether texts with small edits are looked for; else sketches are digests alone.
        seed: of the hash functions that texts are looked up by.
        keep: which one of several duplicates `groups` makes the representative.
    """

    def __init__(self, bodies: Bodies, *, near: bool = True, seed: int = 0, keep: Keep = Keep.BEST) -> None:
        self._near = near
        self._keep = keep
        self._bodies = bodies
        self._signer = MinHashSigner(seed)
        self._exact = ExactDuplicates()
        self._postings = Postings()
        self._words = WordVocabulary()
        self._reader = TokenReader()
        self._growing = threading.Lock()
        self._lock = threading.Lock()

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """Digests of a text and of its forms, and the text itself.

        Raises:
            ContentUnreadable: it is no text.
        """
        if not isinstance(content, str):
            raise ContentUnreadable("the content is no text; give a string")
        return Sketch(_digests(content), _body(content) if self._near else b"")

    def __len__(self) -> int:
        return len(self._exact)

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Takes in the pool's next texts. Of exact duplicates only the first is looked up by its pieces.

        Raises:
            StorageCorrupt: a body is damaged; nothing was taken in.
        """
        with self._growing:
            digests = [_digests_of(sketch) for sketch in sketches]
            new = self._exact.are_new(digests)
            bodies = [sketch.body if is_new else b"" for sketch, is_new in zip(sketches, new, strict=True)]
            texts = [_text(body) for body in bodies]
            signatures = [self._signature(body) for body in bodies]
            words = [self._plain_words(text) for text in texts]
            lengths = [len(each) for each in signatures]
            positions = np.arange(len(self), len(self) + len(sketches), dtype=np.int32)
            keys = np.concatenate([*signatures, np.empty(0, dtype=np.uint64)])
            owners = np.repeat(positions, lengths)
            postings = self._postings.added(keys, owners, np.empty((len(keys), 0), dtype=np.uint64))
            with self._lock:
                self._postings = postings
                for each, used in zip(digests, words, strict=True):
                    self._exact.add(each)
                    self._words.add(used)

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        """The items that a text is a duplicate of: the same text or message, then the most similar."""
        with self._lock:
            holders, postings, items = (
                self._exact.holders(sketch.digests, MOST_EXACT),
                self._postings,
                len(self._exact),
            )
            own = self._exact.find_first_match(sketch.digests)
        tried = list(holders)
        if sketch.body:
            others = [each for each in candidates(postings, self._signature(sketch.body)) if each != own]
            tried += [*others, *(each for each in nearest if 0 <= each < items)]
        found = self.compared(sketch, list(dict.fromkeys(tried)))
        similar = [each for match in found if match.position not in holders for each in self._same_as(match)]
        found += self.compared(sketch, list(dict.fromkeys(similar)))
        known = {match.position: match for match in found}
        return sorted(
            known.values(),
            key=lambda match: (
                not self.is_exact(sketch, match.position),
                -match.evidence.similarity,
                match.position,
            ),
        )

    def compared(self, sketch: Sketch, positions: Sequence[int]) -> list[Match]:
        """Those of some items that a text is a duplicate of."""
        with self._lock:
            levels = [self._exact.level_of(sketch.digests, each) for each in positions]
            is_counted = self._exact.find_first_match(sketch.digests) is not None
        words: WordCounts = self._words
        if sketch.body and not is_counted:
            words = WordCountsWithText(words, self._plain_words(_text(sketch.body)))
        found = (
            self._match(each, level, body, sketch.body, words)
            for each, level, body in zip(positions, levels, self._bodies(positions), strict=True)
        )
        return [match for match in found if match is not None]

    def is_exact(self, sketch: Sketch, position: int) -> bool:
        """Whether a text is the same as an item's, or the same message."""
        with self._lock:
            return self._exact.level_of(sketch.digests, position) is not None

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the content of the second; None where they are no duplicates."""
        return self._compared_by(self._words, first, second)

    def groups(
        self,
        positions: Sequence[int],
        keep: Collection[int],
        on_progress: OnProgress,
        *,
        also: Iterable[Pair] = (),
        known: int = 0,
    ) -> list[FoundGroup]:
        """All groups of duplicates among some of the items, the first that is no retweet kept.

        Args:
            positions: as `DuplicateFinder` has it.
            keep: likewise.
            on_progress: likewise.
            also: pairs to compare besides.
            known: so many items at the beginning are not compared among themselves.
        """
        with self._lock:
            exact_duplicates, postings, items = (
                self._exact.exact_duplicates(positions),
                self._postings,
                len(self._exact),
            )
            filed = {self._exact.first_of(first): first for first in exact_duplicates}
            words = self._words.copy()
        eligible = np.zeros(items, dtype=bool)
        eligible[list(filed)] = True
        on_progress("looking up", 0, len(positions))
        pairs = rename_pairs(candidate_pairs(postings, eligible), filed)
        pairs = [
            pair for pair in (*pairs, *find_further_pairs(pairs, also, exact_duplicates)) if pair[1] >= known
        ]
        on_progress("looking up", len(positions), len(positions))
        return Grouping(exact_duplicates, keep, _Search(self, words)).found(pairs, on_progress)

    def original(self, members: Sequence[int]) -> int:
        """The first that is no retweet and not cut short; or the longest, or the first of all."""
        if self._keep is Keep.OLDEST:
            return members[0]
        texts = dict(zip(members, map(_text, self._bodies(members)), strict=True))
        if self._keep is Keep.LARGEST:
            return max(members, key=lambda member: len(texts[member]))
        return min(
            members, key=lambda member: (is_retweet(texts[member]), _is_cut_short(texts[member]), member)
        )

    def _compared_by(self, words: WordCounts, first: int, second: int) -> Match | None:
        with self._lock:
            level = self._exact.level(first, second)
        left, right = self._bodies([first, second])
        return self._match(first, level, left, right, words)

    def _match(
        self, position: int, level: int | None, first: bytes, second: bytes, words: WordCounts
    ) -> Match | None:
        evidence = self._evidence(level, first, second, words)
        return None if evidence is None else Match(position, DuplicateKind.DUPLICATE, evidence)

    def _evidence(
        self, level: int | None, first: bytes, second: bytes, words: WordCounts
    ) -> DuplicateEvidence | None:
        exact = None if level is None else _EXACT[level]
        if exact in _EXACT[:2] or not first or not second:
            return exact
        left, right = (self._reader.read(_text(body)) for body in (first, second))
        return compare(left, right, words) or exact

    def _same_as(self, match: Match) -> list[int]:
        with self._lock:
            first = self._exact.first_of(match.position)
            return [
                each
                for each in self._exact.list_exact_duplicates(first, MOST_EXACT)
                if each != match.position
            ]

    def _signature(self, body: bytes) -> NDArray[np.uint64]:
        return self._signer.sign(normalised(_text(body))) if body else np.empty(0, dtype=np.uint64)

    def _plain_words(self, text: str) -> set[str]:
        """The words of a text in which slips may be found."""
        return {key for key in set(self._reader.read(text).keys) if is_plain_word(key)} if text else set()


class _Search:
    """Judges the pairs of one search for groups, by the words that were known when it began."""

    def __init__(self, finder: TextDuplicateFinder, words: WordCounts) -> None:
        self._finder = finder
        self._words = words

    def agrees(self, pair: Pair) -> bool:
        """Whether two items are near duplicates."""
        return self.compare(*pair) is not None

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the second, exact duplicates among them."""
        return self._finder._compared_by(self._words, first, second)

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """The first that is no retweet."""
        del central, firsts
        return self._finder.original(members)


def _digests(text: str) -> tuple[str, ...]:
    """Of the text as it is, of the text but for white space, and of what it says to anybody."""
    forms = ((_RAW, text), (_TEXT, same_form(text)), (_MESSAGE, message_form(text)))
    return tuple(f"{level}{content_digest(_body(form))}" for level, form in forms)


def _digests_of(sketch: Sketch) -> tuple[str, ...]:
    """The digests of a sketch; of one that an earlier version made, those that can be had of it now.

    What earlier versions took for the same text may say something else, so that their digests are of no use.
    """
    if not sketch.digests or sketch.digests[0].startswith(_RAW):
        return sketch.digests
    if sketch.body:
        return _digests(_text(sketch.body))
    return (f"{_RAW}{sketch.content_hash}",) if sketch.content_hash else ()


def _is_cut_short(text: str) -> bool:
    """Whether a text ends in the dots of what was shortened.

    >>> _is_cut_short("and then they ...  "), _is_cut_short("The end.")
    (True, False)
    """
    return text.rstrip().endswith(("...", "\N{HORIZONTAL ELLIPSIS}"))


def _body(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _text(body: bytes) -> str:
    try:
        return body.decode(errors="surrogatepass")
    except UnicodeDecodeError as error:
        raise StorageCorrupt(
            f"what is kept of a text to find its duplicates is damaged: no UTF-8 at byte {error.start}; "
            "restore the data directory from a backup, or add the text to a new pool"
        ) from error


def check_body(body: bytes) -> None:
    """Sees to it that these are the bytes that are kept of a text.

    Raises:
        StorageCorrupt: they are others.
    """
    _text(body)
