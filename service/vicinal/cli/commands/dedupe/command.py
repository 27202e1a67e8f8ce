"""`vicinal dedupe`: find duplicates in files, without a server."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.commands.dedupe.against import open_against
from vicinal.cli.commands.dedupe.gallery import write_gallery
from vicinal.cli.commands.dedupe.outcome import (
    DedupeOutcome,
    VectorCandidates,
    search_data,
    search_with_pool,
    write_groups,
)
from vicinal.cli.commands.dedupe.searching import KeepOptions, KeepRule
from vicinal.cli.failures import Failure
from vicinal.cli.files import check_can_appear
from vicinal.cli.inputs import Contents, DataKind, describe, open_contents
from vicinal.cli.options import (
    DEFAULT_TARGET,
    IdColumnOption,
    JsonOption,
    TargetOption,
    TextColumnOption,
    connect,
)
from vicinal.cli.output import print_json, say, say_left_out
from vicinal.cli.registration import command

NO_AUGMENTATIONS: list[str] = []


@command(
    "dedupe",
    "vicinal dedupe photos/ --out groups.csv --gallery groups.html",
    "vicinal dedupe reviews.csv --text-column body --out groups.csv",
    "vicinal dedupe new/ --against photos/ --out groups.csv",
    "vicinal dedupe new/ --against fruits --target gpu-box:50051 --out groups.csv",
    "vicinal dedupe photos/ --featurizer mobilenet-v2 --augmentations turns --out groups.csv",
    "vicinal dedupe vectors/ --out groups.csv",
)
def dedupe(
    *,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Folder of images or of text files; table of texts (CSV, TSV, JSON, JSONL, Parquet); "
            "NPZ/NPY/Parquet of vectors, or a folder or glob of them.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="CSV file to write: a row for each member of a group.")],
    gallery: Annotated[
        Path | None, typer.Option("--gallery", help="HTML page to write that shows each group.")
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            metavar="PATH|POOL",
            help="Existing data: a folder, a file or a pool. Items of DATA that are in it are duplicates.",
        ),
    ] = "",
    featurizer: Annotated[
        str, typer.Option(help="Also compare items whose embeddings are near: mobilenet-v2, use-offline, ...")
    ] = "",
    augmentations: Annotated[
        list[str],
        typer.Option(help="Also compare items near an augmentation: turns, all, mirror, ... Repeat it."),
    ] = NO_AUGMENTATIONS,
    keep: Annotated[
        KeepRule,
        typer.Option(
            help="Which duplicate to keep: best is the likely original, oldest has the oldest file time."
        ),
    ] = KeepRule.BEST,
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Find exact, near and augmented duplicates in images, texts or vectors.

    Writes the groups of duplicates, the member of each group to keep, and the
    evidence for each duplicate. Needs no server, unless --against names a pool.
    Hidden files and files that are not images are counted by reason. Files that
    cannot be read are named at the end; the exit code is then 1.
    """
    data = open_contents(source, text_column, id_column)
    _check_outputs(out, gallery, source, Path(against or source))
    also = VectorCandidates(featurizer, tuple(augmentations))
    kept = _kept(keep, source, data)
    if not against:
        outcome = search_data(data, None, also, kept)
    elif Path(against).exists():
        there = open_against(Path(against), source, data, text_column, id_column)
        outcome = search_data(data, there, also, kept)
    else:
        with connect(target) as client:
            outcome = search_with_pool(client, against, data, also, kept)
    write_groups(outcome.findings, out)
    if gallery is not None:
        write_gallery(outcome.findings, outcome.sources, gallery)
    notes = [note for each in outcome.sources for note in each.notes]
    notes += outcome.passed_over.notes
    _report(outcome, notes, against, out, json)
    say_left_out(outcome.left_out, notes)
    if outcome.left_out:
        raise typer.Exit(1)


def _kept(rule: KeepRule, source: Path, data: Contents) -> KeepOptions:
    if rule is not KeepRule.BEST and data.holds is DataKind.VECTORS:
        raise Failure(f"--keep {rule}: vectors have no size, sharpness or time; leave it out")
    if rule is not KeepRule.OLDEST or data.holds is not DataKind.IMAGES:
        return KeepOptions(rule)
    times = {}
    for item_id in data.ids:
        # A file that is gone by now is left out when it is read.
        with suppress(OSError):
            times[item_id] = (source / item_id if source.is_dir() else source).stat().st_mtime
    return KeepOptions(rule, times)


def _check_outputs(out: Path, gallery: Path | None, *inputs: Path) -> None:
    """Sees to it before the search that what it finds can be written, and over nothing that is needed."""
    taken = {path.resolve() for path in inputs}
    for option, written in (("--out", out), ("--gallery", gallery)):
        if written is None:
            continue
        if written.resolve() in taken:
            raise Failure(f"{option} {written}: would be written over what is read or written; name another")
        taken.add(written.resolve())
        check_can_appear(written)


def _report(outcome: DedupeOutcome, notes: Sequence[str], against: str, out: Path, json: bool) -> None:
    groups, items = outcome.findings.groups, outcome.findings.items
    duplicates = sum(len(group.duplicates) for group in groups)
    counts = outcome.passed_over.counts(outcome.left_out)
    if json:
        told = {"items": items, "duplicates": duplicates, "groups": groups, "errors": outcome.left_out}
        print_json({**told, "left_out_counts": counts, "notes": notes})
        return
    say(f"{duplicates} of {items} items are duplicates, in {len(groups)} groups: see {out}")
    if against:
        there = sum(len(group.duplicates) for group in groups if group.representative_elsewhere)
        say(f"{there} of them are in {against} already")
    if counts:
        say(describe(counts))
