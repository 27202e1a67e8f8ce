"""What a search came to, whatever the data were compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vicinal.cli.dedupe.pool_check import check_against, groups_in_pool, representative_pictures
from vicinal.cli.dedupe.searching import KeepOptions, search
from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import Contents, LeftOut, Unreadable
from vicinal.client import Client

if TYPE_CHECKING:
    from vicinal.duplicates import Findings


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
        augmentations: names of views and presets.
    """

    featurizer: str
    augmentations: tuple[str, ...]

    def pairs(self, data: Contents, against: Contents | None) -> list[tuple[str, str]]:
        """Pairs of ids.

        Raises:
            Failure: the featurizer or a view cannot be had.
        """
        if not self.featurizer:
            if self.augmentations:
                raise Failure("--augmentations: views are embedded; name the --featurizer that shall do it")
            return []
        with extra_needed("service"):
            from vicinal.cli.dedupe.likely import likely_pairs  # noqa: PLC0415 - TensorFlow takes long
        return likely_pairs(data, against, self.featurizer, self.augmentations)


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
