"""The search itself, with its progress."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import Contents, Holds
from vicinal.cli.output import progress

if TYPE_CHECKING:
    from vicinal.duplicates import Findings

Tell = Callable[[str, int, int], None]


class KeepRule(StrEnum):
    """Which one of several copies is kept."""

    BEST = "best"
    LARGEST = "largest"
    SHARPEST = "sharpest"
    OLDEST = "oldest"


@dataclass(frozen=True)
class Kept:
    """Which one of several copies is kept.

    Attributes:
        rule: its name.
        times: when files were changed last, by id, where that matters.
    """

    rule: KeepRule = KeepRule.BEST
    times: Mapping[str, float] | None = None


def search(
    data: Contents, against: Contents | None, also: Sequence[tuple[str, str]], kept: Kept
) -> "Findings":
    """The groups of copies in the data, and of those that they are held against.

    Args:
        data: what is looked at.
        against: what it is held against; of the same kind.
        also: pairs of ids to compare besides; not for vectors.
        kept: which one of several copies is kept.

    Raises:
        Failure: a package is missing, there is no room for a temporary file, or the vectors are not what
            they should be.
    """
    with progress() as bar:
        sizes = {"reading": len(data), "reading what is there": len(against) if against else 0}
        tasks = {}

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of or sizes.get(step))
            bar.update(tasks[step], completed=done)

        if data.holds is Holds.VECTORS:
            return _among_vectors(data, against, tell)
        return _among_contents(data, against, also, kept, tell)


def _among_contents(
    data: Contents, against: Contents | None, also: Sequence[tuple[str, str]], kept: Kept, tell: Tell
) -> "Findings":
    with extra_needed("duplicates"):
        from vicinal.duplicates import Keep, find_image_copies, find_text_copies  # noqa: PLC0415 - an extra
    keep = Keep(kept.rule)
    if data.holds is Holds.TEXTS:
        there = against.texts() if against else ()
        return find_text_copies(data.texts(), tell, also=also, against=there, keep=keep)
    try:
        pictures = against.images() if against else ()
        return find_image_copies(
            data.images(), tell, also=also, against=pictures, keep=keep, times=kept.times
        )
    except OSError as error:
        raise Failure(
            f"what is kept of the images cannot be written to {tempfile.gettempdir()!r}: "
            f"{error.strerror or error}; name a folder with 40 KB of room for each in TMPDIR"
        ) from error


def _among_vectors(data: Contents, against: Contents | None, tell: Tell) -> "Findings":
    with extra_needed("service"):
        from vicinal.duplicates import find_vector_copies  # noqa: PLC0415 - an extra
        from vicinal.evaluation.composition import pool_neighbours  # noqa: PLC0415 - FAISS takes a second
        from vicinal.evaluation.errors import VicinalError  # noqa: PLC0415
    parts = [each for each in (against, data) if each is not None]
    vectors = [part.vectors for part in parts if part.vectors is not None]
    dimensions = [each.shape[1] for each in vectors]
    if len(set(dimensions)) > 1:
        raise Failure(f"--against: vectors there have {dimensions[0]} numbers, those of DATA {dimensions[1]}")
    ids = [item_id for part in parts for item_id in part.ids]
    try:
        return find_vector_copies(
            ids, np.concatenate(vectors), pool_neighbours, tell, known=len(against) if against else 0
        )
    except VicinalError as error:
        raise Failure(str(error)) from error
