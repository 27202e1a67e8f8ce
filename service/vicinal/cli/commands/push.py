"""`vicinal push`: add vectors from files to a pool."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import LeftOut, Reason, Unreadable, describe
from vicinal.cli.options import (
    DEFAULT_TARGET,
    FingerprintOption,
    JsonOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, progress, say, say_left_out
from vicinal.cli.registration import command
from vicinal.client import Added, Client, NewItem, Pool

if TYPE_CHECKING:
    from vicinal.data.vectors.parquet import Shard
    from vicinal.jobs import VectorShards

# Rows that one stream brings: what is lost of the work if it breaks, and how often the bar moves.
_STREAM_ROWS = 16_384


@command(
    "push",
    "vicinal push vectors/ fruits",
    "vicinal push 'old/*.npz' fruits --fingerprint 0a1b",
)
def push(
    *,
    source: Annotated[
        str,
        typer.Argument(metavar="VECTORS", help="What `vicinal embed` wrote, or Parquet or NPZ of vectors."),
    ],
    pool: PoolArgument,
    fingerprint: FingerprintOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Add vectors from files to a pool.

    Vectors of another model than the pool's are refused. Items that are already in
    the pool are skipped, so the command can be run again. Other files in the folder
    or glob are counted by reason. Files that cannot be read, and vectors that are
    refused or have no id, are named at the end; the exit code is then 1.
    """
    with extra_needed("jobs"):
        from vicinal.core.errors import VicinalError  # noqa: PLC0415
        from vicinal.jobs import open_vectors  # noqa: PLC0415 - Arrow takes a while
    try:
        shards = open_vectors(source)
        with connect(target) as client:
            digest = _checked_digest(client.get_pool(pool), shards, fingerprint)
            added, refused = _sent(client, pool, shards, digest)
    except VicinalError as error:
        raise Failure(str(error)) from error
    failures = [*shards.left_out.failures, *refused]
    # A stream names the first thousand that are refused, and counts all.
    _report(added, failures, added.error_count - len(refused), shards.left_out, json=json)
    if failures or added.error_count:
        raise typer.Exit(1)


def _checked_digest(pool: Pool, shards: "VectorShards", given: str) -> str:
    """The digest to send; refuses what the pool would refuse, before anything is sent."""
    if shards.dimension != pool.dimension:
        raise Failure(
            f"pool {pool.pool_id!r} has dimension {pool.dimension}, these vectors have {shards.dimension}"
        )
    own = pool.fingerprint.digest if pool.fingerprint else ""
    made_with = shards.fingerprint_digest or given
    if own and made_with != own:
        theirs = f"with {made_with}" if made_with else "nobody says with what: give --fingerprint"
        raise Failure(f"pool {pool.pool_id!r} was made with {own}, these vectors {theirs}")
    if given and shards.fingerprint_digest and given != shards.fingerprint_digest:
        raise Failure(f"--fingerprint {given}: these vectors were made with {shards.fingerprint_digest}")
    return own


def _sent(client: Client, pool: str, shards: "VectorShards", digest: str) -> tuple[Added, list[Unreadable]]:
    counts, left_out = Added(0, 0, [], 0), list[Unreadable]()

    def leave_out(shard: "Shard", row: int, why: str) -> None:
        left_out.append(Unreadable(f"row {row}", why, str(shard.path), row))

    with progress() as bar:
        task = bar.add_task(f"pushing to {pool}", total=shards.rows)
        for ids, vectors in shards.read_batches(_STREAM_ROWS, leave_out):
            items = (NewItem(item_id, vector) for item_id, vector in zip(ids, vectors, strict=True))
            counts = _sum(counts, client.import_items(pool, items, fingerprint_digest=digest))
            bar.advance(task, len(ids))
    refused = [Unreadable(error.item_id, error.message, reason=Reason.REFUSED) for error in counts.errors]
    counts = replace(counts, error_count=counts.error_count + len(left_out))
    return counts, left_out + refused


def _sum(one: Added, other: Added) -> Added:
    return Added(
        one.added + other.added,
        one.existing + other.existing,
        [*one.errors, *other.errors][:1000],
        one.error_count + other.error_count,
        one.duplicates + other.duplicates,
    )


def _report(
    added: Added, failures: list[Unreadable], unnamed: int, passed_over: LeftOut, *, json: bool
) -> None:
    counts = [
        replace(each, count=each.count + unnamed) if each.reason is Reason.REFUSED else each
        for each in passed_over.counts(failures)
    ]
    if json:
        told = {"added": added.added, "existing": added.existing, "errors": failures}
        print_json({**told, "left_out_counts": counts, "notes": passed_over.notes})
    else:
        say(f"added {added.added}, there already {added.existing}, {describe(counts)}")
    say_left_out(failures, passed_over.notes)
