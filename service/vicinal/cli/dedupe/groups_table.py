"""The groups as a table: `groups.csv`."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vicinal.cli.files import appearing

if TYPE_CHECKING:
    from vicinal.duplicates import Findings, Transform

COLUMNS = (
    *("group", "item_id", "role", "representative_id", "similarity", "inliers", "changes", "compared_with"),
    *("mirrored", "rotation_degrees", "scale", "shift_x", "shift_y", "kept_share", "filled_share"),
    "representative_elsewhere",
)


def write_groups(findings: "Findings", out: Path) -> None:
    """Writes the groups as CSV: for each its representative, then the duplicates with what speaks for them.

    The file appears when it is whole.

    Raises:
        Failure: the file cannot be written.
    """
    with appearing(out) as unfinished:
        out.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_rows(findings))


def _rows(findings: "Findings") -> Iterator[tuple[object, ...]]:
    for number, group in enumerate(findings.groups, start=1):
        elsewhere = "yes" if group.representative_elsewhere else "no"
        yield (
            number,
            group.representative_id,
            "kept",
            group.representative_id,
            *[""] * (len(COLUMNS) - 5),
            elsewhere,
        )
        for duplicate in group.duplicates:
            evidence = duplicate.evidence
            words = (", ".join(evidence.kinds), duplicate.compared_with)
            found = (evidence.similarity, evidence.inliers or "", *words, *_numbers(evidence.transform))
            yield number, duplicate.item_id, duplicate.reason, group.representative_id, *found, elsewhere


def _numbers(found: "Transform | None") -> Iterator[str]:
    if found is None:
        yield from [""] * 7
        return
    yield "yes" if found.mirrored else "no"
    yield f"{found.rotation_degrees:z.1f}"
    for value in (found.scale, found.shift_x, found.shift_y, found.kept_share, found.filled_share):
        yield f"{value:z.3f}"
