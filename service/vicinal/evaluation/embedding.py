"""Contents and their augmentations into vectors, once: kept on disk by what was embedded and by what."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.errors import ContentUnreadable
from vicinal.core.ports import Featurizer
from vicinal.core.records import RawContent
from vicinal.evaluation.composition import AugmentationEmbedder
from vicinal.records.pools import Fingerprint

CACHE_VARIABLE = "VICINAL_CACHE_DIR"
# Few enough that a bar moves while a model works, and that the contents in memory are few.
CHUNK = 256


@dataclass(frozen=True, eq=False)
class EmbeddedContents:
    """Vectors of contents.

    Attributes:
        vectors: (n, d) float32; rows of failures are zero.
        failures: why a content could not be read or embedded, by its row.
        fingerprint: what they were made with.
    """

    vectors: Vectors
    failures: Mapping[int, str] = field(default_factory=dict)
    fingerprint: Fingerprint | None = None


def cache_folder() -> Path:
    """Where vectors are kept: VICINAL_CACHE_DIR, else `vicinal` in the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vicinal"
    return Path(named) if named else usual


def embed_once(
    name: str,
    contents: Sequence[RawContent],
    featurizer: Featurizer,
    cache: Path,
    done: Callable[[int], None] = lambda _count: None,
) -> EmbeddedContents:
    """Vectors of the contents, from the cache where the same went through the same model before.

    Args:
        name: of the data, for the file in the cache.
        contents: image files or texts; taking one may raise OSError.
        featurizer: that embeds them.
        cache: folder to keep vectors in; made where it is not.
        done: called with how many contents have vectors.

    Raises:
        OSError: the cache cannot be written; the message names it.
    """
    kept = cache_file(name, contents, featurizer.fingerprint, cache).with_suffix(".npz")
    known = _kept(kept, len(contents), featurizer.fingerprint)
    if known is None:
        known = _embed(contents, featurizer, done)
        _keep(kept, known)
    done(len(contents))
    return known


def cache_file(name: str, contents: Sequence[RawContent], fingerprint: Fingerprint, cache: Path) -> Path:
    """Where vectors are kept, still without a suffix: another file for other contents or another model."""
    return cache / f"{_plain(name)}-{_digest(contents, fingerprint)}"


def make_temporary_path(kept: Path) -> Path:
    """Where a file of the cache is written before it is whole; another one for each process."""
    return kept.with_suffix(f".{os.getpid()}{kept.suffix}")


def explain_cache_error(cache: Path, error: OSError) -> OSError:
    """The error of a cache that cannot be written, with what to do."""
    return OSError(
        f"vectors cannot be kept in {str(cache)!r}: {error.strerror or error}; "
        f"name another folder in {CACHE_VARIABLE}"
    )


def _embed(
    contents: Sequence[RawContent], featurizer: Featurizer, done: Callable[[int], None]
) -> EmbeddedContents:
    vectors = np.zeros((len(contents), featurizer.fingerprint.dimension), dtype=np.float32)
    failures: dict[int, str] = {}
    for start in range(0, len(contents), CHUNK):
        readable: dict[int, RawContent] = {}
        for row in range(start, min(start + CHUNK, len(contents))):
            try:
                readable[row] = contents[row]
            except OSError as error:
                failures[row] = error.strerror or str(error)
        rows = list(readable)
        if rows:
            answer = featurizer.embed(list(readable.values()))
            vectors[rows] = answer.vectors
            failures |= {rows[at]: str(error) for at, error in answer.failures.items()}
        done(min(start + CHUNK, len(contents)))
    return EmbeddedContents(vectors, failures, featurizer.fingerprint)


def _digest(contents: Sequence[RawContent], fingerprint: Fingerprint) -> str:
    digest = hashlib.sha256(fingerprint.digest.encode())
    for row in range(len(contents)):
        try:
            content = contents[row]
        except OSError:
            content = b"\0unreadable"
        raw = content.encode(errors="surrogatepass") if isinstance(content, str) else content
        digest.update(hashlib.sha256(raw).digest())
    return digest.hexdigest()[:32]


def _kept(path: Path, count: int, fingerprint: Fingerprint) -> EmbeddedContents | None:
    """What is in the cache; None where that is nothing, or damaged."""
    try:
        with np.load(path, allow_pickle=False) as held:
            vectors: Vectors = held["vectors"]
            failures = {int(row): why for row, why in json.loads(str(held["failures"])).items()}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    if vectors.shape != (count, fingerprint.dimension):
        return None
    return EmbeddedContents(vectors, failures, fingerprint)


def _keep(path: Path, embedded: EmbeddedContents) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = make_temporary_path(path)
        np.savez(partial, vectors=embedded.vectors, failures=np.array(json.dumps(embedded.failures)))
        partial.replace(path)
    except OSError as error:
        raise explain_cache_error(path.parent, error) from error


def _plain(name: str) -> str:
    """The name with only what every file system takes.

    >>> _plain("my photos/2024")
    'my_photos_2024'
    """
    return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in name)[:60]


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
            _embed_augmentations(contents, augmentations, kept, shape, done)
        except OSError as error:
            raise explain_cache_error(cache, error) from error
    done(len(contents))
    if 0 in shape:
        return np.zeros(shape, dtype=np.float32)
    held: Vectors = np.load(kept, mmap_mode="r")
    return held


def _embed_augmentations(
    contents: Sequence[RawContent],
    augmentations: AugmentationEmbedder,
    kept: Path,
    shape: tuple[int, int, int],
    done: Callable[[int], None],
) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = make_temporary_path(kept)
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
