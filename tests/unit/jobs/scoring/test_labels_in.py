import json

import pyarrow as arrow
import pytest
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.jobs.scoring.labels_in import read_labels

ROWS = [{"id": "a", "label": "cat"}, {"id": "b", "label": "dog"}]


def write(path, rows):
    match path.suffix:
        case ".csv":
            names = list(rows[0])
            lines = [",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)]
            path.write_text("\n".join(lines) + "\n")
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        case ".json":
            path.write_text(json.dumps(rows))
        case _:
            parquet.write_table(arrow.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".parquet"])
@pytest.mark.parametrize("name", ["id", "item_id"])
def test_ids_and_labels_of_every_kind_of_file(tmp_path, suffix, name):
    rows = [{name: row["id"], "label": row["label"]} for row in ROWS]
    assert read_labels(write(tmp_path / f"l{suffix}", rows)).labels == {"a": "cat", "b": "dog"}


def event(kind, item, label="", annotator="ana", arm=""):
    return {"kind": kind, "item_id": item, "label": label, "annotator": annotator, "arm": arm}


def test_a_log_is_taken_line_by_line(tmp_path):
    log = [
        *(event("labelled", "a", "cat"), event("relabelled", "a", "dog"), event("labelled", "b", "cat")),
        *(event("label_removed", "b"), event("skipped", "c"), event("excluded", "d"), event("restored", "d")),
        *(event("labelled", "e", "cat", arm="holdout"), event("labelled", "f", "cat")),
        *(event("labelled", "f", "dog", "ben"), event("labelled", "f", "dog", "cleo")),
        *(event("labelled", "g", "cat"), event("labelled", "g", "cat", "ben"), event("resolved", "g", "dog")),
    ]
    given = read_labels(write(tmp_path / "log.jsonl", log))
    assert given.labels == {"a": "dog", "f": "dog", "g": "dog"}
    assert given.aside == {"c", "e"}
    assert given.kept_in == {"d"}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "a", "label": ""}], "row 1, of 'a', has no label"),
        ([*ROWS, {"label": "cat"}], "row 3 has no id"),
        ([event("eaten", "a", "cat")], "unknown kind 'eaten'"),
    ],
)
def test_wrong_rows_are_named(tmp_path, rows, told):
    with pytest.raises(InvalidInput, match=told):
        read_labels(write(tmp_path / "l.jsonl", rows))


@pytest.mark.parametrize(
    ("name", "content"), [("l.txt", ""), ("l.parquet", "no"), ("l.jsonl", "["), ("x.csv", None)]
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=name):
        read_labels(tmp_path / name)
