"""Which sign separates the columns, and rows that are no CSV."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.data.tables.rows import all_rows, open_table
from vicinal.data.tables.text_files import dialect_of

WORDS = st.text(st.sampled_from('ab ,;|"\n\té'), max_size=6)
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=8)


def written(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"), ending=st.sampled_from(["\n", "\r\n"]))
def test_each_delimiter_is_found_and_all_values_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str, ending: str
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=ending)
    writer.writerow(("id", "text", "label"))
    writer.writerows(rows)
    path = written(tmp_path_factory.mktemp("rows"), file.getvalue())
    assert dialect_of(path).delimiter == delimiter
    assert list(all_rows(path)) == [dict(zip(("id", "text", "label"), row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("content", "delimiter", "names"),
    [
        ('id;text\na;good film\nb;bad, film\nc;"saïd ""hi""\nline two"\n', ";", ("id", "text")),
        ("text\nhello; world, again\n", ",", ("text",)),
        ('id,text,"How, or ; why?"\na,one,7\n', ",", ("id", "text", "How, or ; why?")),
        ("id|text\na|one, two\nb|three\n", "|", ("id", "text")),
        ("id;a, or b\n1;x\n2;y, z\n", ";", ("id", "a, or b")),
        ("sep=;\nid;text,x\n1;2\n", ";", ("id", "text,x")),
        ("", ",", ()),
        ("id;text", ";", ("id", "text")),
    ],
)
def test_the_delimiter_is_told_by_the_header_and_the_rows(
    tmp_path: Path, content: str, delimiter: str, names: tuple[str, ...]
) -> None:
    dialect = dialect_of(written(tmp_path, content))
    assert (dialect.delimiter, dialect.names) == (delimiter, names)


def test_a_tsv_has_tabs_even_where_a_comma_would_do(tmp_path: Path) -> None:
    assert dialect_of(written(tmp_path, "a,b\tc,d\n1,2\t3,4\n", "t.tsv")).names == ("a,b", "c,d")


def test_blanks_around_names_are_left_out_and_said(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, 'id, text ,label\na,"x, y", z\nb, "x, y",z\n'))
    assert table.names == ("id", "text", "label")
    assert [row.values["text"] for row in table.rows()] == ["x, y", "x, y"]
    assert table.notes == ("blanks around the names of columns are left out: ' text '",)
    assert open_table(written(tmp_path, "id,text\na,b\n")).notes == ()


def test_wrong_rows_have_the_number_that_a_person_counts(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,text\na,x\n\nb\nc,"y\nz"\n"d"e,x\nf,x,\ng,x\n')
    rows = [
        (row.number, row.index, row.values.get("id", row.described_fault)) for row in open_table(path).rows()
    ]
    assert rows == [
        (2, 1, "a"),
        (4, 2, "row 4 has 1 columns, the first line 2; mend the row"),
        (5, 3, "c"),
        (6, 4, "row 6 is not CSV (',' expected after '\"'); mend it"),
        (7, 5, "row 7 has 3 columns, the first line 2; mend the row"),
        (8, 6, "g"),
    ]


def test_a_quote_that_is_never_closed_is_named_by_its_row(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,text\na,x\nb,"y\nc,z\n')
    rows = open_table(path).rows()
    assert next(rows).values["id"] == "a"
    with pytest.raises(InvalidInput, match=r"t\.csv: .* row 3 opens a quote that is never closed"):
        next(rows)


def test_columns_of_one_name_are_refused_where_they_are_needed(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "id,text,text,note,note\na,b,c,d,e\n"))
    assert table.repeated == {"text", "note"}
    with pytest.raises(InvalidInput, match="has 2 columns named 'text'; rename all but one"):
        table.check_column("text")
    with pytest.raises(InvalidInput, match=r"no column 'Id'; there are: .*did you mean 'id'"):
        table.check_column("Id")
    table.check_column("id")


@pytest.mark.parametrize("rows", ["a\rb,c,d", "a\0,b"])
def test_stray_signs_cost_their_row_at_most(tmp_path: Path, rows: str) -> None:
    path = written(tmp_path, f"id,text\n1,x\n{rows}\n2,y\n")
    assert [row.values["id"] for row in open_table(path).rows() if not row.fault and row.number != 3] == [
        "1",
        "2",
    ]
