"""What the state in the middle needs from the edges: featurizers, search, storage, time.

Implementations live in `featurizers`, `index` and `storage`; they meet `sampling` in one composition
root, `vicinal.server.composition`. Each interface has one contract suite in `tests/contract`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.errors import ContentUnreadable
from vicinal.core.similarity import Metric
from vicinal.core.votes import VoteModel, Weighting

Vectors = NDArray[np.float32]
RawContent = bytes | str


class Clock(Protocol):
    """Wall-clock time, injected so that tests can turn it."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...


class Medium(StrEnum):
    """What a featurizer reads."""

    VECTOR = "vector"
    IMAGE = "image"
    TEXT = "text"


@dataclass(frozen=True)
class Fingerprint:
    """What makes vectors comparable: equal digests embed alike."""

    name: str
    version: str
    preprocessing: str
    dimension: int
    medium: Medium

    @property
    def digest(self) -> str:
        """32 hexadecimal characters of the SHA-256 of all fields."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Embedded:
    """Vectors of a batch of contents.

    Attributes:
        vectors: (n, dimension) float32, one row per content in order; rows of failures are zero.
        failures: why a content could not be embedded, by its row.
    """

    vectors: Vectors
    failures: Mapping[int, ContentUnreadable] = field(default_factory=dict)


class Featurizer(Protocol):
    """A frozen model that turns contents into vectors. Calls may come from any thread."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the loaded model."""
        ...

    def embed(self, contents: Sequence[RawContent]) -> Embedded:
        """Vectors of image bytes or of texts; one that cannot be read fails alone.

        The same content gives the same vector whatever it is batched with, to 1e-5.
        """
        ...


class Featurizers(Protocol):
    """The featurizers that can be had by name; a model is loaded at its first use."""

    def names(self) -> Sequence[str]:
        """Known names, in the order they are worth trying."""
        ...

    def get(self, name: str) -> Featurizer:
        """The featurizer of that name.

        Raises:
            FeaturizerNotFound: no such name; the message lists the known ones.
            FeaturizerUnavailable: its model or packages cannot be had; the message says what to do.
        """
        ...


@dataclass(frozen=True)
class Neighbours:
    """Nearest vectors, nearest first.

    Attributes:
        keys: (n, k), -1 where there are fewer than k.
        similarities: (n, k) float32, larger is nearer; -inf where there are fewer than k.
    """

    keys: NDArray[np.int64] | NDArray[np.int32]
    similarities: NDArray[np.float32]


class VectorIndex(Protocol):
    """Search among keyed vectors that come and go."""

    def __len__(self) -> int:
        """Number of vectors held."""
        ...

    def add(self, keys: NDArray[np.int64], vectors: Vectors) -> None:
        """Adds vectors under new, non-negative keys.

        Raises:
            InvalidInput: a key is there already, twice, or negative; shapes do not match. Nothing is added.
        """
        ...

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Takes vectors out.

        Raises:
            InvalidInput: a key is not there. Nothing is removed.
        """
        ...

    def search(self, queries: Vectors, count: int) -> Neighbours:
        """The `count` nearest vectors of each query; equal similarities by smaller key."""
        ...


class Neighbourhoods(Protocol):
    """Each pool item's nearest other pool items, kept up as the pool grows."""

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows that were added to the pool since the last call.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        ...

    def restore(self, pool: Vectors, neighbours: Neighbours) -> None:
        """Takes lists in that were built before, instead of building them; must come before any `grow`.

        Args:
            pool: (n, d) the rows that the lists are of.
            neighbours: (n, K) as `neighbours` gave them.
        """
        ...

    @property
    def neighbours(self) -> Neighbours:
        """(N, K), keys are pool positions; an item is never its own neighbour."""
        ...

    @property
    def progress(self) -> float:
        """How far a `grow` that runs in another thread has come, 0 to 1."""
        ...

    @property
    def description(self) -> str:
        """How neighbours are searched, for people."""
        ...

    @property
    def recall(self) -> float:
        """Share of the true nearest neighbours that were found, on a sample; 1 where search is exact."""
        ...


@dataclass(frozen=True)
class PoolConfig:
    """What a pool is made with; it never changes.

    Attributes:
        vote_model: what turns labels into shares; None is the strategy's own.
    """

    pool_id: str
    dimension: int
    metric: Metric = Metric.COSINE
    strategy: str = "default"
    vote_neighbours: int = 10
    vote_weighting: Weighting = Weighting.SIMILARITY
    vote_model: VoteModel | None = None
    classes: tuple[str, ...] = ()
    seed: int = 0
    featurizer: str = ""
    fingerprint: Fingerprint | None = None
    created_at: float = 0.0


@dataclass(frozen=True)
class ItemRecord:
    """A stored item. Its row in the pool's vectors is its place in `PoolStore.items`."""

    item_id: str
    content_hash: str
    metadata: Mapping[str, str] = field(default_factory=dict)


class EventKind(StrEnum):
    """What happened to an item."""

    LABELLED = "labelled"
    RELABELLED = "relabelled"
    LABEL_REMOVED = "label_removed"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"
    RESTORED = "restored"


@dataclass(frozen=True)
class Event:
    """A line of the label log; undoing is a line too.

    Attributes:
        at: seconds since the epoch.
        sequence: 1, 2, ... within the pool; given by the store, 0 before.
    """

    kind: EventKind
    item_id: str
    at: float
    label: str = ""
    annotator: str = ""
    reason: str = ""
    sequence: int = 0


@dataclass(frozen=True)
class Lease:
    """Items in one annotator's hands.

    Attributes:
        item_ids: those still open, in the order they were suggested.
        expires_at: seconds since the epoch.
    """

    lease_id: str
    annotator: str
    expires_at: float
    item_ids: tuple[str, ...]


@dataclass(frozen=True)
class Receipt:
    """The answer to a request that changed something, kept so that a retry gets the same.

    Attributes:
        request_id: chosen by the caller.
        digest: of the request, to tell a retry from another request under the same id.
        answer: the answer, as the caller serialised it.
        at: seconds since the epoch.
    """

    request_id: str
    digest: str
    answer: bytes
    at: float


@dataclass(frozen=True)
class Change:
    """What one mutation writes, all or nothing.

    Attributes:
        events: appended to the log in this order.
        put_leases: new or changed leases, by id.
        drop_leases: ids of leases that ended; unknown ids are passed over.
        receipt: kept with the change.
    """

    events: Sequence[Event] = ()
    put_leases: Sequence[Lease] = ()
    drop_leases: Sequence[str] = ()
    receipt: Receipt | None = None


class PoolStore(Protocol):
    """One pool on durable ground. What a call has returned from is there after a crash."""

    def items(self) -> Sequence[ItemRecord]:
        """All items, in the order they were added."""
        ...

    def vectors(self) -> Vectors:
        """(N, d) float32, read-only, row i of `items()[i]`; a view that costs no copy."""
        ...

    def events(self) -> Iterator[Event]:
        """The whole log, in order."""
        ...

    def leases(self) -> Sequence[Lease]:
        """Leases put and not dropped, expired ones included."""
        ...

    def neighbours(self) -> Neighbours | None:
        """The neighbour lists saved last; None if there are none, or they were damaged.

        They can be built again from the vectors, so losing them loses nothing.
        """
        ...

    def save_neighbours(self, neighbours: Neighbours) -> None:
        """Keeps the neighbour lists of the pool's first items, in place of those saved before."""
        ...

    def append_items(
        self, records: Sequence[ItemRecord], vectors: Vectors, receipt: Receipt | None = None
    ) -> None:
        """Adds items with their vectors, all or none.

        Raises:
            StorageFailed: nothing was added.
        """
        ...

    def commit(self, change: Change) -> Sequence[Event]:
        """Writes a change, all or nothing; returns its events with their sequence numbers.

        Raises:
            StorageFailed: nothing was written.
        """
        ...


class Store(Protocol):
    """All pools of one data directory."""

    def pools(self) -> Sequence[PoolConfig]:
        """The pools, by id."""
        ...

    def create_pool(self, config: PoolConfig, receipt: Receipt | None = None) -> PoolStore:
        """Adds a pool.

        Raises:
            PoolExists: the id is taken.
        """
        ...

    def open_pool(self, pool_id: str) -> PoolStore:
        """The pool's store; the same object each time.

        Raises:
            PoolNotFound: no such pool.
            StorageCorrupt: its vectors are not what was committed.
        """
        ...

    def delete_pool(self, pool_id: str, receipt: Receipt | None = None) -> None:
        """Takes the pool and all it holds away for good.

        Raises:
            PoolNotFound: no such pool.
        """
        ...

    def receipt(self, request_id: str) -> Receipt | None:
        """The receipt kept under that id in the last 24 hours."""
        ...

    def close(self) -> None:
        """Ends all use of the store; safe to call twice."""
        ...
