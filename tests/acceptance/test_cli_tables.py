"""Tables as people have them, against a real server."""

import csv
import json

import numpy as np
import pytest


@pytest.fixture
def texts(vicinal):
    """A pool of texts."""
    vicinal("pool", "create", "notes", "--featurizer", "use-offline")
    yield "notes"
    vicinal("pool", "delete", "notes", "--yes")


@pytest.fixture
def rows(vicinal, tmp_path):
    """A pool of 600 vectors, whose ids are i0 to i599, and the file that they came from."""
    vicinal("pool", "create", "rows", "--dimension", 4)
    vectors = np.random.default_rng(0).standard_normal((600, 4))
    np.savez(tmp_path / "v.npz", vectors=vectors, ids=np.array([f"i{row}" for row in range(600)]))
    vicinal("add", "rows", tmp_path / "v.npz")
    yield "rows"
    vicinal("pool", "delete", "rows", "--yes")


def label_file(path, labels):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["item_id", "label"], *labels.items()])
    return path


def count(vicinal, pool):
    return vicinal("pool", "show", pool, "--json")["counts"]["labelled"]


def test_a_wrong_row_is_left_out_and_the_others_are_added(vicinal, texts, tmp_path):
    lines = [
        '{"id": "a", "text": "hi \\ud83d there"}',
        '{"id": "b", "text": "fine"}',
        '{"id": "c", "text": "x", "m": ' + "[" * 3000 + "]" * 3000 + "}",
        '{"id": "d", "text": "good"}',
    ]
    (tmp_path / "lone.jsonl").write_text("\n".join(lines))
    told = vicinal("add", texts, tmp_path / "lone.jsonl", "--json", code=1, stderr="surrogate")
    assert told["added"] == 2
    assert [(each["name"], each["row"]) for each in told["errors"]] == [("a", 1), ("row 3", 3)]
    assert {each["file"] for each in told["errors"]} == {str(tmp_path / "lone.jsonl")}
    out = tmp_path / "g.csv"
    told = vicinal("dedupe", tmp_path / "lone.jsonl", "--out", out, "--json", code=1, stderr="left out a: ")
    assert (told["items"], len(told["errors"])) == (2, 2)


@pytest.mark.parametrize(
    "header_and_row",
    [",id,text\n0,a,one\n", "id,text,\na,one,\n", f"id,text,{'x' * 160}\na,one,7\n"],
)
def test_columns_that_are_no_metadata_do_not_keep_rows_out(vicinal, texts, tmp_path, header_and_row):
    (tmp_path / "t.csv").write_text(header_and_row)
    told = vicinal("add", texts, tmp_path / "t.csv", "--json", stderr="note: left out of the metadata: ")
    assert (told["added"], told["errors"]) == (1, [])
    assert len(told["notes"]) == 1


def test_columns_of_metadata_can_be_chosen(vicinal, texts, tmp_path):
    names = [f"q{number}" for number in range(70)]
    (tmp_path / "t.csv").write_text(f"id,text,{','.join(names)}\na,one,{','.join(names)}\n")
    vicinal("add", texts, tmp_path / "t.csv", "--metadata-column", "q69", "--metadata-column", "q1")
    (item,) = vicinal("suggest", texts, "--json")["items"]
    assert item["metadata"] == {"q1": "q1", "q69": "q69"}


def test_contents_of_another_kind_are_refused_before_the_first(vicinal, texts, rows, photos, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n" + "".join(f"t{row},x\n" for row in range(9)))
    vicinal("pool", "create", "pictures", "--featurizer", "image-statistics")
    wrong = [
        ("pictures", tmp_path / "t.csv", "holds texts, but image-statistics of pool 'pictures' reads images"),
        (rows, tmp_path / "t.csv", "has no featurizer to read them with"),
        (texts, photos, "holds images, but use-offline"),
        (texts, tmp_path / "v.npz", "holds vectors of dimension 4, but pool 'notes' has dimension 512"),
    ]
    for pool, path, complaint in wrong:
        vicinal("add", pool, path, code=1, stderr=complaint)
        vicinal("examples", "add", pool, path, "--label", "x", code=1, stderr=complaint)
        vicinal("classify", pool, path, code=1, stderr=complaint)
    vicinal("pool", "delete", "pictures", "--yes")


def test_many_that_are_wrong_alike_are_summed_up(vicinal, texts, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\nz,fine\n" + "".join(f"t{row},\n" for row in range(90)))
    told = vicinal("add", texts, tmp_path / "t.csv", "--json", code=1, stderr="left out 90 items: ")
    assert len(told["errors"]) == 90
    assert (told["errors"][0]["name"], told["errors"][0]["row"]) == ("t0", 3)
    vicinal("add", texts, tmp_path / "t.csv", code=1, stderr="(first: row 3 't0' of ")


def test_a_file_of_labels_is_taken_as_a_whole_or_not_at_all(vicinal, rows, tmp_path):
    labels = {f"i{row}": "even" if row % 2 == 0 else "odd" for row in range(600)}
    path = label_file(tmp_path / "l.csv", labels | {"i300": ""})
    complaint = "row 302 has no label in column 'label'; give it one (item 'i300'); nothing was sent"
    vicinal("label", rows, "--file", path, code=1, stderr=complaint)
    assert count(vicinal, rows) == 0
    path = label_file(tmp_path / "l.csv", labels | {"who": "odd"})
    vicinal("label", rows, "--file", path, code=1, stderr="row 602: item 'who' is not in pool 'rows'")
    assert count(vicinal, rows) == 0
    path = label_file(tmp_path / "l.csv", labels)
    assert vicinal("label", rows, "--file", path, "--json")["labelled"] == 600
    path = tmp_path / "named.csv"
    path.write_text("id,key,verdict\n1,i0,odd\n2,i1,even\n")
    named = "--file", path, "--id-column", "key"
    done = vicinal("label", rows, *named, "--label-column", "verdict", "--relabel", "--json")
    assert done["relabelled"] == 2
    assert vicinal("label", rows, *named, "--remove", "--json") == {"removed": 2}


def test_labels_of_no_class_are_found_before_the_first_is_sent(vicinal, tmp_path):
    vicinal("pool", "create", "fixed", "--dimension", 2, "--class", "-1", "--class", "+1")
    np.savez(tmp_path / "v.npz", vectors=np.eye(2), ids=np.array([b"a", b"-b"]))
    vicinal("add", "fixed", tmp_path / "v.npz")
    path = label_file(tmp_path / "l.csv", {"a": "-1", "-b": "1"})
    vicinal("label", "fixed", "--file", path, code=1, stderr="row 3: item '-b': label '1' is none of")
    path = label_file(tmp_path / "l.csv", {"a": " -1\n", "-b": "+\u200b1"})
    assert vicinal("label", "fixed", "--file", path, "--json")["labelled"] == 2
    vicinal("label", "fixed", "a", "--remove")
    vicinal("label", "fixed", "-b", "--remove")
    assert vicinal("label", "fixed", "-b", "-1", "--json")["labelled"] == 1
    assert vicinal("label", "fixed", "-b", "+1", "--relabel", "--json")["relabelled"] == 1
    assert vicinal("label", "fixed", "-b", "--remove", "--json") == {"removed": 1}
    assert vicinal("skip", "fixed", "-b", "--annotator", "-ana", "--json") == {"skipped": 1}
    assert vicinal("restore", "fixed", "-b", "--json") == {"restored": 1}
    vicinal("pool", "delete", "fixed", "--yes")


def test_where_a_server_refuses_in_the_middle_it_is_said_what_is_written(vicinal, rows, tmp_path):
    vicinal("label", rows, "i400", "odd")
    path = label_file(tmp_path / "l.csv", {f"i{row}": "even" for row in range(600)})
    vicinal("label", rows, "--file", path, code=1, stderr="row 402, item 'i400': ")
    vicinal("label", rows, "--file", path, code=1, stderr="256 of 600 labels were written before")
    done = vicinal("label", rows, "--file", path, "--relabel", "--json")
    assert done == {"labelled": 343, "relabelled": 1, "unchanged": 256}
    assert vicinal("label", rows, "--file", path, "--remove", "--json") == {"removed": 600}


def test_what_is_written_can_be_read_by_all_that_read_labels(vicinal, rows, tmp_path):
    labels = {f"i{row}": ("+1", "-1", "007")[row % 3] for row in range(60)}
    vicinal("label", rows, "--file", label_file(tmp_path / "l.csv", labels))
    vicinal("skip", rows, "i599")
    written = []
    for kind in ("csv", "json", "jsonl"):
        written.append(tmp_path / f"exported.{kind}")
        vicinal("export", rows, "--out", written[-1])
    for kind in ("csv", "jsonl", "parquet"):
        written.append(tmp_path / f"pulled.{kind}")
        vicinal("pull", rows, "--out", written[-1])
    written.append(tmp_path / "again.csv")  # as a spreadsheet saves it elsewhere
    saved = (tmp_path / "pulled.csv").read_text().replace(",", ";").replace("\n", "\r\n")
    written[-1].write_bytes(b"\xef\xbb\xbf" + saved.encode())
    vicinal("pool", "create", "copy", "--dimension", 4)
    vicinal("add", "copy", tmp_path / "v.npz")
    for path in written:
        assert vicinal("label", "copy", "--file", path, "--json")["labelled"] == 60, path
        exported = {each["item_id"]: each["label"] for each in vicinal("export", "copy", "--json")}
        assert exported == labels, path
        assert vicinal("label", "copy", "--file", path, "--remove", "--json")["removed"] == 60, path
        out = tmp_path / f"scores-{path.name}"
        told = vicinal(
            *("score", tmp_path / "v.npz", "--labels", path, "--out", out, "--strategy", "classic"),
            *("--batch", 5, "--json"),
        )
        assert told["labels"] == 60, path
    with (out / "batch.csv").open(newline="") as file:
        batch = list(csv.DictReader(file))
    for row in batch:
        row["label"] = row["predicted"]
    with (tmp_path / "filled.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, batch[0])
        writer.writeheader()
        writer.writerows(batch)
    assert vicinal("label", "copy", "--file", tmp_path / "filled.csv", "--json")["labelled"] == 5
    vicinal("pool", "delete", "copy", "--yes")


def test_examples_from_arrays_and_tables_of_vectors(vicinal, rows, tmp_path):
    np.savez(tmp_path / "e.npz", X=np.eye(4), y=np.array([b"cat", b"dog", b"", b"cat"]), names=np.arange(4.0))
    complaint = "left out 2: it has no label in column 'y'"
    told = vicinal(
        "examples", "add", rows, tmp_path / "e.npz", "--label-column", "y", "--json", code=1, stderr=complaint
    )
    assert told["added"] == 3
    lines = [{"example_id": f"t{row}", "vector": [row, 1, 0, 0], "label": "cat"} for row in range(3)]
    (tmp_path / "e.jsonl").write_text("\n".join(map(json.dumps, lines)))
    told = vicinal("examples", "add", rows, tmp_path / "e.jsonl", "--label-column", "label", "--json")
    assert told["added"] == 3
    listed = {each["example_id"]: each["label"] for each in vicinal("examples", "list", rows, "--json")}
    assert listed == {"0": "cat", "1": "dog", "3": "cat", "t0": "cat", "t1": "cat", "t2": "cat"}
