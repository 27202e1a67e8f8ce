"""A whole pool as a folder of files that people and other programs read, and back."""

from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.files import appearing, write_pieces
from vicinal.cli.options import DEFAULT_TARGET, JsonOption, TargetOption, connect
from vicinal.cli.output import complain, print_json, say
from vicinal.cli.snapshot import offline_work


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
            write_pieces(archive, client.create_snapshot(pool))
        with appearing(out) as folder, offline_work() as offline, extra_needed("evaluation"):
            folder.mkdir()
            offline.unpack(archive, folder, parquet=parquet)
    finally:
        archive.unlink(missing_ok=True)
    complain(f"wrote {out}")


def import_pool(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `vicinal export --all` wrote.")],
    pool: Annotated[
        str, typer.Option("--pool", metavar="NEW_ID", help="Id of the new pool. Default: the one it had.")
    ] = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Make a pool of what was exported: it suggests the same items.

    Leases are not in the export: their items are free again.
    """
    with connect(target) as client, offline_work() as offline, extra_needed("evaluation"):
        made = client.restore_snapshot(offline.pack(folder), pool_id=pool)
    if json:
        print_json({"imported": made})
    else:
        say(f"imported {', '.join(made)}")
