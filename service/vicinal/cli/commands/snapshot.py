"""`vicinal snapshot` and `vicinal import`: pools as one archive or as a folder of readable files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.files import write_atomically, write_chunks
from vicinal.cli.options import DEFAULT_TARGET, JsonOption, TargetOption, connect
from vicinal.cli.output import complain, print_json, say, show_transfer
from vicinal.cli.registration import CommandGroup, command

PIECE_BYTES = 1 << 20

DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Data directory of a server that is stopped."),
]


@command(
    "create",
    "vicinal snapshot create fruits --out fruits.tar",
    "vicinal snapshot create --out everything.tar",
    "vicinal snapshot create --data-dir vicinal-data --out everything.tar",
)
def snapshot(
    *,
    pool: Annotated[str, typer.Argument(metavar="[POOL]", help="Id of the pool. Default: all pools.")] = "",
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Archive to write, a tar.")],
    data_dir: DataDirOption = None,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Write one pool, or all pools, to one archive.

    The archive has the state at one moment; the server accepts labels meanwhile.
    It contains settings, items, vectors, the whole label log, examples and open
    leases, with their checksums.
    """
    if data_dir is not None:
        with offline_work() as offline:
            written = write_chunks(out, offline.snapshot(data_dir, pool))
    else:
        with connect(target) as client:
            written = write_chunks(out, client.create_snapshot(pool))
    if json:
        print_json({"file": out.name, "bytes": written})
    else:
        say(f"wrote {out}, {written} bytes")


@command(
    "restore",
    "vicinal snapshot restore fruits.tar",
    "vicinal snapshot restore fruits.tar --pool fruits-again",
    "vicinal snapshot restore everything.tar --data-dir new-data",
)
def restore(
    *,
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What `vicinal snapshot create` wrote.")],
    pool: Annotated[
        str, typer.Option("--pool", metavar="NEW_ID", help="New id, if the archive has one pool.")
    ] = "",
    data_dir: DataDirOption = None,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Restore all pools of a snapshot, or none.

    The ids of the pools must be free. The pools suggest the same items as when the
    snapshot was taken.
    """
    if data_dir is not None:
        with offline_work() as offline:
            restored = offline.restore(data_dir, _pieces(archive), pool)
    else:
        with connect(target) as client:
            restored = client.restore_snapshot(_pieces(archive), pool_id=pool)
    if json:
        print_json({"restored": restored})
    else:
        say(f"restored {', '.join(restored) or 'nothing: the archive holds no pools'}")


@contextmanager
def offline_work() -> Iterator[Any]:
    """Imports the code for data directories, and reports its errors as failures of the command."""
    with extra_needed("service"):
        from vicinal.server import offline  # noqa: PLC0415 - heavy, and only needed here
    try:
        yield offline
    except offline.CannotUse as error:
        raise Failure(str(error)) from error


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            pieces = iter(lambda: file.read(PIECE_BYTES), b"")
            yield from show_transfer(pieces, path.name, path.stat().st_size)
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror or error}") from error


def export_pool(pool: str, out: Path | None, *, parquet: bool, target: str) -> None:
    """Writes the folder `out`, which appears only when it is complete.

    Raises:
        Failure: there is no name for it, it is there already, or the system refused.
    """
    if out is None:
        raise Failure("a whole pool is written to a folder; name it with --out")
    if out.exists():
        raise Failure(f"{out} is there already; name a new folder")
    archive = out.with_name(f".{out.name}.tar")
    try:
        with connect(target) as client:
            write_chunks(archive, client.create_snapshot(pool))
        with write_atomically(out) as folder, offline_work() as offline, extra_needed("evaluation"):
            folder.mkdir()
            offline.unpack(archive, folder, parquet=parquet)
    finally:
        archive.unlink(missing_ok=True)
    complain(f"wrote {out}")


@command(
    "import",
    "vicinal import fruits/",
    "vicinal import fruits/ --pool fruits-again",
)
def import_pool(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `vicinal export --all` wrote.")],
    pool: Annotated[
        str,
        typer.Option("--pool", metavar="NEW_ID", help="Id of the new pool. Default: the id in the export."),
    ] = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Create a pool from an exported folder. It suggests the same items.

    The export has no leases, so all items are free again.
    """
    with connect(target) as client, offline_work() as offline, extra_needed("evaluation"):
        made = client.restore_snapshot(offline.pack(folder), pool_id=pool)
    if json:
        print_json({"imported": made})
    else:
        say(f"imported {', '.join(made)}")


snapshot_commands = CommandGroup(
    "snapshot",
    "Save pools to one archive, and restore them.",
    (
        snapshot,
        restore,
    ),
)
