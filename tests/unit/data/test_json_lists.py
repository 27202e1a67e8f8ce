"""Lists of JSON, element by element, whatever lies at the ends of the blocks that are read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.data import json_lists
from vicinal.data.rows import all_rows, column_names, open_table, text_rows
from vicinal.jobs.pieces import pieces_of

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
        pieces = pieces_of(path, "t.json", most)
        assert [row for piece in pieces for row in text_rows(path, piece.start_byte, piece.rows)] == rows
    assert sorted(column_names(path)) == (["id", "text"] if rows else [])


def test_a_wrong_element_is_one_wrong_row(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    deep = '{"id": ' + "[" * 3000 + "]" * 3000 + "}"
    path.write_text(f'[{{"id": 1}}, {{"id": }}, 7, {deep}, {{"id": 1, "id": 2}}, {{"id": 5}}]')
    told = [row.told if row.fault else row.values["id"] for row in open_table(path).rows()]
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
