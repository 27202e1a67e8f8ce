"""Snapshots of a data directory that no server has open, taken, restored, unpacked and packed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from vicinal.core.errors import VicinalError
from vicinal.server import composition
from vicinal.server.rpc.snapshots import restored_names


class CannotUse(VicinalError):
    """A data directory cannot be used; the message says why."""

    reason = "CANNOT_USE"


def snapshot(data_dir: Path, pool_id: str) -> Iterator[bytes]:
    """The archive of a pool, or with "" of all pools, of the data directory of a server that is stopped.

    Raises:
        CannotUse: there is no data directory, a server has it open, no such pool, or it is damaged.
    """
    with _translate_errors(), composition.open_store(_existing(data_dir)) as store:
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
    with _translate_errors(), composition.open_store(data_dir) as store:
        incoming = store.receive()
        try:
            for piece in archive:
                incoming.write(piece)
            names = restored_names(incoming.prepare(), new_pool_id)
            return [config.pool_id for config in incoming.adopt(names)]
        finally:
            incoming.close()


def unpack(archive: Path, folder: Path, *, parquet: bool) -> None:
    """Writes the only pool of an archive into an empty folder, as files that people read.

    Raises:
        CannotUse: it is no complete archive of one pool, or writing failed.
        ModuleNotFoundError: Parquet is wanted, and pyarrow is not installed.
    """
    with _translate_errors():
        composition.unpack_pool(archive, folder, parquet=parquet)


def pack(folder: Path) -> Iterator[bytes]:
    """The archive of a folder that `unpack` wrote.

    Raises:
        CannotUse: a file is missing or wrong, or writing failed.
        ModuleNotFoundError: it is Parquet, and pyarrow is not installed.
    """
    with _translate_errors(), TemporaryDirectory(prefix="vicinal-import-") as scratch:
        yield from composition.pack_pool(folder, Path(scratch))


def _existing(data_dir: Path) -> Path:
    if not composition.is_data_directory(data_dir):
        raise CannotUse(f"{data_dir} is no data directory of Vicinal; name the one that the server was given")
    return data_dir


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except CannotUse:
        raise
    except VicinalError as error:
        raise CannotUse(error.message, details=error.details) from error
