"""Labelled data with their vectors, for `vicinal simulate`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import (
    ContentSubset,
    DataKind,
    LabelledItems,
    LeftOutCount,
    Reason,
    Unreadable,
    describe,
    groups_of,
)
from vicinal.cli.local_models import local_featurizers
from vicinal.cli.output import complain, progress, say_left_out, say_notes, side_console
from vicinal.core.errors import FeaturizerUnavailable, VicinalError
from vicinal.evaluation.composition import Featurizer, Fingerprint
from vicinal.evaluation.embedding import EmbeddedContents, cache_folder, embed_once
from vicinal.evaluation.labelled import LabelledVectors, labelled_vectors

# For each kind of contents, best first; the last one of images needs no weights and can always be had.
FEATURIZERS = {DataKind.IMAGES: ("mobilenet-v2", "image-statistics"), DataKind.TEXTS: ("use-offline",)}
# Items left out that are named one by one.
_NAMED = 10


@dataclass(frozen=True, eq=False)
class SimulationInput:
    """What a simulation runs on.

    Attributes:
        vectors: with classes and groups.
        data: as it was read.
        fingerprint: what the vectors were made with; None for the user's own.
        notes: what was left out, a sentence each.
        left_out_counts: the same counted, but for items without a label.
        errors: items that could not be read, each with its reason.
    """

    vectors: LabelledVectors
    data: LabelledItems
    fingerprint: Fingerprint | None
    notes: list[str]
    left_out_counts: list[LeftOutCount]
    errors: list[Unreadable]

    def content_of(self, item_id: str) -> bytes | str | None:
        """What the item is, to be shown; None for a vector, and for a file that is gone."""
        if not self.data.contents:
            return None
        try:
            return self.data.contents[self._row_of[item_id]]
        except OSError:
            return None

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {item_id: row for row, item_id in enumerate(self.data.ids)}


def prepare(data: LabelledItems, groups: str, featurizer: str) -> SimulationInput:
    """Leaves out what has no label or cannot be read, which is said, and gets the vectors of the rest.

    Args:
        data: as it was read.
        groups: as in `groups_of`.
        featurizer: empty is the best that can be had here.

    Raises:
        Failure: the groups or the featurizer cannot be had, or what is left is not enough.
    """
    group_of = groups_of(data, groups)
    rows = [row for row, label in enumerate(data.classes) if label]
    say_notes(data.notes)
    left_out = list(data.left_out)
    notes = [*data.notes, *_passed_over(data), *_left_out(left_out)]
    if len(rows) < len(data):
        notes.append(f"{len(data) - len(rows)} of {len(data)} items have no label and were left out.")
        complain(notes[-1])
    try:
        if data.vectors is None:
            rows, vectors, fingerprint, failed = _embedded(data, rows, featurizer)
            notes += _left_out(failed)
            left_out += failed
        elif featurizer:
            raise Failure(f"--featurizer {featurizer!r}: these are vectors already; leave it out")
        else:
            vectors, fingerprint = data.vectors[rows], None
        ids, classes, named = ([each[row] for row in rows] for each in (data.ids, data.classes, group_of))
        checked = labelled_vectors(data.name, ids, classes, named, vectors)
    except VicinalError as error:
        raise Failure(f"{data.name}: {error}") from error
    # Rows of tables without a file are counted where the folder is read.
    errors = [each for each in left_out if each.reason is not Reason.ROW_WITHOUT_FILE]
    return SimulationInput(checked, data, fingerprint, notes, data.passed_over.counts(errors), errors)


def _embedded(
    data: LabelledItems, rows: Sequence[int], name: str
) -> tuple[list[int], NDArray[np.float32], Fingerprint | None, list[Unreadable]]:
    """The rows that could be read, with their vectors, and the others."""
    embedded = _embed(data, rows, name)
    failed = [Unreadable(data.ids[rows[at]], why) for at, why in sorted(embedded.failures.items())]
    good = [at for at in range(len(rows)) if at not in embedded.failures]
    if not good:
        raise Failure(f"{data.name}: none of the {len(rows)} items can be read: {failed[0].message}")
    return [rows[at] for at in good], embedded.vectors[good], embedded.fingerprint, failed


def _embed(data: LabelledItems, rows: Sequence[int], name: str) -> EmbeddedContents:
    if not rows:
        raise Failure(f"{data.name}: no item has a label")
    featurizer = _featurizer(data.holds, name)
    reads = featurizer.fingerprint.medium
    if f"{reads}s" != data.holds:
        raise Failure(f"--featurizer {name!r} reads {reads}s, but {data.name} holds {data.holds}")
    contents = data.contents if len(rows) == len(data) else ContentSubset(data.contents, rows)
    with progress() as bar:
        task = bar.add_task(f"embedding with {featurizer.fingerprint.name}", total=len(rows))
        try:
            return embed_once(
                data.name, contents, featurizer, cache_folder(), lambda done: bar.update(task, completed=done)
            )
        except OSError as error:
            raise Failure(str(error)) from error


def _featurizer(holds: DataKind, name: str) -> Featurizer:
    """The one that was asked for, or the best that can be had; says why it is not a better one."""
    registry = local_featurizers()
    if name:
        return registry.get(name)
    *better, last = FEATURIZERS[holds]
    for each in better:
        try:
            return registry.get(each)
        except FeaturizerUnavailable as error:
            side_console().print(f"{each} cannot be had: {error}", markup=False, soft_wrap=True)
    return registry.get(last)


def _passed_over(data: LabelledItems) -> list[str]:
    counts = data.passed_over.counts([])
    return [f"{describe(counts)}."] if counts else []


def _left_out(items: Sequence[Unreadable]) -> list[str]:
    """Names them on stderr; the sentence about them, if there is any."""
    say_left_out(items)
    if not items:
        return []
    named = ", ".join(item.name for item in items[:_NAMED])
    more = ", ..." if len(items) > _NAMED else "."
    return [f"Left out, since they could not be read, {len(items)}: {named}{more}"]
