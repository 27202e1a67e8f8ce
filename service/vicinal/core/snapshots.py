"""What carries pools out of a store and into another one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from vicinal.core.ports import PoolConfig, StoredResponse


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
    """An archive on its way in. Nobody sees the pools in it before they are adopted."""

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
            StorageFailed: nothing was taken in.
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
            StorageFailed: there is no room to lay it ready.
        """
        ...

    def receive(self) -> Incoming:
        """A place for an archive to be written to."""
        ...
