"""The command: reads, searches, writes the table and the gallery."""

from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.dedupe.against import open_against
from vicinal.cli.dedupe.gallery import write_gallery
from vicinal.cli.dedupe.groups_table import write_groups
from vicinal.cli.dedupe.searching import search
from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import Contents, Unreadable, open_contents
from vicinal.cli.options import IdColumnOption, JsonOption, TextColumnOption
from vicinal.cli.output import complain, print_json, say

NO_VIEWS: list[str] = []


def dedupe(
    *,
    source: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of images, or CSV/JSONL of texts.")],
    out: Annotated[Path, typer.Option("--out", help="CSV to write: a row for each member of a group.")],
    gallery: Annotated[
        Path | None, typer.Option("--gallery", help="HTML page to write that shows each group.")
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            metavar="PATH", help="Folder or file that is there already: what DATA has of it is a copy."
        ),
    ] = "",
    featurizer: Annotated[
        str, typer.Option(help="Compare what its vectors say is near, too: mobilenet-v2, use-offline, ...")
    ] = "",
    views: Annotated[
        list[str],
        typer.Option(
            help="And what is near to an image as it looks turned, cut, ...: turns, all, mirror, ..."
        ),
    ] = NO_VIEWS,
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    json: JsonOption = False,
) -> None:
    """Find duplicates and augmented copies, so that nobody labels the same thing twice.

    Groups the images or texts that are copies of one another, and tells which
    one to keep and what speaks for each copy. Needs no server. What cannot be
    read is named at the end, and the exit code is 1.
    """
    data = open_contents(source, text_column, id_column)
    known = open_against(Path(against), source, data, text_column, id_column) if against else None
    findings = search(data, known, _also(data, known, featurizer, views))
    write_groups(findings, out)
    sources = [each for each in (data, known) if each is not None]
    if gallery is not None:
        write_gallery(findings, sources, gallery)
    left_out = [each for part in sources for each in part.left_out]
    left_out += [Unreadable(each.item_id, each.message) for each in findings.left_out]
    copies = sum(len(group.copies) for group in findings.groups)
    if json:
        print_json(
            {"items": findings.items, "copies": copies, "groups": findings.groups, "left_out": left_out}
        )
    else:
        say(f"{copies} of {findings.items} items are copies, in {len(findings.groups)} groups: see {out}")
        if against:
            there = sum(len(group.copies) for group in findings.groups if group.kept_elsewhere)
            say(f"{there} of them are in {against} already")
    for item in left_out:
        complain(f"left out {item.name}: {item.message}")
    if left_out:
        raise typer.Exit(1)


def _also(
    data: Contents, against: Contents | None, featurizer: str, views: list[str]
) -> list[tuple[str, str]]:
    """Pairs that vectors name, if they are asked."""
    if not featurizer:
        if views:
            raise Failure("--views: views are embedded; name the --featurizer that shall do it")
        return []
    with extra_needed("service"):
        from vicinal.cli.dedupe.likely import likely_pairs  # noqa: PLC0415 - TensorFlow and numba take long
    return likely_pairs(data, against, featurizer, views)
