"""Data directories of older versions open, and then look as if they were made today."""

import numpy as np
import pytest

from tests.support.old_versions import make_old, tables
from vicinal.core.arms import SuggestionRecord
from vicinal.core.errors import StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Change, Sketch
from vicinal.records.labels import Arm
from vicinal.records.pool_options import Duplicates
from vicinal.storage import SqlStore
from vicinal.storage.sqlite import schema


def test_every_version_has_a_step():
    assert sorted(schema.STEPS) == list(range(1, schema.SCHEMA_VERSION))


@pytest.mark.slow
@pytest.mark.parametrize("version", range(1, schema.SCHEMA_VERSION))
def test_an_old_data_directory_opens(filled, version):
    fresh = tables(filled.database)
    make_old(filled.database, version)
    assert tables(filled.database) != fresh
    pool = filled.open().open_pool("fruits")
    filled.assert_holds(pool, 5, 1)
    (event,) = pool.events()
    assert (event.suggestion, event.predicted) == (None, "")
    suggestion = SuggestionRecord(1, "i2", Arm.CONTROL, 4)
    pool.commit(Change(suggestions=[suggestion]))
    filled.close()
    assert tables(filled.database) == fresh
    again = filled.open()
    assert again.pools() == [
        PoolConfig("fruits", 3, duplicates=Duplicates.OFF if version < 4 else Duplicates.EXACT)
    ]
    assert again.open_pool("fruits").duplicates() == []
    assert list(again.open_pool("fruits").sketches()) == [Sketch(())] * 5
    assert list(again.open_pool("fruits").suggestions()) == [suggestion]
    np.testing.assert_array_equal(again.open_pool("fruits").vectors(), filled.content(0, 5).vectors)


@pytest.mark.slow
def test_an_upgrade_that_fails_leaves_the_old_data_as_they_were(filled, monkeypatch):
    make_old(filled.database, 2)
    before = tables(filled.database)
    failing = ("items", "ALTER TABLE nowhere ADD COLUMN x")
    monkeypatch.setitem(schema.STEPS, 2, (*schema.STEPS[2], failing))  # type: ignore[arg-type]
    with pytest.raises(StorageFailed, match="nowhere"):
        SqlStore(filled.path, filled.clock)
    assert tables(filled.database) == before
    monkeypatch.undo()
    filled.assert_holds(filled.open().open_pool("fruits"), 5, 1)
