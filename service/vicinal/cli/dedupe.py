"""`vicinal dedupe`: copies in a folder of images or a table of texts, without a server."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import Source, open_source
from vicinal.cli.options import IdColumnOption, JsonOption, TextColumnOption
from vicinal.cli.output import complain, print_json, progress, say

if TYPE_CHECKING:
    from vicinal.duplicates import Findings

COLUMNS = (
    "group", "item_id", "role", "kept_id", "similarity", "inliers", "transform", "compared_with",
)  # fmt: skip


def dedupe(
    *,
    source: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of images, or CSV/JSONL of texts.")],
    out: Annotated[Path, typer.Option("--out", help="CSV to write: one row for each member of a group.")],
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    json: JsonOption = False,
) -> None:
    """Find duplicates and augmented copies, so that nobody labels the same thing twice.

    Groups the images or texts that are copies of one another, and tells which
    one to keep and what speaks for each copy. Needs no server. What cannot be
    read is named at the end, and the exit code is 1.
    """
    opened = open_source(source, text_column, id_column)
    findings = _found(opened)
    write_groups(findings, out)
    left_out = [*opened.unreadable, *findings.left_out]
    copies = sum(len(group.copies) for group in findings.groups)
    if json:
        counts = {"items": findings.items, "groups": len(findings.groups), "copies": copies}
        print_json({**counts, "left_out": left_out, "out": str(out)})
    else:
        say(f"{copies} of {findings.items} items are copies, in {len(findings.groups)} groups: see {out}")
    for item in opened.unreadable:
        complain(f"left out {item.name}: {item.message}")
    for each in findings.left_out:
        complain(f"left out {each.item_id}: {each.message}")
    if left_out:
        raise typer.Exit(1)


def _found(source: Source) -> "Findings":
    with extra_needed("duplicates"):
        from vicinal.duplicates import find_image_copies  # noqa: PLC0415 - OpenCV is an extra
    with progress() as bar:
        tasks = {"reading": bar.add_task("reading", total=source.count)}

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of)
            bar.update(tasks[step], completed=done)

        return find_image_copies(_contents(source), tell)


def _contents(source: Source) -> Iterator[tuple[str, bytes]]:
    for item in source.items:
        if not isinstance(item.content, bytes):
            raise Failure("only images and texts can be compared: give a folder of images or a CSV of texts")
        yield item.item_id, item.content


def write_groups(findings: "Findings", out: Path) -> None:
    """Writes the groups as CSV: for each its kept member, then the copies with what speaks for them.

    Raises:
        Failure: the file cannot be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_rows(findings))
    except OSError as error:
        raise Failure(f"{out}: {error.strerror or error}") from error


def _rows(findings: "Findings") -> Iterator[tuple[object, ...]]:
    for number, group in enumerate(findings.groups, start=1):
        yield number, group.kept_id, "kept", group.kept_id, "", "", "", ""
        for copy in group.copies:
            evidence = copy.evidence
            found = (evidence.similarity, evidence.inliers or "", ", ".join(evidence.kinds))
            yield number, copy.item_id, copy.reason, group.kept_id, *found, copy.compared_with
