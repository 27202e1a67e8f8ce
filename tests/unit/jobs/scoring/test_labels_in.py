import json

import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.data.labels import GivenExample
from vicinal.jobs import LabelRow, open_vectors, read_labels, write_labels

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
    assert given.never_filter == {"d"}


def test_where_each_item_has_one_label_anybody_may_change_it(tmp_path):
    log = [event("labelled", "a", "cat"), event("relabelled", "a", "dog", "ben"), event("labelled", "b", "x")]
    log += [event("label_removed", "b", annotator="ben")]
    assert read_labels(write(tmp_path / "log.jsonl", log)).labels == {"a": "dog"}


def test_one_of_several_annotations_is_taken_back_alone(tmp_path):
    log = [event("labelled", "a", "cat"), event("labelled", "a", "dog", "ben")]
    log += [event("label_removed", "a"), event("labelled", "b", "cat"), event("labelled", "b", "dog", "ben")]
    log += [event("label_removed", "b", annotator="")]
    assert read_labels(write(tmp_path / "log.jsonl", log)).labels == {"a": "dog"}


def test_a_consensus_holds_until_the_next_annotation_and_a_person_s_word_longer(tmp_path):
    def log(resolver):
        annotations = [event("labelled", "a", "cat"), event("labelled", "a", "dog", "ben")]
        return [*annotations, event("resolved", "a", "eel", resolver), event("labelled", "a", "dog", "cleo")]

    assert read_labels(write(tmp_path / "one.jsonl", log(""))).labels == {"a": "dog"}
    assert read_labels(write(tmp_path / "two.jsonl", log("dora"))).labels == {"a": "eel"}


def test_what_a_person_resolved_stands_until_it_is_taken_back(tmp_path):
    log = [event("labelled", "a", "cat"), event("resolved", "a", "eel", "dora")]
    log += [event("label_removed", "a"), event("labelled", "b", "cat"), event("resolved", "b", "eel", "dora")]
    assert read_labels(write(tmp_path / "one.jsonl", log)).labels == {"a": "eel", "b": "eel"}
    log += [event("label_removed", "a", annotator="dora"), event("label_removed", "b", annotator="dora")]
    assert read_labels(write(tmp_path / "two.jsonl", log)).labels == {"b": "cat"}


def test_a_consensus_falls_with_a_label_that_is_taken_back(tmp_path):
    log = [event("labelled", "a", "cat"), event("labelled", "a", "dog", "ben")]
    log += [event("resolved", "a", "dog", ""), event("label_removed", "a", annotator="ben")]
    assert read_labels(write(tmp_path / "log.jsonl", log)).labels == {"a": "cat"}


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_what_pull_writes_is_read(tmp_path, suffix):
    rows = [
        *(LabelRow("a", "cat", "labelled"), LabelRow("b", "dog", "holdout"), LabelRow("c", None, "holdout")),
        *(LabelRow("d", None, "skipped"), LabelRow("e", "cat", "carried"), LabelRow("f", None, "restored")),
        *(LabelRow("g", "dog", "gold"), LabelRow("h", None, "leased"), LabelRow("i", None, "excluded")),
    ]
    assert write_labels(rows, tmp_path / f"l{suffix}") == len(rows)
    given = read_labels(tmp_path / f"l{suffix}")
    assert (given.labels, given.carried) == ({"a": "cat"}, {"e": "cat"})
    assert given.measured == {"b": "dog", "g": "dog"}
    assert (given.aside, given.never_filter) == ({"b", "c", "d", "e", "g", "h", "i"}, {"f"})


def test_a_line_tells_that_its_item_is_kept_for_measuring(tmp_path):
    rows = [{"id": "a", "label": "cat", "holdout": "True"}, {"id": "b", "label": "dog", "holdout": "False"}]
    given = read_labels(write(tmp_path / "l.csv", rows))
    assert (given.labels, given.measured, given.aside) == ({"b": "dog"}, {"a": "cat"}, {"a"})


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_examples_vote_if_they_have_a_vector(tmp_path, suffix):
    rows = [
        {"id": None, "label": "cat", "example_id": "x", "vector": [1.0, 2.0]},
        {"id": None, "label": "dog", "example_id": "y", "vector": None},
        {"id": "a", "label": "dog", "example_id": None, "vector": None},
    ]
    given = read_labels(write(tmp_path / f"l{suffix}", rows))
    assert given.examples == {"x": GivenExample("cat", (1.0, 2.0))}
    assert (given.passed_over, given.labels) == (1, {"a": "dog"})


def test_labels_of_duplicates_are_carried(tmp_path):
    rows = [{"id": "a", "label": "cat", "carried_from": ""}, {"id": "b", "label": "cat", "carried_from": "a"}]
    given = read_labels(write(tmp_path / "l.csv", rows))
    assert (given.labels, given.carried, given.aside) == ({"a": "cat"}, {"b": "cat"}, {"b"})


def exported(folder, **files):
    folder.mkdir()
    about = {"format": "vicinal pool", "config": {"carry_labels": True}}
    (folder / "pool.json").write_text(json.dumps(about))
    np.save(folder / "vectors.npy", np.eye(6, dtype=np.float32))
    for name, rows in files.items():
        write(folder / f"{name}.jsonl", rows)
    return folder


@pytest.mark.parametrize(
    ("medium", "evidence", "compared_with", "carries"),
    [
        ("image", {}, "b", True),
        ("text", {"is_identical": True}, "a", True),
        ("text", {"is_identical": True}, "b", False),
        ("text", {"is_identical": False}, "a", False),
        ("text", {}, "a", False),
        ("vector", {}, "a", False),
    ],
)
def test_labels_of_an_exported_pool_are_carried_as_in_the_service(
    tmp_path, medium, evidence, compared_with, carries
):
    items = [{"item_id": each, "gold": "", "holdout": False, "content_hash": each} for each in "abcdef"]
    copy = {"item_id": "e", "representative_id": "a", "is_restored": False, "compared_with": compared_with}
    duplicates = [{**copy, "evidence": json.dumps(evidence)}]
    folder = exported(
        tmp_path / "pool", items=items, labels=[event("labelled", "a", "cat")], duplicates=duplicates
    )
    about = {"format": "vicinal pool", "config": {"carry_labels": True, "fingerprint": {"medium": medium}}}
    (folder / "pool.json").write_text(json.dumps(about))
    given = read_labels(folder)
    assert given.carried == ({"e": "cat"} if carries else {})
    assert given.aside == {"e"}


def test_an_exported_pool_tells_of_holdout_gold_duplicates_and_examples(tmp_path):
    items = [{"item_id": each, "gold": "", "holdout": each == "c"} for each in "abcdef"]
    items[3]["gold"] = "cat"
    items[0]["content_hash"] = items[4]["content_hash"] = "that of a"
    duplicates = [
        {"item_id": "e", "representative_id": "a", "is_restored": False},
        {"item_id": "f", "representative_id": "a", "is_restored": True},
    ]
    log = [event("labelled", each, "cat") for each in "abcd"]
    examples = [{"example_id": "x", "label": "dog", "vector": [0, 0, 0, 0, 0, 1]}]
    folder = exported(tmp_path / "pool", items=items, labels=log, duplicates=duplicates, examples=examples)
    given = read_labels(folder)
    assert (given.labels, given.carried) == ({"a": "cat", "b": "cat"}, {"e": "cat"})
    assert (given.aside, given.measured.keys()) == ({"c", "d", "e"}, {"c", "d"})
    assert given.examples.keys() == {"x"}
    (ids, vectors), *_ = open_vectors(folder).read_batches()
    assert ids == list("abcdef")
    assert np.array_equal(vectors, np.eye(6))
    (folder / "items.jsonl").write_text("".join(json.dumps(each) + "\n" for each in items[:4]))
    with pytest.raises(InvalidInput, match="one item with an id for each vector"):
        list(open_vectors(folder).read_batches())


def test_a_folder_that_is_no_export_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="is a folder, and none that `vicinal export --all` wrote"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "a", "label": ""}], "row 1, of 'a', has no label"),
        ([{"id": "a", "label": "x", "state": "eaten"}], "row 1 has the unknown state 'eaten'"),
        ([{"example_id": "a"}], "row 1, the example 'a', has no label"),
        ([{"example_id": "a", "label": "x", "vector": ["y"]}], "the example 'a', has no vector of numbers"),
        ([*ROWS, {"label": "cat"}], "row 3 has no id"),
        ([event("eaten", "a", "cat")], "unknown kind 'eaten'"),
    ],
)
def test_wrong_rows_are_named(tmp_path, rows, told):
    with pytest.raises(InvalidInput, match=told):
        read_labels(write(tmp_path / "l.jsonl", rows))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("l.txt", ""),
        ("l.parquet", "no"),
        ("l.jsonl", "["),
        ("l.json", "{}"),
        ("x.csv", None),
        ("l.csv", "name,label\na,cat\n"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=name):
        read_labels(tmp_path / name)


DEEP = '{"id": "d", "label": ' + "[" * 3000 + "]" * 3000 + "}"


def test_rows_that_cannot_be_read_are_left_out_and_named(tmp_path):
    lines = ['{"id": "a", "label": "cat"}', '{"id":', DEEP, '{"id": "c", "label": "\\ud83d"}']
    lines += ['{"id": "\\udfff", "label": "x"}', '{"id": "b", "label": "dog"}']
    (tmp_path / "l.jsonl").write_text("\n".join(lines))
    given = read_labels(tmp_path / "l.jsonl")
    assert given.labels == {"a": "cat", "b": "dog"}
    assert [(each.name, each.row) for each in given.left_out] == [
        ("row 2", 2),
        ("row 3", 3),
        ("c", 4),
        ("row 5", 5),
    ]
    for each, part in zip(given.left_out, ("not JSON", "nested", "surrogate", "surrogate"), strict=True):
        assert part in each.message
        assert each.file == str(tmp_path / "l.jsonl")


def test_a_file_with_no_row_that_can_be_read_is_refused(tmp_path):
    (tmp_path / "l.jsonl").write_text(f"{DEEP}\n{DEEP}\n")
    with pytest.raises(InvalidInput, match="none of its 2 rows can be read; the first: line 1 is not JSON"):
        read_labels(tmp_path / "l.jsonl")


@pytest.mark.parametrize("line", [DEEP, '{"id": "a", "label": "\\ud83d"}'])
def test_an_exported_pool_is_whole_or_damaged(tmp_path, line):
    folder = exported(tmp_path / "pool", items=[{"item_id": "x"}])
    (folder / "labels.jsonl").write_text(f'{{"item_id": "x", "label": "cat"}}\n{line}\n')
    with pytest.raises(InvalidInput, match=r"labels\.jsonl: cannot be read \((line|row) 2"):
        read_labels(folder)
