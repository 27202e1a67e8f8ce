"""The folder that `vicinal export --all` wrote: a pool with its items in the order of its vectors."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.records.pools import Fingerprint, Medium

_ABOUT, _ITEMS, _VECTORS = "pool.json", "items", "vectors"
_FORMAT = "vicinal pool"


def is_exported_pool(folder: Path) -> bool:
    """Whether this is such a folder."""
    return (folder / _ABOUT).is_file() and (_find_file(folder, _VECTORS, ".npy", ".parquet") is not None)


def read_config(folder: Path) -> Mapping[str, Any]:
    """The pool's settings.

    Raises:
        InvalidInput: there are none, or they make no sense.
    """
    path = folder / _ABOUT
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != _FORMAT:
            raise ValueError(f"its format is {about['format']!r}")
        config: Mapping[str, Any] = about["config"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidInput.at(
            str(path), f"does not tell of an exported pool ({error}); give what `vicinal export --all` wrote"
        ) from error
    return config


def read_fingerprint_digest(folder: Path) -> str:
    """What the pool's vectors were made with; empty for vectors of the user's own."""
    stored_fingerprint = read_config(folder).get("fingerprint")
    if not stored_fingerprint:
        return ""
    try:
        return Fingerprint(**{**stored_fingerprint, "medium": Medium(stored_fingerprint["medium"])}).digest
    except (TypeError, ValueError, KeyError) as error:
        raise InvalidInput.at(str(folder / _ABOUT), f"tells of no known fingerprint ({error})") from error


def find_vectors_file(folder: Path) -> Path:
    """The file of vectors, NPY or Parquet."""
    found = _find_file(folder, _VECTORS, ".npy", ".parquet")
    assert found is not None
    return found


def read_items(folder: Path) -> Iterator[Mapping[str, Any]]:
    """What is kept of each item, in the order of the vectors.

    Raises:
        InvalidInput: the file is missing, or a line of it makes no sense.
    """
    path = _find_file(folder, _ITEMS, ".jsonl", ".parquet")
    if path is None:
        raise InvalidInput.at(str(folder / f"{_ITEMS}.jsonl"), "is missing; export the pool again")
    try:
        if path.suffix == ".parquet":
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    yield from batch.to_pylist()
            return
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput.at(str(path), f"cannot be read ({error}); export the pool again") from error


def take_ids(items: Iterator[Mapping[str, Any]], count: int, folder: Path) -> list[str]:
    """The next ids.

    Raises:
        InvalidInput: there are fewer, or an item has none.
    """
    ids = [str(item.get("item_id") or "") for item in islice(items, count)]
    if len(ids) < count or not all(ids):
        raise InvalidInput.at(
            str(folder), "has not one item with an id for each vector; export the pool again"
        )
    return ids


def _find_file(folder: Path, name: str, *endings: str) -> Path | None:
    return next((path for end in endings if (path := folder / f"{name}{end}").is_file()), None)
