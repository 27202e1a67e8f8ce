"""What a search found, and the table `groups.csv`."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vicinal.cli.files import write_atomically

if TYPE_CHECKING:
    from vicinal.duplicates import Findings
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vicinal.cli.commands.dedupe.against import check_against, groups_in_pool, representative_pictures
from vicinal.cli.commands.dedupe.searching import KeepOptions, search
from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import Contents, LeftOut, Unreadable
from vicinal.client import Client
from vicinal.records.duplicates import DuplicateTransform

if TYPE_CHECKING:
    from vicinal.duplicates import Findings


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
    with write_atomically(out) as unfinished:
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
            "representative",
            group.representative_id,
            *[""] * (len(COLUMNS) - 5),
            elsewhere,
        )
        for duplicate in group.duplicates:
            evidence = duplicate.evidence
            words = (", ".join(evidence.kinds), duplicate.compared_with)
            found = (evidence.similarity, evidence.inliers or "", *words, *_numbers(evidence.transform))
            yield number, duplicate.item_id, duplicate.reason, group.representative_id, *found, elsewhere


def _numbers(found: DuplicateTransform | None) -> Iterator[str]:
    if found is None:
        yield from [""] * 7
        return
    yield "yes" if found.mirrored else "no"
    yield f"{found.rotation_degrees:z.1f}"
    for value in (found.scale, found.shift_x, found.shift_y, found.kept_share, found.filled_share):
        yield f"{value:z.3f}"


@dataclass(frozen=True)
class DedupeOutcome:
    """Groups, and where their members can be seen.

    Attributes:
        findings: the groups.
        sources: what their members are from.
        left_out: all that could not be read.
        passed_over: what else was there and is no item, counted.
    """

    findings: "Findings"
    sources: Sequence[Contents]
    left_out: Sequence[Unreadable]
    passed_over: LeftOut


@dataclass(frozen=True)
class VectorCandidates:
    """Whose vectors name further pairs to compare.

    Attributes:
        featurizer: empty for none.
        augmentations: names of augmentations and presets.
    """

    featurizer: str
    augmentations: tuple[str, ...]

    def pairs(self, data: Contents, against: Contents | None) -> list[tuple[str, str]]:
        """Pairs of ids.

        Raises:
            Failure: the featurizer or an augmentation cannot be had.
        """
        if not self.featurizer:
            if self.augmentations:
                raise Failure("--augmentations: they are embedded; name the --featurizer to embed them with")
            return []
        with extra_needed("service"):
            from vicinal.cli.commands.dedupe.searching import find_likely_pairs  # noqa: PLC0415 - TensorFlow takes long
        return find_likely_pairs(data, against, self.featurizer, self.augmentations)


def search_data(
    data: Contents, against: Contents | None, also: VectorCandidates, kept: KeepOptions
) -> DedupeOutcome:
    """Duplicates among the data, and of what they are compared with."""
    findings = search(data, against, also.pairs(data, against), kept)
    sources = [each for each in (data, against) if each is not None]
    left_out = [each for part in sources for each in part.left_out]
    left_out += [Unreadable(each.item_id, each.message) for each in findings.left_out]
    return DedupeOutcome(findings, sources, left_out, _passed_over(sources))


def search_with_pool(
    client: Client, pool_id: str, data: Contents, also: VectorCandidates, kept: KeepOptions
) -> DedupeOutcome:
    """What a pool has of the data, and duplicates among the rest of them."""
    checked = check_against(client, pool_id, data)
    # Rows of tables that were left out are none of the data's items, and may share the id of one.
    refused = {each.name for each in (*data.left_out, *checked.left_out) if each.row is None}
    rest = search_data(data.without(checked.matches.keys() | refused), None, also, kept)
    findings = replace(
        rest.findings,
        items=rest.findings.items + len(checked.matches),
        groups=[*groups_in_pool(pool_id, checked), *rest.findings.groups],
    )
    left_out = [*data.left_out, *checked.left_out, *rest.left_out]
    sources = [data, representative_pictures(client, pool_id, checked)]
    return DedupeOutcome(findings, sources, left_out, _passed_over(sources))


def _passed_over(sources: Sequence[Contents]) -> LeftOut:
    together = LeftOut()
    for each in sources:
        together.add(each.passed_over)
    return together
