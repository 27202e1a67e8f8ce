"""What pools need from the edges: featurizers, search, storage, time, archives."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from vicinal.core.arms import SuggestionRecord
from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import DuplicateStore
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import (
    Change,
    DamagedPool,
    DuplicateRecord,
    Embedded,
    Event,
    ExampleRecord,
    ItemRecord,
    LeaseRecord,
    Neighbours,
    RawContent,
    Sketch,
    StoredResponse,
)
from vicinal.records.pools import Fingerprint


class Clock(Protocol):
    """Wall-clock time, injected so that tests can turn it."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...


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
    """The available featurizers by name; a model is loaded at its first use."""

    def names(self) -> Sequence[str]:
        """Known names, in the order they are worth trying."""
        ...

    def get(self, name: str) -> Featurizer:
        """The featurizer of that name.

        Raises:
            FeaturizerNotFound: no such name; the message lists the known ones.
            FeaturizerUnavailable: its model or packages are not available; the message says what to do.
        """
        ...


class Augmenter(Protocol):
    """Embeds contents as they look after standard transforms: turned, mirrored, cropped, and so on."""

    @property
    def names(self) -> Sequence[str]:
        """Of the augmentations, in the order that `embed` gives them."""
        ...

    def embed(self, content: RawContent) -> Vectors:
        """(augmentations, dimension) float32, one row for each augmentation of one content.

        Raises:
            ContentUnreadable: it cannot be read.
        """
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


class PoolStore(DuplicateStore, Protocol):
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

    def leases(self) -> Sequence[LeaseRecord]:
        """Leases put and not dropped, expired ones included; by `LeaseRecord.order`, as they were opened."""
        ...

    def suggestions(self) -> Sequence[SuggestionRecord]:
        """All suggestions that were made, in order."""
        ...

    def examples(self) -> Sequence[ExampleRecord]:
        """Examples put and not dropped, by id."""
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
        self,
        records: Sequence[ItemRecord],
        vectors: Vectors,
        response: StoredResponse | None = None,
        *,
        sketches: Sequence[Sketch] = (),
        duplicates: Sequence[DuplicateRecord] = (),
    ) -> None:
        """Adds items with their vectors, all or none.

        Args:
            records: the items.
            vectors: (n, d), row i of `records[i]`.
            response: stored with them.
            sketches: of the items, one each; none at all where the pool needs none.
            duplicates: those among the items that are duplicates.

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

    def stored_response(self, request_id: str) -> StoredResponse | None:
        """The response stored under that id in the last 24 hours, of whichever pool that is there."""
        ...


class Store(Protocol):
    """All pools of one data directory."""

    def pools(self) -> Sequence[PoolConfig]:
        """The pools whose settings can be read, by id."""
        ...

    def damaged(self) -> Sequence[DamagedPool]:
        """The others, by id."""
        ...

    def create_pool(self, config: PoolConfig, response: StoredResponse | None = None) -> PoolStore:
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

    def delete_pool(self, pool_id: str, response: StoredResponse | None = None) -> None:
        """Deletes the pool and everything in it permanently, its stored responses included.

        Args:
            pool_id: of the pool.
            response: stored although the pool goes.

        Raises:
            PoolNotFound: no such pool.
        """
        ...

    def stored_response(self, request_id: str) -> StoredResponse | None:
        """The response stored under that id in the last 24 hours; none of a pool that is gone."""
        ...

    def close(self) -> None:
        """Ends all use of the store; safe to call twice."""
        ...


class Snapshot(Protocol):
    """Pools as they were at one moment, as the bytes of one archive."""

    def pieces(self) -> Iterator[bytes]:
        """The archive, in pieces of at most a megabyte; can be read once.

        Raises:
            StorageFailed, StorageCorrupt: it cannot be read to its end.
        """
        ...

    def close(self) -> None:
        """Gives the disk its room back; safe to call twice."""
        ...


class Incoming(Protocol):
    """An archive that is being received. Its pools are invisible until they are adopted."""

    @property
    def sha256(self) -> str:
        """Hexadecimal, of all that was written so far."""
        ...

    def write(self, piece: bytes) -> None:
        """Takes in the next bytes of the archive.

        Raises:
            StorageFailed: the disk refused.
        """
        ...

    def prepare(self) -> Sequence[PoolConfig]:
        """Checks the whole archive and lays its pools ready; returns their settings.

        Raises:
            SnapshotDamaged: it is not what was written, or no snapshot.
            SnapshotTooNew: a newer Vicinal wrote it.
            StorageFailed: the disk refused.
        """
        ...

    def adopt(self, names: Mapping[str, str], response: StoredResponse | None = None) -> Sequence[PoolConfig]:
        """Takes the prepared pools into the store under their new names, all or none.

        Args:
            names: the new id of each pool, by its id in the archive.
            response: stored with the pools.

        Raises:
            PoolExists: an id is taken.
            StorageFailed: nothing was stored.
        """
        ...

    def close(self) -> None:
        """Drops whatever was not adopted; safe to call twice."""
        ...


class SnapshotStore(Protocol):
    """A store whose pools can be carried elsewhere."""

    def snapshot(self, pool_id: str | None) -> Snapshot:
        """A pool, or with None all of them, at this moment; others go on writing meanwhile.

        Raises:
            PoolNotFound: no such pool.
            StorageFailed: there is no disk space to stage it.
        """
        ...

    def receive(self) -> Incoming:
        """A place for an archive to be written to."""
        ...
