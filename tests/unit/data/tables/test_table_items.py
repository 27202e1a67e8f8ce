"""Rows of tables as items, with metadata that a server takes."""

import json
from pathlib import Path

import numpy as np
import pytest

from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import MAX_METADATA_BYTES, MAX_METADATA_ENTRIES
from vicinal.data.tables import items as table_items
from vicinal.data.tables.items import ItemColumns, RowFault, TableItem, TableItems


def items_of(
    folder: Path, content: str | bytes, name: str = "t.csv", columns: ItemColumns | None = None
) -> tuple[list[TableItem], list[RowFault], TableItems]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = TableItems(path, columns or ItemColumns())
    taken = list(table)
    assert table.count == len(taken)
    items = [each for each in taken if isinstance(each, TableItem)]
    assert table.good == len(items)
    return items, [each for each in taken if isinstance(each, RowFault)], table


def test_a_wrong_row_is_left_out_alone(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": "x \\ud83d"}',
        '{"id": "b", "text": "fine", "note": "y"}',
        '{"id": "c", "text": ' + "[" * 3000 + "]" * 3000 + "}",
        '{"id": "d", "text": "x", "note": "\\udfff"}',
        '{"text": "x"}',
        '{"id": "f"}',
        '{"id": "g", "text": NaN}',
        '{"id": 8.0, "text": 8}',
    ]
    items, faults, _ = items_of(tmp_path, "\n".join(lines), "t.jsonl")
    assert [(item.row, item.item_id, item.content) for item in items] == [
        (2, "b", "fine"),
        (7, "g", ""),
        (8, "8", "8"),
    ]
    assert items[0].metadata == {"note": "y"}
    assert [(fault.row, fault.item_id) for fault in faults] == [
        (1, "a"),
        (3, ""),
        (4, "d"),
        (5, ""),
        (6, "f"),
    ]
    for fault, part in zip(faults, ["'text'", "nested", "'note'", "no id", "no column 'text'"], strict=True):
        assert part in fault.why


def test_bytes_that_are_not_utf_8_cost_their_row_and_only_in_columns_that_are_used(tmp_path: Path) -> None:
    content = b"id,text,note\na,x\xff,n\nb,x,n\xff\nc,x,n\n"
    items, faults, _ = items_of(tmp_path, content)
    assert [item.item_id for item in items] == ["c"]
    assert all("save the file as UTF-8" in fault.why for fault in faults)
    items, faults, _ = items_of(tmp_path, b"id,text,note\nb,x,n\xff\n", columns=ItemColumns(metadata=["id"]))
    assert [item.item_id for item in items] == ["b"]


@pytest.mark.parametrize(
    ("header", "row", "kept", "why"),
    [
        (",id,text", "0,a,x", {}, "'' (no name of its own)"),
        ("Unnamed: 0,id,text", "0,a,x", {}, "'Unnamed: 0' (no name of its own)"),
        ("id,text,", "a,x,", {}, "'' (no name of its own)"),
        (f"id,text,{'n' * 129},m", "a,x,7,8", {"m": "8"}, "(a name of more than 128 characters)"),
        ("id,text,n,n,m", "a,x,1,2,3", {"m": "3"}, "'n' (several columns have this name)"),
        ("id,text,m,long", f"a,x,1,{'y' * MAX_METADATA_BYTES}", {"m": "1"}, "'long' (with it a row has more"),
    ],
)
def test_columns_that_a_server_does_not_take_are_left_out_of_the_metadata(
    tmp_path: Path, header: str, row: str, kept: dict[str, str], why: str
) -> None:
    items, faults, table = items_of(tmp_path, f"{header}\n{row}\n")
    assert [(item.item_id, item.content, item.metadata) for item in items] == [("a", "x", kept)]
    assert not faults
    (note,) = table.notes
    assert why in note
    assert "--metadata-column" in note


def test_of_many_columns_the_first_are_kept_or_those_that_are_chosen(tmp_path: Path) -> None:
    names = [f"q{number}" for number in range(MAX_METADATA_ENTRIES + 6)]
    content = f"id,text,{','.join(names)}\na,x,{','.join(names)}\n"
    items, _, table = items_of(tmp_path, content)
    assert list(items[0].metadata) == names[:MAX_METADATA_ENTRIES]
    assert "'q64'" in table.notes[0]
    items, _, table = items_of(tmp_path, content, columns=ItemColumns(metadata=["q69", "q3"]))
    assert items[0].metadata == {"q3": "q3", "q69": "q69"}
    assert table.notes == []
    with pytest.raises(InvalidInput, match="no column 'q99'; there are: "):
        items_of(tmp_path, content, columns=ItemColumns(metadata=["q99"]))


def test_where_there_are_no_metadata_other_columns_do_not_matter(tmp_path: Path) -> None:
    content = f",id,text,note,{'x' * 200}\n0,a,x,".encode() + b"\xff,1\n"
    items, faults, table = items_of(tmp_path, content, columns=ItemColumns(keeps_metadata=False))
    assert [(item.item_id, item.metadata) for item in items] == [("a", {})]
    assert (faults, table.notes) == ([], [])


def test_all_rows_keep_the_same_columns(tmp_path: Path) -> None:
    rows = [{"id": 1, "text": "x", "a": "1", "b": "2"}, {"id": 2, "text": "x", "a": "1", "b": "y" * 20_000}]
    items, _, _ = items_of(tmp_path, json.dumps(rows), "t.json")
    assert [item.metadata for item in items] == [{"a": "1"}, {"a": "1"}]


def test_vectors_in_tables(tmp_path: Path) -> None:
    lines = [
        '{"example_id": "a", "vector": [1, 2], "label": "cat"}',
        '{"example_id": "b", "vector": ["x"], "label": "cat"}',
        '{"example_id": "c", "vector": null, "label": "cat"}',
    ]
    items, faults, table = items_of(tmp_path, "\n".join(lines), "t.jsonl", ItemColumns(needed=["label"]))
    assert table.holds_vectors
    assert [(item.item_id, item.needed) for item in items] == [("a", {"label": "cat"})]
    np.testing.assert_array_equal(np.asarray(items[0].content), [1, 2])
    assert [fault.item_id for fault in faults] == ["b", "c"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "there is no row in it"),
        ("id,text\n", "there is no row in it"),
        ("id,text\na\nb\n", r"none of its 2 rows can be read; the first is t\.csv:2: row 2 has 1 columns"),
        ("id,body\na,x\n", "no column 'text'; there are: 'id', 'body'"),
        ("id,Text\na,x\n", "did you mean 'Text'"),
        ("id,text,text\na,x,y\n", "2 columns named 'text'"),
    ],
)
def test_a_file_without_a_row_to_use_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        items_of(tmp_path, content)


@pytest.mark.parametrize("most", [1, 1000])
def test_items_are_the_same_whether_kept_or_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(table_items, "_KEPT_ITEMS", most)
    long = "x" * (MAX_METADATA_BYTES + 1)
    content = f'\ufeffid,text,note,long\na,one,n,y\n\n,two,n,y\nc,"three\nlines",é,{long}\nd,four\n'
    items, faults, table = items_of(tmp_path, content)
    assert [(item.row, item.item_id, item.metadata) for item in items] == [
        (2, "a", {"note": "n"}),
        (5, "c", {"note": "é"}),
    ]
    assert [fault.row for fault in faults] == [4, 6]
    assert [each.row for each in table] == [2, 4, 5, 6]
    assert all("long" in note for note in table.notes)


def test_a_table_of_a_usual_size_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,text,note\na,one,n\n")
    table = TableItems(path, ItemColumns())
    path.unlink()
    assert [each.row for each in table] == [2]
