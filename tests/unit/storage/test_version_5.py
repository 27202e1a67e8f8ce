"""What version 5 wrote, under the names of its time: all of it is there, and the same items come next.

That version recorded tests/data/version_5: a data directory of three pools (a dump of its database, and its
vectors), a snapshot of it, one pool exported, and what it read there and suggested next.
"""

import json
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.support.archives import changed, files_of, repacked
from tests.support.disks import Disk, archive_of, restore
from tests.support.old_versions import tables
from vicinal.core.errors import SnapshotDamaged
from vicinal.core.pool_config import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.jobs import read_labels
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Duplicates
from vicinal.storage import SqlStore
from vicinal.storage.snapshots import readable
from vicinal.storage.sqlite import schema

RECORDED = Path(__file__).parents[2] / "data" / "version_5"
EXPECTED = json.loads((RECORDED / "expected.json").read_text())
RETIRED = {
    "copies",
    "draws",
    "draw",
    "kept_id",
    "kept",
    "filled",
    "known_share",
    "isolation",
    "views",
    "keep",
}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "data")
    made.clock.time = EXPECTED["time"]
    yield made
    made.close()


def lay_out(disk: Disk) -> None:
    shutil.copytree(RECORDED / "pools", disk.path / "pools")
    with closing(sqlite3.connect(disk.database)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.executescript((RECORDED / "directory.sql").read_text())


def restored_whole(disk: Disk) -> None:
    incoming = disk.open().receive()
    incoming.write((RECORDED / "snapshot.tar").read_bytes())
    incoming.adopt({config.pool_id: config.pool_id for config in incoming.prepare()})
    incoming.close()


def imported(disk: Disk) -> None:
    scratch = disk.path.parent / "scratch"
    scratch.mkdir()
    restore(disk.open(), b"".join(readable.pack(RECORDED / "exported", scratch)), "fruits")


def session_of(disk: Disk, store: SqlStore) -> PoolSession:
    (config,) = (each for each in store.pools() if each.pool_id == "fruits")
    neighbourhoods = PoolNeighbourhoods(config.metric, 5)
    return PoolSession(config, store.open_pool("fruits"), neighbourhoods, disk.clock)


def next_items(disk: Disk, session: PoolSession) -> list[dict[str, Any]]:
    found = []
    for expected in EXPECTED["next_items"]:
        disk.clock.time += 1
        (item,) = session.leases.open(1, expected["annotator"]).items
        probabilities = [list(each) for each in item.probabilities.items()]
        found.append(
            {
                "annotator": expected["annotator"],
                "item_id": item.item_id,
                "arm": item.arm,
                "score": item.score.score,
                "probabilities": probabilities,
            }
        )
    return found


def read_rows(store: SqlStore) -> dict[str, list[list[Any]]]:
    """What the store says of the pool, in the form that it was recorded in."""
    pool = store.open_pool("fruits")
    return {
        "suggestions": [list(asdict(each).values()) for each in pool.suggestions()],
        "events": [
            [
                each.sequence,
                each.kind,
                each.item_id,
                each.at,
                each.label,
                each.annotator,
                each.reason,
                each.predicted,
                each.suggestion.number if each.suggestion else 0,
            ]
            for each in pool.events()
        ],
        "duplicates": [
            [
                each.item_id,
                each.representative_id,
                each.kind,
                each.evidence.similarity,
                each.evidence.inliers,
                list(asdict(each.evidence.transform).values()) if each.evidence.transform else None,
                list(each.evidence.kinds),
                each.evidence.is_identical,
                each.compared_with,
                each.found_at,
                each.is_restored,
            ]
            for each in pool.duplicates()
        ],
        "examples": [
            [
                each.example_id,
                each.label,
                each.content_hash,
                each.created_at,
                each.annotator,
                each.vector.tolist(),
            ]
            for each in pool.examples()
        ],
    }


def read_leases(store: SqlStore) -> list[list[Any]]:
    leases = store.open_pool("fruits").leases()
    return [
        [each.lease_id, each.annotator, each.expires_at, list(each.item_ids), each.number] for each in leases
    ]


def assert_all_settings_are_there(configs: list[PoolConfig]) -> None:
    alone, fruits, pictures = configs
    assert (alone.duplicates, alone.augmentations) == (Duplicates.OFF, ())
    assert (alone.confidence_filter, alone.outlier_filter) == (None, None)
    assert (fruits.duplicates, fruits.carry_labels, fruits.overlap) == (Duplicates.EXACT, True, 2)
    assert (fruits.confidence_filter, fruits.outlier_filter) == (0.95, 4.0)
    assert (pictures.duplicates, pictures.augmentations) == (Duplicates.NEAR, ("mirrored", "turned-90"))
    assert (pictures.confidence_filter, pictures.outlier_filter) == (0.0, 0.0)


def assert_labels_are_there(session: PoolSession) -> None:
    labels = session.export_labels(with_duplicates=True)
    carried = [[each.item_id, each.label, each.carried_from] for each in labels if each.carried_from]
    assert carried == EXPECTED["carried_labels"] != []
    assert [[each.item_id, each.label] for each in session.export_labels()] == EXPECTED["labels"]
    assert dict(session.view().label_counts) == EXPECTED["label_counts"]


@pytest.mark.slow
@pytest.mark.parametrize("bring_in", [lay_out, restored_whole])
def test_all_of_it_is_there_and_the_same_items_come_next(disk, bring_in):
    bring_in(disk)
    store = disk.open()
    assert_all_settings_are_there(list(store.pools()))
    assert read_rows(store) == {name: EXPECTED[name] for name in read_rows(store)}
    assert read_leases(store) == EXPECTED["leases"] != []
    session = session_of(disk, store)
    assert asdict(session.view().counts) == EXPECTED["counts"]
    assert session.view().open_leases == EXPECTED["open_leases"]
    assert_labels_are_there(session)
    assert next_items(disk, session) == EXPECTED["next_items"]


def test_a_response_that_was_stored_is_found(disk):
    lay_out(disk)
    response = disk.open().stored_response("request-1")
    assert (response.digest, response.message) == ("digest", b"\x00answer")
    disk.store.delete_pool("fruits")
    disk.clock.time += 1
    assert disk.store.stored_response("request-1") is None


@pytest.mark.slow
def test_an_exported_pool_is_there_but_for_its_leases(disk):
    imported(disk)
    assert read_rows(disk.store) == {name: EXPECTED[name] for name in read_rows(disk.store)}
    assert read_leases(disk.store) == []
    assert_labels_are_there(session_of(disk, disk.store))


def test_it_becomes_a_directory_of_today(disk, tmp_path):
    lay_out(disk)
    disk.open()
    disk.close()
    SqlStore(tmp_path / "fresh", disk.clock).close()
    assert tables(disk.database) == tables(tmp_path / "fresh" / "vicinal.sqlite3")
    assert indexes(disk.database) == indexes(tmp_path / "fresh" / "vicinal.sqlite3")


def indexes(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        query = (
            "SELECT name || ' of ' || tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        )
        return {name for (name,) in connection.execute(query)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "bring_in", [lay_out, restored_whole, imported], ids=["directory", "snapshot", "exported"]
)
def test_no_old_name_is_written(disk, tmp_path, bring_in):
    bring_in(disk)
    archive = tmp_path / "new.tar"
    archive.write_bytes(archive_of(disk.open(), "fruits"))
    assert not RETIRED & names_in_archive(archive)
    (tmp_path / "folder").mkdir()
    readable.unpack(archive, tmp_path / "folder", parquet=False)
    assert not RETIRED & names_in_folder(tmp_path / "folder")


def test_an_archive_of_version_5_is_exported_under_the_names_of_today(tmp_path):
    scratch, folder, again = (tmp_path / name for name in ("scratch", "folder", "again"))
    for each in (scratch, folder, again):
        each.mkdir()
    old = tmp_path / "old.tar"
    old.write_bytes(only("fruits", (RECORDED / "snapshot.tar").read_bytes()))
    assert {"copies", "draws", "draw", "kept_id", "kept", "filled", "known_share"} <= names_in_archive(old)
    readable.unpack(old, folder, parquet=False)
    assert not RETIRED & names_in_folder(folder)
    packed = tmp_path / "packed.tar"
    packed.write_bytes(b"".join(readable.pack(folder, scratch)))
    readable.unpack(packed, again, parquet=False)
    for name in ("labels.jsonl", "duplicates.jsonl", "suggestions.jsonl", "items.jsonl", "examples.jsonl"):
        assert (again / name).read_text() == (folder / name).read_text() != "", name


def test_a_job_reads_the_same_labels_from_an_exported_pool(tmp_path):
    """A job takes them from the folder itself."""
    old, folder = tmp_path / "old.tar", tmp_path / "folder"
    old.write_bytes(only("fruits", (RECORDED / "snapshot.tar").read_bytes()))
    folder.mkdir()
    readable.unpack(old, folder, parquet=False)
    given, expected = read_labels(RECORDED / "exported"), read_labels(folder)
    assert given == expected
    assert given.carried == {carried: label for carried, label, _ in EXPECTED["carried_labels"]}
    assert "item-003" in given.aside


def test_a_row_with_both_names_is_refused(disk):
    def with_both(content: bytes) -> bytes:
        return content.replace(b'"kept_id"', b'"representative_id": "item-000", "kept_id"')

    archive = changed(only("fruits", (RECORDED / "snapshot.tar").read_bytes()), "copies.jsonl", with_both)
    with pytest.raises(SnapshotDamaged, match="representative_id stands there under two names"):
        restore(disk.open(), archive, "fruits")


def test_an_archive_of_today_has_no_old_names(disk):
    def of_today(content: bytes) -> bytes:
        return json.dumps(json.loads(content) | {"schema_version": schema.SCHEMA_VERSION}).encode()

    archive = changed(only("fruits", (RECORDED / "snapshot.tar").read_bytes()), "snapshot.json", of_today)
    with pytest.raises(SnapshotDamaged, match="a file that is of no pool in it"):
        restore(disk.open(), archive, "fruits")


def only(pool_id: str, archive: bytes) -> bytes:
    """An archive with one of the pools of another."""
    files = files_of(archive)
    header = json.loads(files.pop("snapshot.json"))
    (name,) = (
        each for each in header["pools"] if json.loads(files[f"{each}/pool.json"])["pool_id"] == pool_id
    )
    header["pools"] = [name]
    kept = {path: content for path, content in files.items() if path.startswith(f"{name}/")}
    return repacked({"snapshot.json": json.dumps(header).encode(), **kept})


def names_in_archive(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        contents = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    return names_in(contents)


def names_in_folder(folder: Path) -> set[str]:
    return names_in({path.name: path.read_bytes() for path in folder.iterdir()})


def names_in(contents: dict[str, bytes]) -> set[str]:
    """Names of files and keys of JSON in them, also of JSON in texts, and short texts."""
    found = set[str]()
    for name, content in contents.items():
        found.add(Path(name).stem)
        if name.endswith(".json"):
            found |= words_of(json.loads(content))
        elif name.endswith(".jsonl"):
            for line in content.splitlines():
                found |= words_of(json.loads(line))
    return found


def words_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(words_of, value.values()))
    if isinstance(value, list):
        return set[str]().union(*map(words_of, value))
    if isinstance(value, str):
        return words_of(json.loads(value)) if value.startswith("{") else {value}
    return set()
