"""Views of contents into vectors, once: kept in a mapped file, since they are many."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.errors import ContentUnreadable
from vicinal.core.ports import RawContent
from vicinal.evaluation.composition import AugmentationEmbedder
from vicinal.evaluation.embedding import cache_file, cache_unwritable, unfinished


def embed_augmentations_once(
    name: str,
    contents: Sequence[RawContent],
    augmentations: AugmentationEmbedder,
    cache: Path,
    done: Callable[[int], None] = lambda _count: None,
) -> Vectors:
    """Vectors of all views of the contents, from the cache where the same were embedded before.

    Args:
        name: of the data, for the file in the cache.
        contents: image files or texts; taking one may raise OSError.
        augmentations: that embed them.
        cache: folder to keep vectors in; made where it is not.
        done: called with how many contents have vectors.

    Returns:
        (n, views, d) float32, mapped from the file, read-only; zeros for what could not be read.

    Raises:
        OSError: the cache cannot be written; the message names it.
    """
    kept = cache_file(name, contents, augmentations.fingerprint, cache).with_suffix(".npy")
    shape = (len(contents), len(augmentations.names), augmentations.fingerprint.dimension)
    if not _is_whole(kept, shape):
        try:
            _embed_views(contents, augmentations, kept, shape, done)
        except OSError as error:
            raise cache_unwritable(cache, error) from error
    done(len(contents))
    if 0 in shape:
        return np.zeros(shape, dtype=np.float32)
    held: Vectors = np.load(kept, mmap_mode="r")
    return held


def _embed_views(
    contents: Sequence[RawContent],
    augmentations: AugmentationEmbedder,
    kept: Path,
    shape: tuple[int, int, int],
    done: Callable[[int], None],
) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = unfinished(kept)
    try:
        rows = np.lib.format.open_memmap(partial, mode="w+", dtype=np.float32, shape=shape)
        for row in range(len(contents)):
            try:
                rows[row] = augmentations.embed(_content(contents, row))
            except ContentUnreadable:
                continue  # plain embedding tells about it
            finally:
                done(row + 1)
        rows.flush()
        partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)


def _content(contents: Sequence[RawContent], row: int) -> RawContent:
    try:
        return contents[row]
    except OSError as error:
        raise ContentUnreadable(error.strerror or str(error)) from error


def _is_whole(kept: Path, shape: tuple[int, int, int]) -> bool:
    if 0 in shape:
        return True
    try:
        held = np.load(kept, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return bool(held.shape == shape and held.dtype == np.float32)
