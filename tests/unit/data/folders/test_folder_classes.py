"""Which folders are classes, and which are splits."""

import unicodedata

import pytest

from vicinal.core.errors import InvalidInput
from vicinal.data.folders.classes import choose_classes


def told(*ids: str, class_from: str = "") -> dict[str, tuple[str, str]]:
    """Class and split of each file."""
    chosen = choose_classes(ids, class_from)
    return {item_id: (chosen.label_of(item_id), chosen.split_of(item_id)) for item_id in ids}


TRAIN_VAL = [f"{split}/{name}/1.png" for split in ("train", "val") for name in ("cat", "dog")]


def test_below_splits_lie_the_classes() -> None:
    assert told(*TRAIN_VAL) == {
        "train/cat/1.png": ("cat", "train"),
        "train/dog/1.png": ("dog", "train"),
        "val/cat/1.png": ("cat", "val"),
        "val/dog/1.png": ("dog", "val"),
    }
    note = choose_classes(TRAIN_VAL).note
    assert note == "folders train, val are taken as splits; classes are the folders below them: cat, dog"


@pytest.mark.parametrize(
    "names", [("Training", "Testing"), ("fold_1", "fold_2"), ("dev", "holdout"), ("splitA", "splitB")]
)
def test_splits_have_many_names(names: tuple[str, str]) -> None:
    classes = told(*(f"{split}/{name}/1.png" for split in names for name in ("cat", "dog")))
    assert {label for label, _ in classes.values()} == {"cat", "dog"}
    assert {split for _, split in classes.values()} == set(names)


def test_a_split_may_lack_a_class_or_have_none() -> None:
    classes = told("train/cat/1.png", "train/dog/1.png", "val/cat/2.png", "test/3.png")
    assert classes["val/cat/2.png"] == ("cat", "val")
    assert classes["test/3.png"] == ("", "test")


def test_another_folder_with_the_same_classes_is_a_split_too() -> None:
    assert told(*TRAIN_VAL, "extra/cat/1.png", "extra/dog/1.png")["extra/cat/1.png"] == ("cat", "extra")


def test_splits_may_lie_below_the_classes() -> None:
    classes = told("cat/train/1.png", "cat/test/2.png", "dog/train/1.png")
    assert classes == {
        "cat/train/1.png": ("cat", "train"),
        "cat/test/2.png": ("cat", "test"),
        "dog/train/1.png": ("dog", "train"),
    }


def test_splits_without_classes_have_none() -> None:
    assert told("train/1.png", "test/2.png") == {"train/1.png": ("", "train"), "test/2.png": ("", "test")}
    assert "--class-from top takes them as classes" in choose_classes(["train/1.png", "test/2.png"]).note


def test_a_class_may_have_the_name_of_a_split() -> None:
    assert told("bus/1.png", "car/1.png", "train/1.png")["train/1.png"] == ("train", "")


def test_plain_folders_are_classes_without_a_word() -> None:
    chosen = choose_classes(["a/1.png", "b/2.png", "top.png"])
    assert [chosen.label_of(each) for each in ("a/1.png", "b/2.png", "top.png")] == ["a", "b", ""]
    assert (chosen.note, chosen.ambiguous) == ("", "")


def test_the_topmost_folder_is_the_class_where_files_lie_in_one_directly() -> None:
    chosen = choose_classes(["a/deep/1.png", "b/2.png"])
    assert chosen.label_of("a/deep/1.png") == "a"
    assert "topmost folders: a, b" in chosen.note
    assert chosen.ambiguous == ""


@pytest.mark.parametrize(
    "ids",
    [
        ["animals/cat/1.png", "animals/dog/1.png", "plants/rose/1.png"],
        ["site1/benign/1.png", "site1/malignant/1.png", "site2/benign/1.png", "site2/malignant/1.png"],
        ["photos/cat/1.png", "photos/dog/1.png"],
        ["train/cat/1.png", "train/dog/1.png", "misc/1.png"],
    ],
)
def test_folders_in_folders_are_ambiguous_and_how_to_choose_is_said(ids: list[str]) -> None:
    chosen = choose_classes(ids)
    assert "--class-from folder" in chosen.ambiguous
    assert chosen.label_of(ids[0]) == ids[0].split("/")[0]


def test_folders_that_hold_one_and_the_same_folder_each_are_classes() -> None:
    assert choose_classes(["cat/images/1.png", "dog/images/1.png"]).ambiguous == ""


def test_classes_can_be_asked_for() -> None:
    ids = ["animals/cat/1.png", "animals/cat/old/2.png", "plants/rose/1.png"]
    assert [label for label, _ in told(*ids, class_from="top").values()] == ["animals", "animals", "plants"]
    assert [label for label, _ in told(*ids, class_from="folder").values()] == ["cat", "old", "rose"]
    assert [label for label, _ in told(*ids, class_from="2").values()] == ["cat", "cat", "rose"]
    assert [label for label, _ in told("cat.0.jpg", "dog.1.jpg", class_from=r"(\w+)\.\d").values()] == [
        "cat",
        "dog",
    ]
    assert told(*TRAIN_VAL, class_from="top")["val/cat/1.png"] == ("val", "")
    assert told(*TRAIN_VAL, class_from="folder")["val/cat/1.png"] == ("cat", "val")


@pytest.mark.parametrize(
    ("class_from", "complaint"), [("(", "no expression"), ("7", "names no class"), ("x+y", "names no")]
)
def test_what_cannot_be_chosen_is_refused(class_from: str, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        choose_classes(TRAIN_VAL, class_from)


def test_labels_are_written_as_people_type_them() -> None:
    stored = unicodedata.normalize("NFD", "café/1.png")
    assert choose_classes([stored]).label_of(stored) == unicodedata.normalize("NFC", "café")
