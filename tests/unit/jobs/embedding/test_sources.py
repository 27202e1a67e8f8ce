"""Folders, globs and files, and what is an input of them."""

from pathlib import Path

import pytest

from vicinal.core.errors import InvalidInput
from vicinal.data.left_out import describe
from vicinal.jobs.embedding.sources import ColumnChoice, find_input, split_input


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def images_of(source: str | Path) -> list[str]:
    found = find_input(source)
    assert found.images is not None
    return [image.item_id for image in found.images]


def test_images_of_a_folder_come_sorted_by_the_parts_of_their_paths(tmp_path: Path) -> None:
    names = ["a/z.jpg", "a-b.jpg", "a/b/c.PNG", "b.jpg", "note.txt", ".hidden/a.jpg", "a/.b.jpg", "table.csv"]
    touch(tmp_path, *names)
    wanted = sorted(("a/z.jpg", "a-b.jpg", "a/b/c.PNG", "b.jpg"), key=lambda name: Path(name).parts)
    assert images_of(tmp_path) == wanted


def test_a_glob_s_images_are_named_from_its_fixed_part(tmp_path: Path) -> None:
    touch(tmp_path, "in/a/1.jpg", "in/b/2.jpg", "in/b/3.png", "other.jpg")
    assert images_of(f"{tmp_path}/in/**/*.jpg") == ["a/1.jpg", "b/2.jpg"]
    assert images_of(tmp_path / "other.jpg") == ["other.jpg"]


def test_tables_of_a_folder_or_glob(tmp_path: Path) -> None:
    touch(tmp_path, "b.parquet", "a.csv.gz", "c.jsonl", "notes.txt", ".d.csv", "below/e.csv")
    assert [path.name for path in find_input(tmp_path).tables] == ["a.csv.gz", "b.parquet", "c.jsonl"]
    assert [path.name for path in find_input(f"{tmp_path}/*.parquet").tables] == ["b.parquet"]
    assert find_input(tmp_path / "c.jsonl").folder == tmp_path


def test_what_is_neither_or_both_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a.txt")
    for source in (tmp_path, tmp_path / "a.txt", tmp_path / "gone", f"{tmp_path}/*.jpg"):
        with pytest.raises(InvalidInput, match="neither image nor table"):
            find_input(source)
    touch(tmp_path, "a.jpg", "b.csv")
    with pytest.raises(InvalidInput, match="both images and tables"):
        find_input(f"{tmp_path}/*.*")


def test_no_more_than_one_column_of_contents(tmp_path: Path) -> None:
    assert ColumnChoice().content_column() is None
    assert ColumnChoice(image_column="x").content_column() == ("image", "x")
    with pytest.raises(InvalidInput, match="name one of text_column"):
        ColumnChoice(text_column="a", path_column="b").content_column()


@pytest.mark.parametrize(("name", "content"), [("a.csv", ""), ("b.csv", "text\n"), ("c.jsonl", "")])
def test_a_table_without_a_row_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=f"{name}: there is no row to embed"):
        split_input(find_input(tmp_path / name), ColumnChoice(), 10, tmp_path / "listing")


def test_an_empty_table_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text("text\nx\ny\n")
    made = split_input(find_input(tmp_path), ColumnChoice(), 10, tmp_path / "listing")
    assert (made.columns.content, sum(row_range.rows for row_range in made.row_ranges)) == (
        "text",
        2,
    )


def test_what_a_glob_meets_beside_images_is_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "note.txt", "below/b.jpg")
    found = find_input(f"{tmp_path}/*")
    assert [image.item_id for image in found.images or ()] == ["a.jpg"]
    told = describe(found.collect_left_out().counts())
    assert told == (
        "left out 2: 1 no image (.txt 1; first: note.txt), 1 folder that was not looked into (first: below)"
    )


def test_what_lies_beside_tables_is_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "notes.txt", "below/b.csv")
    told = describe(find_input(tmp_path).collect_left_out().counts())
    assert told.startswith(
        "left out 2: 1 file of another kind (.txt 1; first: notes.txt), 1 folder that was not"
    )


@pytest.mark.parametrize(
    ("name", "advice"),
    [("below/a.csv", "below/a.csv is a table"), ("a.zip", "unpack it"), ("a.txt", "is a text")],
)
def test_what_there_is_in_place_of_an_input_is_said(tmp_path: Path, name: str, advice: str) -> None:
    touch(tmp_path, name)
    with pytest.raises(InvalidInput, match=advice):
        find_input(tmp_path)
