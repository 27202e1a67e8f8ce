"""What tables in a folder say of its images."""

import json
import unicodedata
from pathlib import Path

import pytest

from vicinal.core.errors import InvalidInput
from vicinal.data.folders.images import ImageFolder, read_image_folder
from vicinal.data.left_out import Reason


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("train/0.png", "train/1.png", "test/0.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def labels(folder: ImageFolder) -> dict[str, str]:
    return {image.item_id: image.label for image in folder.images}


def test_metadata_are_joined_in_the_folder_that_holds_them(photos: Path) -> None:
    (photos / "train/metadata.csv").write_text("file_name,label,author\n0.png,cat,ann\n1.png,dog,ben\n")
    (photos / "test/metadata.jsonl").write_text(json.dumps({"file_name": "0.png", "label": "cat", "size": 3}))
    read = read_image_folder(photos)
    assert labels(read) == {"test/0.png": "cat", "train/0.png": "cat", "train/1.png": "dog"}
    assert read.images[0].columns == {"label": "cat", "size": "3"}
    assert read.images[1].columns == {"label": "cat", "author": "ann"}
    assert [image.split for image in read.images] == ["test", "train", "train"]
    assert sorted(read.columns) == ["author", "label", "size"]
    assert read.left_out.counts() == []


@pytest.mark.parametrize(
    ("name", "column", "given"),
    [
        ("labels.csv", "filename", "train/0.png"),
        ("Metadata.CSV", "path", "./train/0.png"),
        ("manifest.csv", "file", "train\\0.png"),
        ("labels.csv", "image", "train/../train/0.png"),
    ],
)
def test_tables_have_many_names_and_so_have_their_columns(
    photos: Path, name: str, column: str, given: str
) -> None:
    (photos / name).write_text(f"{column},class\n{given},cat\n")
    assert labels(read_image_folder(photos))["train/0.png"] == "cat"


def test_rows_and_files_without_one_another_are_counted_and_named(photos: Path) -> None:
    rows = "file_name,label\ntrain/0.png,cat\ntrain/0.png,dog\ngone.png,cat\n,cat\n../outside.png,cat\n"
    (photos / "metadata.csv").write_text(rows)
    read = read_image_folder(photos)
    (count,) = read.left_out.counts()
    assert (count.reason, count.count) == (Reason.ROW_WITHOUT_FILE, 3)
    assert count.first[0] == "gone.png (in metadata.csv)"
    assert labels(read)["train/0.png"] == "dog"
    notes = " ".join(read.notes)
    assert "2 images have no row in metadata.csv, such as test/0.png, train/1.png" in notes
    assert "metadata.csv has 1 more rows of files that it names already" in notes


def test_accents_may_be_stored_in_either_way(photos: Path) -> None:
    (photos / "train" / unicodedata.normalize("NFD", "é.png")).write_bytes(b"x")
    (photos / "metadata.csv").write_text(unicodedata.normalize("NFC", "file_name,label\ntrain/é.png,cat\n"))
    assert "cat" in labels(read_image_folder(photos)).values()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("name,label\na,b\n", Reason.TABLE),
        ("file_name,label\na\n", Reason.TABLE),
        (b"file_name\n\xff\n", Reason.TABLE),
    ],
)
def test_a_table_that_says_nothing_of_files_or_is_broken_is_named(
    photos: Path, content: str | bytes, reason: Reason
) -> None:
    (photos / "metadata.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    read = read_image_folder(photos)
    assert [each.reason for each in read.left_out.counts()] == [reason]
    assert len(read.images) == 3


def test_a_broken_manifest_is_refused_where_labels_come_from_it(photos: Path) -> None:
    (photos / "manifest.csv").write_text("name,class\na,b\n")
    assert [each.reason for each in read_image_folder(photos).left_out.counts()] == [Reason.TABLE]
    with pytest.raises(InvalidInput, match="first column must be 'file'"):
        read_image_folder(photos, strict=True)


def test_folders_in_folders_are_refused_as_classes_unless_a_table_names_them(tmp_path: Path) -> None:
    for name in ("animals/cat/1.png", "animals/dog/1.png", "plants/rose/1.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InvalidInput, match="--class-from folder"):
        read_image_folder(tmp_path).check_classes()
    read_image_folder(tmp_path, "folder").check_classes()
    names = ("animals/cat/1.png", "animals/dog/1.png", "plants/rose/1.png")
    (tmp_path / "labels.csv").write_text("file,label\n" + "".join(f"{name},x\n" for name in names))
    read_image_folder(tmp_path).check_classes()


def test_a_manifest_row_is_named_as_a_person_counts_it(photos: Path) -> None:
    (photos / "manifest.csv").write_text("file,class\na,x\n\n,y\n")
    with pytest.raises(InvalidInput, match="row 4 names no file"):
        read_image_folder(photos, strict=True)
