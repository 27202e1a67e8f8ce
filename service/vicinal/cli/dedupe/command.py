"""The command: reads, searches, writes the table and the gallery."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from vicinal.cli.dedupe.gallery import write_gallery
from vicinal.cli.dedupe.groups_table import write_groups
from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import Source, Unreadable, open_source
from vicinal.cli.options import IdColumnOption, JsonOption, TextColumnOption
from vicinal.cli.output import complain, print_json, progress, say
from vicinal.client import NewItem

if TYPE_CHECKING:
    from vicinal.duplicates import Findings

Content = TypeVar("Content", bytes, str)
Told = Callable[[str, int, int], None]


def dedupe(
    *,
    source: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of images, or CSV/JSONL of texts.")],
    out: Annotated[Path, typer.Option("--out", help="CSV to write: a row for each member of a group.")],
    gallery: Annotated[
        Path | None, typer.Option("--gallery", help="HTML page to write that shows each group.")
    ] = None,
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
    findings = _findings(opened)
    write_groups(findings, out)
    if gallery is not None:
        write_gallery(findings, source, lambda: open_source(source, text_column, id_column).items, gallery)
    left_out = [*opened.unreadable, *(Unreadable(each.item_id, each.message) for each in findings.left_out)]
    copies = sum(len(group.copies) for group in findings.groups)
    if json:
        print_json(
            {"items": findings.items, "copies": copies, "groups": findings.groups, "left_out": left_out}
        )
    else:
        say(f"{copies} of {findings.items} items are copies, in {len(findings.groups)} groups: see {out}")
    for item in left_out:
        complain(f"left out {item.name}: {item.message}")
    if left_out:
        raise typer.Exit(1)


def _findings(source: Source) -> "Findings":
    with extra_needed("duplicates"):
        from vicinal.duplicates import find_image_copies, find_text_copies  # noqa: PLC0415 - an extra
    first = next(source.items, None)
    items = chain([] if first is None else [first], source.items)
    with progress() as bar:
        tasks = {"reading": bar.add_task("reading", total=source.count)}

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of)
            bar.update(tasks[step], completed=done)

        if first is not None and isinstance(first.content, str):
            return find_text_copies(_contents(items, str), tell)
        return find_image_copies(_contents(items, bytes), tell)


def _contents(items: Iterator[NewItem], kind: type[Content]) -> Iterator[tuple[str, Content]]:
    for item in items:
        if not isinstance(item.content, kind):
            raise Failure("vectors cannot be compared by looks: give a folder of images or a CSV of texts")
        yield item.item_id, item.content
