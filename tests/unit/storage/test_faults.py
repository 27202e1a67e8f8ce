"""What the disk and the database throw, as errors of ours."""

import errno
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from vicinal.core.errors import StorageFailed, StorageFull
from vicinal.storage.faults import storage_faults


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, StorageFailed)],
)
def test_a_full_disk_is_told_from_a_failing_one(number, kind):
    with pytest.raises(StorageFailed) as caught, storage_faults(Path("data")):
        raise OSError(number, "so it is", "data/vectors")
    assert type(caught.value) is kind
    assert "data" in caught.value.message
    assert ("Make room" in caught.value.message) is (kind is StorageFull)


def test_a_database_without_room_says_so(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'small.sqlite3'}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 2"))
        connection.execute(text("CREATE TABLE heap (stone BLOB)"))
        with pytest.raises(StorageFull), storage_faults(tmp_path):
            connection.execute(text("INSERT INTO heap VALUES (zeroblob(100000))"))
    engine.dispose()
