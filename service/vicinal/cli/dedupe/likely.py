"""Which items to compare besides, as far as the vectors of a featurizer tell."""

from collections.abc import Callable, Sequence

import numpy as np
from rich.progress import Progress

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Contents
from vicinal.cli.local_featurizers import local_featurizers
from vicinal.cli.output import progress
from vicinal.evaluation.augmentation_embedding import embed_augmentations_once
from vicinal.evaluation.composition import Featurizer, augmenter_for
from vicinal.evaluation.embedding import cache_folder, embed_once
from vicinal.evaluation.errors import VicinalError
from vicinal.evaluation.likely_duplicates import likely_duplicates


def likely_pairs(
    data: Contents, against: Contents | None, featurizer: str, augmentations: Sequence[str]
) -> list[tuple[str, str]]:
    """Pairs of ids: each item of the data with its nearest by vector, and by its views.

    Args:
        data: what is looked at.
        against: what it is compared with, besides.
        featurizer: name of the one that makes the vectors.
        augmentations: names of views and presets.

    Raises:
        Failure: the featurizer or a view cannot be had, or the cache of vectors cannot be written.
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
                told = _task(bar, f"embedding {len(looked_at.names)} views of {data.name}", data)
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
