"""`vicinal snapshot create` and `vicinal snapshot restore`: pools as one file to keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.files import write_pieces
from vicinal.cli.options import DEFAULT_TARGET, JsonOption, TargetOption, connect
from vicinal.cli.output import print_json, say, transferred

PIECE_BYTES = 1 << 20

DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Data directory of a server that is stopped."),
]


def snapshot(
    *,
    pool: Annotated[str, typer.Argument(metavar="[POOL]", help="Id of the pool. Default: all pools.")] = "",
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Archive to write, a tar.")],
    data_dir: DataDirOption = None,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Write a pool, or all pools, as they are at this moment, to one archive.

    Labels may come in meanwhile. The archive holds settings, items, vectors,
    the whole label log, examples and open leases, and checksums of all.
    """
    if data_dir is not None:
        with offline_work() as offline:
            written = write_pieces(out, offline.snapshot(data_dir, pool))
    else:
        with connect(target) as client:
            written = write_pieces(out, client.create_snapshot(pool))
    if json:
        print_json({"file": out.name, "bytes": written})
    else:
        say(f"wrote {out}, {written} bytes")


def restore(
    *,
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What `vicinal snapshot create` wrote.")],
    pool: Annotated[
        str, typer.Option("--pool", metavar="NEW_ID", help="New id of an archive's only pool.")
    ] = "",
    data_dir: DataDirOption = None,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Bring the pools of a snapshot back, all or none, under ids that are free.

    They suggest the same items as when the snapshot was taken.
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
    """What works on files without a server, with its errors told."""
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
            yield from transferred(pieces, path.name, path.stat().st_size)
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror or error}") from error
