"""Copies among a pool's texts, as it grows."""

import threading
from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.copies import CopyKind, Evidence, FoundGroup, Match, Sketch
from vicinal.core.errors import ContentUnreadable, StorageCorrupt
from vicinal.core.records import RawContent, Vectors
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_TEXT
from vicinal.duplicates.exact import ExactCopies
from vicinal.duplicates.grouping import Grouping
from vicinal.duplicates.joining import Pair
from vicinal.duplicates.postings import Postings
from vicinal.duplicates.progress import OnProgress
from vicinal.duplicates.texts.candidates import candidate_pairs, candidates
from vicinal.duplicates.texts.normalisation import is_retweet, normalised
from vicinal.duplicates.texts.signatures import Signer
from vicinal.duplicates.texts.verification import similarity, verify

Bodies = Callable[[Sequence[int]], Sequence[bytes]]


class TextCopyFinder:
    """The `CopyFinder` of pools of texts.

    Args:
        bodies: of items that were taken in, by position; nothing of them is kept here.
        near: whether texts with small edits are looked for; else sketches are digests alone.
        seed: of the hash functions that texts are looked up by.
    """

    def __init__(self, bodies: Bodies, *, near: bool = True, seed: int = 0) -> None:
        self._near = near
        self._bodies = bodies
        self._signer = Signer(seed)
        self._exact = ExactCopies()
        self._postings = Postings()
        self._growing = threading.Lock()
        self._lock = threading.Lock()

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """The digest of the normalised text, and the text itself.

        Raises:
            ContentUnreadable: it is no text.
        """
        if not isinstance(content, str):
            raise ContentUnreadable("the content is no text; give a string")
        digest = content_digest(normalised(content).encode(errors="surrogatepass"))
        return Sketch((f"text:{digest}",), _body(content) if self._near else b"")

    def __len__(self) -> int:
        return len(self._exact)

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Takes in the pool's next texts.

        Raises:
            StorageCorrupt: a body is damaged; nothing was taken in.
        """
        signatures = [self._signature(sketch.body) for sketch in sketches]
        with self._growing:
            lengths = [len(each) for each in signatures]
            positions = np.arange(len(self), len(self) + len(sketches), dtype=np.int32)
            keys = np.concatenate([*signatures, np.empty(0, dtype=np.uint64)])
            owners = np.repeat(positions, lengths)
            postings = self._postings.added(keys, owners, np.empty((len(keys), 0), dtype=np.uint64))
            with self._lock:
                self._postings = postings
                for sketch in sketches:
                    self._exact.add(sketch.digests)

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        """The items that a text is a copy of: the same normalised text, then the most alike."""
        with self._lock:
            holders, postings, items = self._exact.holders(sketch.digests), self._postings, len(self._exact)
        tried = list(holders)
        if sketch.body:
            others = candidates(postings, self._signature(sketch.body))
            tried = list(dict.fromkeys([*holders, *others, *(each for each in nearest if 0 <= each < items)]))
        bodies = self._bodies(tried)
        found = [
            _match(each, body, sketch.body, each in holders) for each, body in zip(tried, bodies, strict=True)
        ]
        known = [match for match in found if match is not None]
        return sorted(
            known,
            key=lambda match: (match.position not in holders, -match.evidence.similarity, match.position),
        )

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the content of the second; None where they are no copies."""
        with self._lock:
            is_exact = self._exact.level(first, second) is not None
        left, right = self._bodies([first, second])
        return _match(first, left, right, is_exact)

    def groups(
        self, positions: Sequence[int], keep: Collection[int], on_progress: OnProgress
    ) -> list[FoundGroup]:
        """All groups of copies among some of the items, the first that is no retweet kept."""
        with self._lock:
            twins, postings, items = self._exact.twins(positions), self._postings, len(self._exact)
        eligible = np.zeros(items, dtype=bool)
        eligible[list(twins)] = True
        on_progress("looking up", 0, len(positions))
        pairs = candidate_pairs(postings, eligible)
        on_progress("looking up", len(positions), len(positions))
        return Grouping(twins, keep, self).found(pairs, on_progress)

    def agrees(self, pair: Pair) -> bool:
        """Whether two items are near copies."""
        left, right = self._bodies(pair)
        return similarity(normalised(_text(left)), normalised(_text(right))) is not None

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """The first that is no retweet."""
        del central, firsts
        bodies = self._bodies(members)
        return min(zip(members, bodies, strict=True), key=lambda each: (is_retweet(_text(each[1])), each[0]))[
            0
        ]

    def _signature(self, body: bytes) -> NDArray[np.uint64]:
        return self._signer.sign(normalised(_text(body))) if body else np.empty(0, dtype=np.uint64)


def _match(position: int, first: bytes, second: bytes, is_exact: bool) -> Match | None:
    evidence: Evidence | None = SAME_TEXT if is_exact else None
    if first and second:
        evidence = verify(_text(first), _text(second)) or evidence
    return None if evidence is None else Match(position, CopyKind.DUPLICATE, evidence)


def _body(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _text(body: bytes) -> str:
    try:
        return body.decode(errors="surrogatepass")
    except UnicodeDecodeError as error:
        raise StorageCorrupt(
            f"what is kept of a text to find its copies is damaged: no UTF-8 at byte {error.start}; "
            "restore the data directory from a backup, or add the text to a new pool"
        ) from error
