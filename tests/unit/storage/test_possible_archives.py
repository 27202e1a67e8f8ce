"""Archives with one value changed that no request could have made: refused, and nothing is changed."""

import json

import pytest

from benchmarks.hostile.archives import packed, unpacked
from tests.support.disks import Disk
from tests.support.rich_pool import rich_archive
from vicinal.core.errors import SnapshotDamaged
from vicinal.server.composition import check_augmentations
from vicinal.storage import SqlStore

FINGERPRINT = {"name": "use", "version": "4", "preprocessing": "", "dimension": 4, "medium": "text"}
OF_TEXTS = {"featurizer": "use", "fingerprint": FINGERPRINT, "duplicates": "near", "classes": []}


@pytest.fixture
def good(tmp_path, disk):
    return rich_archive(tmp_path / "source", disk.clock)


def with_settings(archive, **changes):
    files = unpacked(archive)
    name = next(name for name in files if name.endswith("pool.json"))
    files[name] = json.dumps({**json.loads(files[name]), **changes}).encode()
    return packed(files)


def with_value(archive, table, column, value, row=0):
    files = unpacked(archive)
    name = next(name for name in files if name.endswith(f"{table}.jsonl"))
    rows = [json.loads(line) for line in files[name].splitlines()]
    rows[row][column] = value
    files[name] = b"".join(json.dumps(each).encode() + b"\n" for each in rows)
    return packed(files)


def prepare(disk: Disk, archive):
    store = disk.store = SqlStore(disk.path, disk.clock, check_augmentations=check_augmentations)
    incoming = store.receive()
    try:
        incoming.write(archive)
        incoming.prepare()
    finally:
        incoming.close()
        assert store.pools() == []
        assert list((disk.path / "pools").iterdir()) == []
        store.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "column", "row"),
    [
        ("events", "label", 0),
        ("events", "annotator", 1),
        ("items", "gold", 5),
        ("examples", "label", 0),
        ("leases", "annotator", 0),
    ],
)
def test_a_name_that_nobody_can_see_is_refused(disk, good, table, column, row):
    with pytest.raises(
        SnapshotDamaged, match=rf"\({table}, row {row + 1}: {column} has no character"
    ) as refusal:
        prepare(disk, with_value(good, table, column, "\u200b", row))
    assert str(disk.path) not in refusal.value.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "row", "changes"), [("events", 0, {"label": "a\nb"}), ("items", 3, {"metadata": "[1]"})]
)
def test_the_row_is_named_and_no_path_of_the_server(disk, good, table, row, changes):
    ((column, value),) = changes.items()
    with pytest.raises(SnapshotDamaged, match=rf"{table}, row {row + 1}: {column} is") as refusal:
        prepare(disk, with_value(good, table, column, value, row))
    assert str(disk.path) not in refusal.value.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "told"),
    [(["green"], "items, row 6: gold is none"), (["ripe"], "events, row 1: predicted is none")],
)
def test_labels_that_are_no_class_are_refused(disk, good, classes, told):
    with pytest.raises(SnapshotDamaged, match=told):
        prepare(disk, with_settings(good, classes=classes))


@pytest.mark.slow
def test_examples_and_events_of_another_class_are_refused(disk, good):
    good = with_settings(good, classes=["ripe", "green"])
    prepare(disk, good)
    for table in ("events", "examples"):
        with pytest.raises(SnapshotDamaged, match=f"{table}, row 1: label is none"):
            prepare(disk, with_value(good, table, "label", "blue"))


@pytest.mark.slow
def test_a_resolution_is_some_person_s_or_the_consensus_s(disk, good):
    resolved = with_value(good, "events", "kind", "resolved")
    prepare(disk, resolved)
    of_nobody = with_value(resolved, "events", "annotator", "")
    with pytest.raises(SnapshotDamaged, match=r"events, row 1: annotator is missing"):
        prepare(disk, of_nobody)
    prepare(disk, with_value(of_nobody, "events", "reason", "dawid_skene"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"classes": ["ripe", "green", "\u200b"]}, "classes has an entry without"),
        ({"augmentations": ["all"], "duplicates": "near"}, "images and texts alone"),
        ({**OF_TEXTS, "augmentations": ["mirror"]}, r"there is no \w+ 'mirror'"),
        ({"featurizer": "use"}, "featurizer and fingerprint go together"),
        ({"fingerprint": FINGERPRINT}, "featurizer and fingerprint go together"),
        ({**OF_TEXTS, "fingerprint": FINGERPRINT | {"dimension": 5}}, "not that of the fingerprint"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(disk, good, changes, told):
    with pytest.raises(SnapshotDamaged, match=told):
        prepare(disk, with_settings(good, **changes))


@pytest.mark.slow
def test_known_augmentations_are_accepted(disk, good):
    prepare(disk, with_settings(good, **OF_TEXTS, augmentations=["all"]))
