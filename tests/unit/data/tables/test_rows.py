"""Rows of CSV and JSONL files, read from wherever one begins."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.data.tables.rows import TextRow, all_rows, column_names, text_rows
from vicinal.jobs.embedding.row_ranges import split_file

WORDS = st.text(st.sampled_from("ab ,\"\n'é→\t"), max_size=8)
ROWS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=12)


def as_csv(rows: list[tuple[str, str]], ending: str, mark: bool) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator=ending)
    writer.writerow(("one", "two, or more"))
    writer.writerows(rows)
    return (b"\xef\xbb\xbf" if mark else b"") + written.getvalue().encode()


def piecewise(file: Path, most_rows: int) -> list[TextRow]:
    pieces = split_file(file, file.name, most_rows)
    assert all(piece.rows == most_rows for piece in pieces[:-1])
    assert [piece.first_row for piece in pieces] == [number * most_rows for number in range(len(pieces))]
    return [row for piece in pieces for row in text_rows(piece.file, piece.start_byte, piece.rows)]


@given(rows=ROWS, ending=st.sampled_from(["\n", "\r\n"]), mark=st.booleans(), most_rows=st.integers(1, 5))
def test_a_csv_in_pieces_is_the_whole_csv(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    ending: str,
    mark: bool,
    most_rows: int,
) -> None:
    for name, opened in (("t.csv", open), ("t.csv.gz", gzip.open)):
        file = tmp_path_factory.mktemp("rows") / name
        with opened(file, "wb") as stream:
            stream.write(as_csv(rows, ending, mark))
        wanted = [{"one": one, "two, or more": two} for one, two in rows]
        assert piecewise(file, most_rows) == wanted
        assert list(all_rows(file)) == wanted
        assert column_names(file) == ["one", "two, or more"]


@given(values=st.lists(st.none() | WORDS, min_size=1, max_size=12), most_rows=st.integers(1, 5))
def test_a_jsonl_in_pieces_is_the_whole_jsonl(
    tmp_path_factory: pytest.TempPathFactory, values: list[str | None], most_rows: int
) -> None:
    file = tmp_path_factory.mktemp("rows") / "t.jsonl"
    lines = [json.dumps({"value": value}) if value is not None else "  " for value in values]
    file.write_text("\n".join(lines))
    wanted = [{"value": value} for value in values if value is not None]
    assert piecewise(file, most_rows) == wanted
    assert list(all_rows(file)) == wanted


def test_rows_that_are_wrong_are_told_of_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"a,b\n1,2\n3\n\n4,\xff\n")
    first, second, third = all_rows(file)
    assert (first, third) == ({"a": "1", "b": "2"}, {"a": "4", "b": "\udcff"})
    assert second == "the row has 1 columns, the first line 2; mend the row"
    (tmp_path / "t.jsonl").write_text('[1]\n{"a": 1\n')
    told = list(map(str, all_rows(tmp_path / "t.jsonl")))
    assert told[0] == "the line holds no JSON object; make it one"
    assert told[1].startswith("the line is not JSON")


def test_files_that_are_wrong_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('a,b\n1,"2\n')
    with pytest.raises(InvalidInput, match=r"t\.csv: is no CSV near byte"):
        split_file(tmp_path / "t.csv", "t.csv", 10)
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n' * 1000)[:-10])
    with pytest.raises(InvalidInput, match=r"t\.jsonl\.gz: is no whole gzip file"):
        split_file(tmp_path / "t.jsonl.gz", "t.jsonl.gz", 10)
    with pytest.raises(InvalidInput, match=r"gone\.csv: cannot be read \(No such file"):
        split_file(tmp_path / "gone.csv", "gone.csv", 10)
