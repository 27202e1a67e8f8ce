"""Files of labels that are to be given: checked from the first row to the last."""

from pathlib import Path

import pytest

from vicinal.core.errors import InvalidInput
from vicinal.data.labels import read_label_file


def written(folder: Path, content: str, name: str = "l.csv") -> Path:
    (folder / name).write_text(content)
    return folder / name


def pairs(path: Path) -> list[tuple[int, str, str]]:
    return [(each.row, each.item_id, each.label) for each in read_label_file(path).labels]


@pytest.mark.parametrize("item", ["id", "item_id"])
@pytest.mark.parametrize("label", ["label", "class"])
def test_columns_by_their_usual_names(tmp_path: Path, item: str, label: str) -> None:
    path = written(tmp_path, f"note,{item},{label}\nx,a,cat\n,b,-1\n")
    assert pairs(path) == [(2, "a", "cat"), (3, "b", "-1")]


@pytest.mark.parametrize("name", ["l.csv", "l.jsonl"])
def test_columns_can_be_named(tmp_path: Path, name: str) -> None:
    content = {
        "l.csv": "id,key,label,verdict\n1,a,x,cat\n2,b,x,\n3,a,x,dog\n,,x,eel\n",
        "l.jsonl": '{"id": 1, "key": "a", "label": "x", "verdict": "cat"}\n'
        '{"id": 2, "key": "b", "label": "x"}\n{"id": 3, "key": "a", "verdict": "dog"}\n'
        '{"id": 4, "label": "x", "verdict": "eel"}\n',
    }[name]
    path, header = written(tmp_path, content, name), int(name == "l.csv")
    with pytest.raises(InvalidInput) as wrong:
        read_label_file(path, id_column="key", label_column="verdict")
    assert [each.description for each in wrong.value.violations] == [
        f"row {2 + header} has no label in column 'verdict'; give it one (item 'b')",
        f"row {3 + header} names item 'a' a second time, after row {1 + header}; keep one",
        f"row {4 + header} has no id in column 'key'; give it one",
    ]
    path = written(tmp_path, "key,verdict\na,cat\nb,dog\n")
    given = read_label_file(path, id_column="key", label_column="verdict")
    assert [(each.item_id, each.label) for each in given.labels] == [("a", "cat"), ("b", "dog")]
    assert len(read_label_file(path, with_labels=False, id_column="key").labels) == 2
    for names in ({"id_column": "keys"}, {"id_column": "key", "label_column": "verdicts"}):
        with pytest.raises(InvalidInput, match="did you mean"):
            read_label_file(path, **names)  # type: ignore[arg-type]


def test_all_wrong_rows_are_found_and_named(tmp_path: Path) -> None:
    path = written(tmp_path, f"id,label\na,cat\nb,\nc,{'x' * 300}\n,dog\na,dog\nd\n")
    with pytest.raises(InvalidInput) as wrong:
        read_label_file(path)
    told = [each.description for each in wrong.value.violations]
    assert told == [
        "row 3 has no label in column 'label'; give it one (item 'b')",
        "row 4: the label in column 'label' has 300 characters; at most 256 are allowed (item 'c')",
        "row 5 has no id in column 'id'; give it one",
        "row 6 names item 'a' a second time, after row 2; keep one",
        "row 7 has 1 columns, the first line 2; mend the row",
    ]
    assert str(wrong.value).endswith("; and 2 more")


def test_rows_without_a_label_of_their_own_are_passed_over(tmp_path: Path) -> None:
    rows = "a,cat,labelled\nb,,skipped\nc,cat,carried\nd,dog,holdout\ne,,holdout\nf,,restored\n"
    given = read_label_file(written(tmp_path, "id,label,state\n" + rows))
    assert [(each.item_id, each.label) for each in given.labels] == [("a", "cat"), ("d", "dog")]
    assert given.passed_over == 4
    with pytest.raises(InvalidInput, match="no row in it has a label"):
        read_label_file(written(tmp_path, "id,label,state\nb,,skipped\n"))


def test_a_log_with_its_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"row 3 is of the kind 'skipped', .* export without --history"):
        read_label_file(written(tmp_path, "kind,item_id,label\nlabelled,a,cat\nskipped,b,\n"))


def test_labels_to_take_back_need_no_label(tmp_path: Path) -> None:
    given = read_label_file(written(tmp_path, "item_id\na\nb\n"), with_labels=False)
    assert [each.item_id for each in given.labels] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("name,label\na,cat\n", "no column of ids; name it id or item_id; there are: 'name', 'label'"),
        ("id,text\na,cat\n", "no column 'label' or 'class' of labels"),
        ("id,label,label\na,cat,dog\n", "2 columns named 'label'"),
        ("id,label\n", "no row"),
        ("", "no row"),
    ],
)
def test_files_that_hold_no_labels_are_refused(tmp_path: Path, content: str, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        read_label_file(written(tmp_path, content))
