"""Lists of JSON, element by element, whatever lies at the ends of the blocks that are read."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.data.tables import json_lists, rows
from vicinal.data.tables.rows import all_rows, column_names, open_table, text_rows
from vicinal.data.tables.text_files import open_bytes
from vicinal.jobs.embedding.row_ranges import split_file

WORDS = st.text(st.sampled_from('a"\\[]{},: \né'), max_size=6)
VALUES = st.recursive(
    WORDS | st.none() | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=4
)
ROWS = st.lists(st.fixed_dictionaries({"id": WORDS, "text": VALUES}), max_size=8)


@given(rows=ROWS, indent=st.sampled_from([None, 2]), block=st.integers(1, 40), most=st.integers(1, 4))
def test_any_list_is_read_as_a_whole_and_in_pieces(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, Any]],
    indent: int | None,
    block: int,
    most: int,
) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.json"
    path.write_text(" \n" + json.dumps(rows, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lists, "_BLOCK_BYTES", block)
        assert list(all_rows(path)) == rows
        pieces = split_file(path, "t.json", most)
        assert [row for piece in pieces for row in text_rows(path, piece.start_byte, piece.rows)] == rows
    assert sorted(column_names(path)) == (["id", "text"] if rows else [])


def test_a_wrong_element_is_one_wrong_row(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    deep = '{"id": ' + "[" * 3000 + "]" * 3000 + "}"
    path.write_text(f'[{{"id": 1}}, {{"id": }}, 7, {deep}, {{"id": 1, "id": 2}}, {{"id": 5}}]')
    told = [row.described_fault if row.fault else row.values["id"] for row in open_table(path).rows()]
    assert (told[0], told[-1]) == (1, 5)
    assert told[1].startswith("row 2 is not JSON (Expecting value")
    assert told[2] == "row 3 holds no JSON object; make it one"
    assert told[3].startswith("row 4 is not JSON (it is nested too deeply)")
    assert told[4] == "row 5 has the key 'id' twice; keep one"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"rows": [\n]}', "holds no list of rows"),
        ('"text"', "holds no list of rows"),
        ('[{"id": 1}', "ends before its list of rows does"),
        ('[{"id": "a]', "ends before its list of rows does"),
        ('[{"id": 1}] [{"id": 2}]', "goes on after its list of rows ends"),
    ],
)
def test_what_is_no_list_is_named(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "t.json").write_text(content)
    with pytest.raises(InvalidInput, match=rf"t\.json: {complaint}"):
        list(all_rows(tmp_path / "t.json"))


def test_a_json_file_of_one_object_a_line_is_read_as_lines(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"id": 1}\n{"id": 2}\n')
    assert list(all_rows(tmp_path / "t.json")) == [{"id": 1}, {"id": 2}]
    (tmp_path / "t.json").write_text("")
    assert list(all_rows(tmp_path / "t.json")) == []


@pytest.mark.parametrize("value", ["1" * 5000, "-", "nul"])
def test_numbers_and_words_that_python_does_not_read_cost_their_row(tmp_path: Path, value: str) -> None:
    (tmp_path / "t.jsonl").write_text(f'{{"id": 1}}\n{{"id": {value}}}\n{{"id": 3}}\n')
    first, second, third = all_rows(tmp_path / "t.jsonl")
    assert (first, third) == ({"id": 1}, {"id": 3})
    assert str(second).startswith("the line is not JSON")


def test_a_string_across_many_blocks_is_looked_through_once(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    rows = [{"id": 1, "text": 'a \\"' * 75_000}, {"id": 2, "text": "b" * 1_000_000}]
    path.write_text(json.dumps(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lists, "_BLOCK_BYTES", 1000)
        assert list(all_rows(path)) == rows


def test_an_element_has_a_most_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lists, "_BLOCK_BYTES", 100)
    monkeypatch.setattr(json_lists, "MOST_BYTES", 1 << 20)
    path = tmp_path / "t.json"
    path.write_text('[{"id": 1}, {"id": 2, "text": "' + "a" * (1 << 21) + '"}]')
    with pytest.raises(InvalidInput, match=r"has a row of more than 1 MiB \(near byte"):
        list(all_rows(path))


def test_a_piece_of_a_one_line_list_reads_no_more_than_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps([{"id": number, "text": "a" * 1000} for number in range(4000)]))
    taken = list[int]()

    @contextmanager
    def counted(file: Path) -> Iterator[IO[bytes]]:
        with open_bytes(file) as stream:
            yield stream
            taken.append(stream.tell())

    monkeypatch.setattr(rows, "open_bytes", counted)
    assert [row["id"] for row in text_rows(path, 1, 2) if not isinstance(row, str)] == [0, 1]
    assert open_table(path).names == ("id", "text")
    assert sum(taken) < path.stat().st_size / 2


def test_an_object_on_a_first_line_that_is_long_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(f'\ufeff{" " * 300_000}\n{{"id": 1, "text": "{"a" * 600_000}"}}\n{{"id": 2}}\n')
    assert [row.values["id"] for row in open_table(path).rows()] == [1, 2]
