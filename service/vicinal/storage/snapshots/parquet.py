"""Items and vectors as Parquet. It needs pyarrow, which comes with the extra `evaluation`."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from vicinal.storage.snapshots.archive import wrong_folder

_ROWS = 10_000


def write_items(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """One row for each item, with whatever columns items have; metadata as a JSON object."""
    import pyarrow  # noqa: PLC0415 - heavy, and of an extra

    rows = ({**each, "metadata": json.dumps(each["metadata"], ensure_ascii=False)} for each in records)
    page = list(islice(rows, _ROWS))
    # A pool without items has no columns to tell of.
    schema = pyarrow.Table.from_pylist(page[:1] or [{"item_id": ""}]).schema
    with _writer(path, schema) as writer:
        while page:
            writer.write_table(pyarrow.Table.from_pylist(page, schema=schema))
            page = list(islice(rows, _ROWS))


def read_items(path: Path) -> Iterator[dict[str, Any]]:
    """What `write_items` wrote."""
    for batch in _batches(path):
        for record in batch.to_pylist():
            yield {**record, "metadata": json.loads(record["metadata"])}


def write_vectors(path: Path, pieces: Iterable[bytes], dimension: int) -> None:
    """One row for each vector, in the items' order, a list of float32."""
    import pyarrow  # noqa: PLC0415

    schema = pyarrow.schema({"vector": pyarrow.list_(pyarrow.float32(), dimension)})
    with _writer(path, schema) as writer:
        rest = b""
        for piece in pieces:
            whole = len(rest + piece) // (4 * dimension) * 4 * dimension
            content, rest = (rest + piece)[:whole], (rest + piece)[whole:]
            flat = pyarrow.array(np.frombuffer(content, "<f4"))
            column = pyarrow.FixedSizeListArray.from_arrays(flat, dimension)
            writer.write_table(pyarrow.Table.from_arrays([column], schema=schema))


def read_vectors(path: Path) -> Iterator[np.ndarray[Any, Any]]:
    """What `write_vectors` wrote, in blocks (rows, dimension)."""
    for batch in _batches(path):
        column = batch.column(0)
        yield column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)


def _writer(path: Path, schema: Any) -> Any:
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415

    return ParquetWriter(path, schema)


def _batches(path: Path) -> Iterator[Any]:
    import pyarrow  # noqa: PLC0415
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415

    try:
        with ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=_ROWS)
    except pyarrow.ArrowException as error:
        raise wrong_folder(f"{path} cannot be read ({error})") from error
