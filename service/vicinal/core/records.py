"""The plain records that pools, stores and featurizers pass to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arms import SuggestionRecord
from vicinal.core.arrays import Vectors
from vicinal.core.errors import ContentUnreadable, StorageFailed
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind
from vicinal.records.labels import EventKind

RawContent = bytes | str

# One for all items without any: pools of millions of items have room for other things.
NO_METADATA: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Sketch:
    """What a pool keeps of a content to find its duplicates.

    Attributes:
        digests: contents that share one are exact duplicates; the most specific comes first.
        body: what near duplicates are found by, as its finder wrote it; empty where only exact ones are.
        content_hash: SHA-256 of the raw content as the item has it, hexadecimal; given to finders with
            sketches of the store, and not stored with them.
    """

    digests: tuple[str, ...]
    body: bytes = b""
    content_hash: str = ""


NO_SKETCH = Sketch(())
"""The sketch of an item that was added as a vector: its content is unknown, so it has no duplicates."""


@dataclass(frozen=True)
class Match:
    """An item of the pool that a content was found to be a duplicate of.

    Attributes:
        position: of the item.
        kind: what the content is of it.
        evidence: with the item first and the content second.
    """

    position: int
    kind: DuplicateKind
    evidence: DuplicateEvidence


@dataclass(frozen=True)
class FoundDuplicate:
    """A member of a group that need not be looked at.

    Attributes:
        position: of the duplicate.
        kind: what it is of the member it was compared with.
        evidence: how similar the two are, and what was changed.
        compared_with: position of the member that the evidence was found with; mostly the representative.
    """

    position: int
    kind: DuplicateKind
    evidence: DuplicateEvidence
    compared_with: int


@dataclass(frozen=True)
class FoundGroup:
    """Items that are duplicates of one another.

    Attributes:
        representative: position of the member to show.
        duplicates: the others.
    """

    representative: int
    duplicates: Sequence[FoundDuplicate]


@dataclass(frozen=True, slots=True)
class DuplicateRecord:
    """A stored duplicate: an item that has a representative.

    Attributes:
        item_id: of the duplicate; an item is the duplicate of one other at most.
        representative_id: of its representative, which is no duplicate itself.
        kind: what the duplicate is of `compared_with`.
        evidence: how similar the two are, and what was changed.
        compared_with: id of the item that the evidence was found with; mostly `representative_id`.
        found_at: seconds since the epoch.
        is_restored: a person says that it is an item of its own; no search makes it a duplicate again.
    """

    item_id: str
    representative_id: str
    kind: DuplicateKind
    evidence: DuplicateEvidence
    compared_with: str
    found_at: float
    is_restored: bool = False


@dataclass(frozen=True)
class Embedded:
    """Vectors of a batch of contents.

    A row with NaN or infinity, whatever model it comes from, becomes a failure here.

    Attributes:
        vectors: (n, dimension) float32, one row per content in order; rows of failures are zero.
        failures: why a content could not be embedded, by its row.
    """

    vectors: Vectors
    failures: Mapping[int, ContentUnreadable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        broken = np.flatnonzero(~np.isfinite(self.vectors).all(axis=1))
        if not len(broken):
            return
        vectors = self.vectors.copy()
        vectors[broken] = 0.0
        why = ContentUnreadable("the model's vector of it has a component that is NaN or infinite")
        object.__setattr__(self, "vectors", vectors)
        object.__setattr__(self, "failures", {**dict.fromkeys(broken.tolist(), why), **self.failures})


@dataclass(frozen=True)
class Neighbours:
    """Nearest vectors, nearest first.

    Attributes:
        keys: (n, k), -1 where there are fewer than k.
        similarities: (n, k) float32, larger is nearer; -inf where there are fewer than k.
    """

    keys: NDArray[np.int64] | NDArray[np.int32]
    similarities: NDArray[np.float32]


@dataclass(frozen=True)
class DamagedPool:
    """A pool in a store whose settings cannot be read; it can be deleted.

    Attributes:
        pool_id: its id, or what stands for it in listings where that cannot be read either.
        error: what is wrong with it.
    """

    pool_id: str
    error: StorageFailed


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """A stored item. Its row in the pool's vectors is its place in `PoolStore.items`.

    Attributes:
        holdout: whether it is kept for measuring, and its label never learned from.
        gold: its true label, if it is kept for checking annotators; empty for all others.
    """

    item_id: str
    content_hash: str
    metadata: Mapping[str, str] = field(default_factory=lambda: NO_METADATA)
    holdout: bool = False
    gold: str = ""


@dataclass(frozen=True)
class Event:
    """A line of the label log; undoing is a line too.

    Attributes:
        at: seconds since the epoch.
        sequence: 1, 2, ... within the pool; given by the store, 0 before.
        suggestion: of a label, the suggestion that it answers; None for an item that was never suggested.
        predicted: what the votes said of the item just before its label was taken in; empty if nothing.
        carried_from: of a line made for a duplicate, the item whose label it is; never in the log itself.
    """

    kind: EventKind
    item_id: str
    at: float
    label: str = ""
    annotator: str = ""
    reason: str = ""
    sequence: int = 0
    suggestion: SuggestionRecord | None = None
    predicted: str = ""
    carried_from: str = ""


@dataclass(frozen=True)
class LeaseRecord:
    """Items in one annotator's hands.

    Attributes:
        item_ids: those still open, in the order they were suggested.
        expires_at: seconds since the epoch.
        number: greater than that of each lease that was open when this one was opened; 0 for leases of data
            directories that are older than the numbers.
    """

    lease_id: str
    annotator: str
    expires_at: float
    item_ids: tuple[str, ...]
    number: int = 0

    @property
    def order(self) -> tuple[int, str]:
        """Sorts leases by when they were opened; leases without a number by their ids."""
        return self.number, self.lease_id


@dataclass(frozen=True, eq=False)
class ExampleRecord:
    """A stored example: a labelled vector that votes without being an item of the pool.

    Attributes:
        content_hash: SHA-256 of the raw content, hexadecimal.
        vector: (d,) float32, prepared.
        created_at: seconds since the epoch, of when it got its label.
    """

    example_id: str
    label: str
    content_hash: str
    vector: Vectors
    created_at: float
    annotator: str = ""


@dataclass(frozen=True)
class StoredResponse:
    """The response to a request that changed something, stored so that a retry gets the same.

    Attributes:
        request_id: chosen by the caller.
        digest: of the request, to distinguish a retry from another request under the same id.
        message: the response, as the caller serialised it.
        at: seconds since the epoch.
    """

    request_id: str
    digest: str
    message: bytes
    at: float


@dataclass(frozen=True)
class Change:
    """What one mutation writes, all or nothing.

    Attributes:
        events: appended to the log in this order.
        put_leases: new or changed leases, by id.
        drop_leases: ids of leases that ended; unknown ids are passed over.
        stored_response: written with the change.
        suggestions: suggestions made, in order; appended to those before.
        put_examples: new or relabelled examples, by id.
        drop_examples: ids of examples that are no more; unknown ids are passed over.
        put_duplicates: new or changed duplicates, by item id.
        drop_duplicates: ids of items that are duplicates no more; unknown ids are passed over.
    """

    events: Sequence[Event] = ()
    put_leases: Sequence[LeaseRecord] = ()
    drop_leases: Sequence[str] = ()
    stored_response: StoredResponse | None = None
    suggestions: Sequence[SuggestionRecord] = ()
    put_examples: Sequence[ExampleRecord] = ()
    drop_examples: Sequence[str] = ()
    put_duplicates: Sequence[DuplicateRecord] = ()
    drop_duplicates: Sequence[str] = ()
