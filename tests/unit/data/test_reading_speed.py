"""How much work a plain row of a table takes, counted in calls: these are the same on every machine."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from vicinal.data.labels import read_label_file
from vicinal.data.tables.items import ItemColumns, TableItems
from vicinal.data.tables.rows import read_rows

_ROWS = 1000


def read(path: Path) -> None:
    assert sum(not row.fault for row in read_rows(path)) == _ROWS


def read_items(path: Path) -> None:
    assert sum(1 for _ in TableItems(path, ItemColumns())) == _ROWS


def read_labels(path: Path) -> None:
    assert len(read_label_file(path).labels) == _ROWS


@pytest.mark.parametrize(
    ("reader", "most_calls"),
    [(read, 8), (read_items, 41), (read_labels, 33)],
    ids=["rows", "items", "labels"],
)
def test_a_plain_row_takes_few_calls(tmp_path: Path, reader: Callable[[Path], None], most_calls: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,text,label\n" + "".join(f"r{row},some text,cat\n" for row in range(_ROWS)))
    reader(path)  # imports and caches
    calls = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        reader(path)
    finally:
        sys.setprofile(before)
    assert calls / _ROWS < most_calls
