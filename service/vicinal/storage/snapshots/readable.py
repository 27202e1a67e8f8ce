"""A pool as a folder of files that people and other programs read, made of an archive and back into one."""

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from vicinal.core.errors import SnapshotTooNew
from vicinal.records.pool_options import Metric
from vicinal.storage.faults import storage_faults
from vicinal.storage.snapshots.archive import (
    Archive,
    Member,
    iterate_archive,
    make_damage_error,
    make_folder_error,
    parse_json,
)
from vicinal.storage.snapshots.outgoing import (
    CONFIG_NAME,
    FORMAT_NAME,
    FORMAT_VERSION,
    HEADER_NAME,
    ROW_TABLES,
)
from vicinal.storage.sqlite.old_names import rename_row, rename_settings, stored_name
from vicinal.storage.sqlite.pool import NEIGHBOURS_NAME, VECTORS_NAME
from vicinal.storage.sqlite.schema import SCHEMA_VERSION, chunks, events, examples, items, leases

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
        raise make_folder_error(f"{path} cannot be read ({error})") from error


Record = dict[str, Any]

FOLDER_FORMAT = "vicinal pool"
FILE_NAMES = {events.name: "labels"}
# What is not written as its own rows: leases not at all, chunks are counted again.
LEFT_OUT = (leases.name, chunks.name)

_POOL = "pools/1"


def unpack(archive_path: Path, folder: Path, *, parquet: bool) -> None:
    """Writes the only pool of an archive into an empty folder.

    Args:
        archive_path: of a snapshot.
        folder: of files as docs/durability.md lists them.
        parquet: writes items and vectors as Parquet instead of JSONL and NPY.

    Raises:
        SnapshotDamaged: it is no whole archive of one pool.
        StorageFailed: the disk refused.
    """
    with Archive(archive_path) as archive:
        header = archive.json(HEADER_NAME)
        (name,) = header["pools"] if len(header.get("pools", ())) == 1 else ("",)
        if not name:
            raise make_damage_error("it is not of one pool")
        version = header["schema_version"]
        config = rename_settings(archive.json(f"{name}/{CONFIG_NAME}"))
        about = {"format": FOLDER_FORMAT, "schema_version": version, "config": config}
        with storage_faults(folder):
            (folder / CONFIG_NAME).write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n")
        for table in ROW_TABLES:
            # A server of an older version does not send all tables, and calls some otherwise.
            member = f"{name}/{stored_name(table.name, version)}.jsonl"
            if table.name not in LEFT_OUT and member in archive:
                rows = map(json.loads, archive.lines(member))
                records = (rename_row(table.name, row, version) for row in rows)
                _write_table(folder, table.name, records, parquet=parquet)
        _write_vectors(archive, f"{name}/{VECTORS_NAME}", folder, config["dimension"], parquet=parquet)
        if f"{name}/{NEIGHBOURS_NAME}" in archive:
            with storage_faults(folder), (folder / NEIGHBOURS_NAME).open("xb") as file:
                file.writelines(archive.pieces(f"{name}/{NEIGHBOURS_NAME}"))


def pack(folder: Path, scratch: Path) -> Iterator[bytes]:
    """The archive of a folder that `unpack` wrote, to be restored from.

    Args:
        folder: with items and vectors in either format.
        scratch: an empty folder for what is converted.

    Raises:
        SnapshotDamaged: a file is missing, or a line of it makes no sense.
        SnapshotTooNew: a newer Vicinal wrote it.
        StorageFailed: it cannot be read, or the disk refused.
    """
    about = _about(folder)
    header = {
        "format": FORMAT_NAME,
        "format_version": FORMAT_VERSION,
        "schema_version": SCHEMA_VERSION,
        "pools": [_POOL],
    }
    members = [
        _json_member(scratch, HEADER_NAME, header),
        _json_member(scratch, f"{_POOL}/{CONFIG_NAME}", about["config"]),
    ]
    vectors = scratch / VECTORS_NAME
    crc32, rows = _read_vectors(folder, vectors, about["config"])
    chunk = [{"first_row": 0, "row_count": rows, "crc32": crc32}] if rows else []
    for table in ROW_TABLES:
        is_chunks = table.name == chunks.name
        records = iter(chunk) if is_chunks else _read_table(folder, table.name, int(about["schema_version"]))
        members.append(_rows_member(scratch, table.name, records))
    members.append(Member(f"{_POOL}/{VECTORS_NAME}", vectors, vectors.stat().st_size))
    neighbours = folder / NEIGHBOURS_NAME
    if neighbours.exists():
        members.append(Member(f"{_POOL}/{NEIGHBOURS_NAME}", neighbours, neighbours.stat().st_size))
    return iterate_archive(members)


def _about(folder: Path) -> Record:
    path = folder / CONFIG_NAME
    if not path.is_file():
        raise make_folder_error(f"there is no {path}")
    with storage_faults(path):
        text = path.read_text()
    try:
        about: Record = json.loads(text)
        folder_format, version, config = about["format"], int(about["schema_version"]), about["config"]
        dimension, _ = int(config["dimension"]), Metric(config["metric"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise make_folder_error(f"{path} makes no sense ({str(error)[:200]!r})") from error
    if folder_format != FOLDER_FORMAT or dimension < 1:
        raise make_folder_error(f"{path} does not tell of a {FOLDER_FORMAT}")
    if version > SCHEMA_VERSION:
        raise SnapshotTooNew(
            f"{path} has schema_version {version}, this Vicinal knows up to {SCHEMA_VERSION}; import it into "
            "a newer Vicinal"
        )
    return about


def _write_table(folder: Path, table: str, records: Iterable[Record], *, parquet: bool) -> None:
    shown = map(_SHOWN.get(table, _as_it_is), records)
    name = FILE_NAMES.get(table, table)
    with storage_faults(folder):
        if parquet and table == items.name:
            write_items(folder / f"{name}.parquet", shown)
            return
        with (folder / f"{name}.jsonl").open("xb") as file:
            file.writelines(_line(record) for record in shown)


def _read_table(folder: Path, table: str, version: int) -> Iterator[Record]:
    """The rows of a table under the names of today; none of a table that came after that version."""
    if table in LEFT_OUT:
        return
    path = _rows_path(folder, table, version)
    if version < SCHEMA_VERSION and not path.exists():
        return
    stored = _STORED.get(table, _as_it_is)
    records = read_items(path) if path.suffix == ".parquet" else _lines(path)
    for number, record in enumerate(records):
        try:
            named = rename_row(table, record, version)
            yield stored({"position": number, **named} if table == items.name else named)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise make_folder_error(f"{path}, record {number + 1} makes no sense ({error!r})") from error


def _rows_path(folder: Path, table: str, version: int) -> Path:
    """Where the rows of a table are; where they should be, if there are none."""
    names = [FILE_NAMES.get(name, name) for name in (table, stored_name(table, version))]
    paths = [folder / f"{name}.{kind}" for name in names for kind in ("parquet", "jsonl")]
    return next((path for path in paths if path.exists()), folder / f"{names[0]}.jsonl")


def _lines(path: Path) -> Iterator[Record]:
    if not path.exists():
        raise make_folder_error(f"there is no {path}")
    with storage_faults(path), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield parse_json(line)
            except ValueError as error:
                raise make_folder_error(f"{path}, line {number} is not JSON ({error})") from error


def _write_vectors(archive: Archive, name: str, folder: Path, dimension: int, *, parquet: bool) -> None:
    rows = archive.size(name) // (4 * dimension)
    with storage_faults(folder):
        if parquet:
            write_vectors(folder / "vectors.parquet", archive.pieces(name), dimension)
            return
        with (folder / "vectors.npy").open("xb") as file:
            described = {"descr": "<f4", "fortran_order": False, "shape": (rows, dimension)}
            np.lib.format.write_array_header_1_0(file, described)
            file.writelines(archive.pieces(name))


def _read_vectors(folder: Path, out: Path, config: Record) -> tuple[int, int]:
    """Writes the rows as they are stored; their checksum and number."""
    array, columns = folder / "vectors.npy", folder / "vectors.parquet"
    dimension, is_cosine = config["dimension"], config["metric"] == Metric.COSINE
    crc32 = written = 0
    with storage_faults(folder), out.open("xb") as file:
        for block in read_vectors(columns) if columns.exists() else _blocks(array):
            if block.ndim != 2 or block.shape[1] != dimension:
                raise make_folder_error(
                    f"vectors in {folder} are {block.shape}, not of {dimension} components"
                )
            if not _are_prepared(block, is_cosine):
                raise make_folder_error(f"vectors in {folder} are not finite, or for cosine not of length 1")
            content = np.ascontiguousarray(block, dtype="<f4").data.cast("B")
            crc32 = zlib.crc32(content, crc32)
            written += file.write(content)
    return crc32, written // (4 * dimension)


def _are_prepared(block: np.ndarray[Any, Any], is_cosine: bool) -> bool:
    """Whether the rows are what a pool keeps, to the rounding of float32."""
    lengths = np.linalg.norm(block.astype(np.float64), axis=1)
    return bool(np.isfinite(lengths).all() and (not is_cosine or np.allclose(lengths, 1, rtol=0, atol=1e-3)))


def _blocks(path: Path, rows: int = 65_536) -> Iterator[np.ndarray[Any, Any]]:
    if not path.exists():
        raise make_folder_error(f"there is no {path}")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise make_folder_error(f"{path} is no NPY file ({error})") from error
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


def _json_member(scratch: Path, name: str, record: Record) -> Member:
    path = scratch / name.replace("/", ".")
    with storage_faults(path):
        path.write_text(json.dumps(record))
    return Member(name, path, path.stat().st_size)


def _rows_member(scratch: Path, table: str, records: Iterable[Record]) -> Member:
    path = scratch / f"{table}.jsonl"
    with storage_faults(path), path.open("xb") as file:
        file.writelines(_line(record) for record in records)
    return Member(f"{_POOL}/{table}.jsonl", path, path.stat().st_size)


def _line(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _as_it_is(record: Record) -> Record:
    return record


def _shown_item(record: Record) -> Record:
    rest = {name: value for name, value in record.items() if name not in ("position", "metadata", "holdout")}
    return {**rest, "holdout": bool(record["holdout"]), "metadata": json.loads(record["metadata"])}


def _stored_item(record: Record) -> Record:
    return {**record, "holdout": int(record["holdout"]), "metadata": json.dumps(dict(record["metadata"]))}


def _shown_example(record: Record) -> Record:
    return {**record, "vector": np.frombuffer(base64.b64decode(record["vector"]), "<f4").tolist()}


def _stored_example(record: Record) -> Record:
    return {**record, "vector": base64.b64encode(np.array(record["vector"], "<f4").tobytes()).decode()}


_SHOWN: dict[str, Callable[[Record], Record]] = {items.name: _shown_item, examples.name: _shown_example}
_STORED: dict[str, Callable[[Record], Record]] = {items.name: _stored_item, examples.name: _stored_example}
