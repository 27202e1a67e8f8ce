"""Every command that reads tables reads all kinds of them alike: the same rows in, the same rows out."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as arrow
import pytest
from pyarrow import parquet

from vicinal.cli.commands.label import open_label_file
from vicinal.cli.inputs import open_contents, open_labelled, open_source
from vicinal.data.tables.rows import read_rows
from vicinal.jobs import ColumnChoice, read_labels
from vicinal.jobs.embedding.row_ranges import read_row_range
from vicinal.jobs.embedding.sources import find_input, split_input

ROWS = [
    {"id": "a", "text": "plain", "label": "cat"},
    {"id": "007", "text": 'quoted, "twice"; and | more', "label": "-1"},
    {"id": "ä 1", "text": "häh 😀\nsecond line", "label": "true"},
    {"id": "=x", "text": "tab\there", "label": "cat"},
]
NAMES = list(ROWS[0])


def delimited(delimiter: str, ending: str = "\n", encoding: str = "utf-8") -> Callable[[str], bytes]:
    def write(id_name: str) -> bytes:
        file = io.StringIO(newline="")
        # Python's writer leaves a line feed without quotes where lines end otherwise.
        quoting = csv.QUOTE_ALL if ending == "\r" else csv.QUOTE_MINIMAL
        writer = csv.writer(file, delimiter=delimiter, lineterminator=ending, quoting=quoting)
        writer.writerow([id_name, *NAMES[1:]])
        writer.writerows(row.values() for row in ROWS)
        return file.getvalue().encode(encoding)

    return write


def renamed(id_name: str) -> list[dict[str, str]]:
    return [{id_name if name == "id" else name: value for name, value in row.items()} for row in ROWS]


def json_list(id_name: str) -> bytes:
    return json.dumps(renamed(id_name), indent=2).encode()


def json_lines(id_name: str) -> bytes:
    return "\n\n".join(json.dumps(row, ensure_ascii=False) for row in renamed(id_name)).encode()


def parquet_file(id_name: str) -> bytes:
    file = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(renamed(id_name)), file, row_group_size=3)
    return file.getvalue()


def packed(write: Callable[[str], bytes]) -> Callable[[str], bytes]:
    return lambda id_name: gzip.compress(write(id_name))


TEXT_KINDS = {
    "t.csv": delimited(","),
    "T.CSV": delimited(",", "\r\n", "utf-8-sig"),
    "semicolons.csv": delimited(";", "\r\n", "utf-8-sig"),
    "excel.csv": delimited("\t", "\r\n", "utf-16"),
    "returns.csv": delimited(",", "\r"),
    "bars.csv": delimited("|"),
    "t.tsv": delimited("\t"),
    "t.json": json_list,
    "lines.json": json_lines,
    "t.jsonl": json_lines,
    "t.ndjson": json_lines,
}
KINDS = {
    **TEXT_KINDS,
    **{f"{name}.gz": packed(write) for name, write in TEXT_KINDS.items()},
    "t.parquet": parquet_file,
}

Pairs = list[tuple[str, str]]


def by_source(path: Path) -> Pairs:
    """As `add`, `examples` and `classify` read."""
    source = open_source(path, "text", "")
    items = [(item.item_id, str(item.content)) for item in source.items]
    assert (source.count, source.unreadable) == (len(items), [])
    return items


def by_contents(path: Path) -> Pairs:
    """As `dedupe` reads."""
    return list(open_contents(path, "text", "").texts())


def by_labelled(path: Path) -> Pairs:
    """As `simulate` reads."""
    data = open_labelled(path, "", "")
    assert list(data.classes) == [row["label"] for row in ROWS]
    return list(zip(data.ids, map(str, data.contents), strict=True))


def by_job(path: Path) -> Pairs:
    """As `embed` reads, in pieces."""
    made = split_input(find_input(path), ColumnChoice(), 3, path.parent / "listing")
    assert [piece.rows for piece in made.row_ranges] == [3, 1]
    rows = [row for piece in made.row_ranges for row in read_row_range(piece, made.columns)]
    return [(row.item_id, str(row.content)) for row in rows]


def by_label_file(path: Path) -> Pairs:
    """As `label --file` reads."""
    return list(open_label_file(path, with_labels=True).labels.items())


def by_labels(path: Path) -> Pairs:
    """As `score --labels`, `classify --labels` and `simulate --labels` read."""
    return list(read_labels(path).labels.items())


TEXT_READERS = [by_source, by_contents, by_labelled, by_job]
LABEL_READERS = [by_label_file, by_labels]


@pytest.mark.parametrize("id_name", ["id", "item_id"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("read", [*TEXT_READERS, *LABEL_READERS])
def test_all_commands_read_all_kinds_alike(
    tmp_path: Path, kind: str, id_name: str, read: Callable[[Path], Pairs]
) -> None:
    path = tmp_path / kind
    path.write_bytes(KINDS[kind](id_name))
    column = "text" if read in TEXT_READERS else "label"
    assert read(path) == [(row["id"], row[column]) for row in ROWS]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_come_with_their_columns_and_numbers(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    path.write_bytes(KINDS[kind]("id"))
    rows = list(read_rows(path))
    assert [row.values for row in rows] == ROWS
    assert [row.index for row in rows] == [1, 2, 3, 4]
    first = 2 if ".csv" in kind.lower() or ".tsv" in kind else 1
    step = 2 if "lines" in kind or "jsonl" in kind or "ndjson" in kind else 1
    assert [row.number for row in rows] == [first + step * at for at in range(4)]


WRONG_ROWS = {
    "t.csv": (b"id,text,label\na,x,cat\nb,y\nc,\xff,dog\nd,z,dog\n", [3, 4]),
    "t.tsv": (b'id\ttext\tlabel\na\tx\tcat\n"b"b\ty\tcat\nd\tz\tdog\n', [3]),
    "t.jsonl": (
        b'{"id": "a", "text": "x", "label": "cat"}\n{"id": "b", "text": "\\ud83d", "label": "cat"}\n'
        b'{"id"\n[]\n{"id": "d", "text": "z", "label": "dog"}\n',
        [2, 3, 4],
    ),
    "t.json": (
        b'[{"id": "a", "text": "x", "label": "cat"}, {"id": "b", "text": "y", "label": }, 1,'
        b' {"id": "d", "text": "z", "label": "dog"}]',
        [2, 3],
    ),
}


@pytest.mark.parametrize("kind", WRONG_ROWS)
def test_one_wrong_row_is_one_wrong_row_for_all(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    content, wrong = WRONG_ROWS[kind]
    path.write_bytes(content)
    good = [("a", "x"), ("d", "z")]
    source = open_source(path, "text", "")
    assert [(item.item_id, item.content) for item in source.items] == good
    assert [each.row for each in source.unreadable] == wrong
    assert {each.file for each in source.unreadable} == {str(path)}
    contents = open_contents(path, "text", "")
    assert list(contents.texts()) == good
    assert [each.row for each in contents.left_out] == wrong
    labelled = open_labelled(path, "", "")
    assert list(zip(labelled.ids, labelled.contents, strict=True)) == good
    assert [each.row for each in labelled.left_out] == wrong
    made = split_input(find_input(path), ColumnChoice(), 2, tmp_path / "listing")
    rows = [row for piece in made.row_ranges for row in read_row_range(piece, made.columns)]
    assert [(row.item_id, row.content) for row in rows if row.content is not None] == good
    assert len([row for row in rows if row.why]) == len(wrong)
