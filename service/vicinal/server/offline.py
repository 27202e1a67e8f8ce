"""What can be done with a data directory while no server has it open."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vicinal.core.errors import VicinalError
from vicinal.server import composition
from vicinal.server.snapshot_calls import restored_names


class CannotUse(VicinalError):
    """A data directory cannot be used; the message says why."""

    reason = "CANNOT_USE"


def snapshot(data_dir: Path, pool_id: str) -> Iterator[bytes]:
    """The archive of a pool, or with "" of all pools, of the data directory of a server that is stopped.

    Raises:
        CannotUse: there is no data directory, a server has it open, no such pool, or it is damaged.
    """
    with _told(), composition.open_store(_existing(data_dir)) as store:
        made = store.snapshot(pool_id or None)
        try:
            yield from made.pieces()
        finally:
            made.close()


def restore(data_dir: Path, archive: Iterable[bytes], new_pool_id: str) -> list[str]:
    """Brings an archive's pools into a data directory, which is made if absent; returns their ids.

    Raises:
        CannotUse: a server has it open, an id is taken, or the archive is damaged.
    """
    with _told(), composition.open_store(data_dir) as store:
        incoming = store.receive()
        try:
            for piece in archive:
                incoming.write(piece)
            names = restored_names(incoming.prepare(), new_pool_id)
            return [config.pool_id for config in store.adopt(incoming, names)]
        finally:
            incoming.close()


def _existing(data_dir: Path) -> Path:
    if not data_dir.is_dir():
        raise CannotUse(f"there is no data directory {data_dir}")
    return data_dir


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except CannotUse:
        raise
    except VicinalError as error:
        raise CannotUse(error.message, details=error.details) from error
