"""The search itself, with its progress, and the pairs that a featurizer's vectors propose."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import Progress

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import Contents, DataKind
from vicinal.cli.local_models import local_featurizers
from vicinal.cli.output import progress
from vicinal.core.errors import VicinalError
from vicinal.evaluation.composition import Featurizer, augmenter_for
from vicinal.evaluation.embedding import cache_folder, embed_augmentations_once, embed_once
from vicinal.evaluation.labelled import likely_duplicates

if TYPE_CHECKING:
    from vicinal.duplicates import Findings


def find_likely_pairs(
    data: Contents, against: Contents | None, featurizer: str, augmentations: Sequence[str]
) -> list[tuple[str, str]]:
    """Pairs of ids: each item of the data with its nearest by vector, and by its augmentations.

    Args:
        data: what is looked at.
        against: what it is compared with, besides.
        featurizer: name of the one that makes the vectors.
        augmentations: names of augmentations and presets.

    Raises:
        Failure: the featurizer or an augmentation cannot be had, or the cache of vectors cannot be written.
    """
    parts = [each for each in (data, against) if each is not None]
    try:
        model = _featurizer(data, featurizer)
        looked_at = augmenter_for(model, augmentations)
        with progress() as bar:
            vectors = [
                embed_once(
                    part.name,
                    part.contents,
                    model,
                    cache_folder(),
                    _task(bar, f"embedding {part.name}", part),
                ).vectors
                for part in parts
            ]
            seen = None
            if looked_at.names:
                told = _task(bar, f"embedding {len(looked_at.names)} augmentations of {data.name}", data)
                seen = embed_augmentations_once(data.name, data.contents, looked_at, cache_folder(), told)
    except (VicinalError, OSError) as error:
        raise Failure(str(error)) from error
    ids = [item_id for part in parts for item_id in part.ids]
    return [(ids[left], ids[right]) for left, right in likely_duplicates(np.concatenate(vectors), seen)]


def _task(bar: Progress, what: str, contents: Contents) -> Callable[[int], None]:
    task = bar.add_task(what, total=len(contents))
    return lambda done: bar.update(task, completed=done)


def _featurizer(data: Contents, name: str) -> Featurizer:
    featurizer = local_featurizers().get(name)
    reads = featurizer.fingerprint.medium
    if f"{reads}s" != data.holds:
        raise Failure(f"--featurizer {name!r} reads {reads}s, but {data.name} holds {data.holds}")
    return featurizer


OnProgress = Callable[[str, int, int], None]


class KeepRule(StrEnum):
    """Which one of several duplicates is kept."""

    BEST = "best"
    LARGEST = "largest"
    SHARPEST = "sharpest"
    OLDEST = "oldest"


@dataclass(frozen=True)
class KeepOptions:
    """Which one of several duplicates is kept.

    Attributes:
        rule: its name.
        times: when files were changed last, by id, where that matters.
    """

    rule: KeepRule = KeepRule.BEST
    times: Mapping[str, float] | None = None


def search(
    data: Contents, against: Contents | None, also: Sequence[tuple[str, str]], kept: KeepOptions
) -> "Findings":
    """The groups of duplicates in the data, and of those that they are compared with.

    Args:
        data: what is looked at.
        against: what it is compared with; of the same kind.
        also: pairs of ids to compare besides; not for vectors.
        kept: which one of several duplicates is kept.

    Raises:
        Failure: a package is missing, there is no room for a temporary file, or the vectors are not what
            they should be.
    """
    with progress() as bar:
        sizes = {"reading": len(data), "reading what is there": len(against) if against else 0}
        tasks = {}

        def on_progress(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of or sizes.get(step))
            bar.update(tasks[step], completed=done)

        if data.holds is DataKind.VECTORS:
            return _among_vectors(data, against, on_progress)
        return _among_contents(data, against, also, kept, on_progress)


def _among_contents(
    data: Contents,
    against: Contents | None,
    also: Sequence[tuple[str, str]],
    kept: KeepOptions,
    on_progress: OnProgress,
) -> "Findings":
    with extra_needed("duplicates"):
        from vicinal.duplicates import Keep, find_image_duplicates, find_text_duplicates  # noqa: PLC0415 - an extra
    keep = Keep(kept.rule)
    if data.holds is DataKind.TEXTS:
        there = against.texts() if against else ()
        return find_text_duplicates(data.texts(), on_progress, also=also, against=there, keep=keep)
    try:
        pictures = against.images() if against else ()
        return find_image_duplicates(
            data.images(), on_progress, also=also, against=pictures, keep=keep, times=kept.times
        )
    except OSError as error:
        raise Failure(
            f"what is kept of the images cannot be written to {tempfile.gettempdir()!r}: "
            f"{error.strerror or error}; name a folder with 40 KB of room for each in TMPDIR"
        ) from error


def _among_vectors(data: Contents, against: Contents | None, on_progress: OnProgress) -> "Findings":
    with extra_needed("service"):
        from vicinal.core.errors import VicinalError  # noqa: PLC0415
        from vicinal.duplicates import find_vector_duplicates  # noqa: PLC0415 - an extra
        from vicinal.evaluation.composition import pool_neighbours  # noqa: PLC0415 - FAISS takes a second
    parts = [each for each in (against, data) if each is not None]
    vectors = [part.vectors for part in parts if part.vectors is not None]
    dimensions = [each.shape[1] for each in vectors]
    if len(set(dimensions)) > 1:
        raise Failure(f"--against: vectors there have {dimensions[0]} numbers, those of DATA {dimensions[1]}")
    ids = [item_id for part in parts for item_id in part.ids]
    try:
        return find_vector_duplicates(
            ids, np.concatenate(vectors), pool_neighbours, on_progress, known=len(against) if against else 0
        )
    except VicinalError as error:
        raise Failure(str(error)) from error
