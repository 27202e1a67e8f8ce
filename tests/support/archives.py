"""Archives of snapshots, taken apart and put together, and what the database holds of a pool."""

import io
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Float, Integer

from tests.support.disks import Disk
from vicinal.storage.snapshots import archive as archives
from vicinal.storage.sqlite import schema

OF_TYPE = {Integer: 1, Float: 2.5, schema.Blob: bytes(12)}


# What may stand in columns of which not every value of their type is one.
KNOWN: dict[str, object] = {
    "item_id": "i0",
    "item_ids": '["i0"]',
    "metadata": "{}",
    "arm": "control",
    "kind": "duplicate",
    "representative_id": "i1",
    "compared_with": "i2",
    "evidence": '{"similarity": 0.5, "inliers": 3, "transform": null, "kinds": ["cropped"]}',
    "digests": '["d"]',
}


def give_every_table_a_row(disk: Disk) -> None:
    """Also those that this test knows nothing of; they may point to the item i0."""
    with closing(sqlite3.connect(disk.database)) as connection, connection:
        for table in schema.POOL_TABLES:
            if not connection.execute(f"SELECT 1 FROM {table.name}").fetchone():
                row = [
                    KNOWN.get(column.name, OF_TYPE.get(type(column.type), "x")) for column in table.columns
                ]
                connection.execute(f"INSERT INTO {table.name} VALUES ({','.join('?' * len(row))})", row)


def rows(disk: Disk, pool_id: str) -> dict[str, list[tuple[object, ...]]]:
    """Of every table, without the key, the pool's id and its folder."""
    with closing(sqlite3.connect(disk.database)) as connection:
        query = "SELECT pool_key FROM pools WHERE pool_id = ?"
        (key,) = connection.execute(query, (pool_id,)).fetchone()
        found = {}
        for table in schema.POOL_TABLES:
            names = [column.name for column in table.columns]
            kept = ", ".join(
                name for name in names if name not in ("pool_key", "pool_id", "folder", "config")
            )
            if kept:
                query = f"SELECT {kept} FROM {table.name} WHERE pool_key = ? ORDER BY 1, 2"
                found[table.name] = connection.execute(query, (key,)).fetchall()
        return found


def changed(archive: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """The archive with one file of it made another, or left out, and right checksums."""
    files = files_of(archive)
    (full,) = (each for each in files if each.endswith(name))
    replaced = change(files.pop(full))
    return repacked(files | ({} if replaced is None else {full: replaced}))


def files_of(archive: bytes) -> dict[str, bytes]:
    """All but the manifest."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar if each.name != "manifest.json"}


def repacked(files: dict[str, bytes]) -> bytes:
    members = []
    with TemporaryDirectory() as folder:
        for number, (name, content) in enumerate(files.items()):
            path = Path(folder, str(number))
            path.write_bytes(content)
            members.append(archives.Member(name, path, len(content)))
        return b"".join(archives.iterate_archive(members))
