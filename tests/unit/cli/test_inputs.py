import json
import os
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from vicinal.cli.commands.classify import open_input
from vicinal.cli.failures import Failure
from vicinal.cli.inputs import images, open_contents, open_labelled, open_source
from vicinal.data.tables.items import ItemColumns
from vicinal.server.rpc import checks


def opened(path, text_column="text", id_column=""):
    source = open_source(path, text_column, id_column)
    items = list(source.items)
    assert source.count == len(items) + len(source.unreadable)
    return items, source.unreadable


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


class TestImages:
    def test_a_folder_is_read_in_order_with_all_below_it(self, tmp_path):
        for name in ("b/2.PNG", "a/x/3.jpeg", "a/1.jpg", "top.webp"):
            write(tmp_path / name, name)
        items, unreadable = opened(tmp_path)
        assert [item.item_id for item in items] == ["a/1.jpg", "a/x/3.jpeg", "b/2.PNG", "top.webp"]
        assert [item.content for item in items] == [item.item_id.encode() for item in items]
        assert items[1].metadata == {"path": str(tmp_path / "a/x/3.jpeg"), "class": "a"}
        assert items[3].metadata == {"path": str(tmp_path / "top.webp")}
        assert unreadable == []

    def test_what_is_hidden_or_no_image_is_left_out(self, tmp_path):
        for name in ("a.jpg", ".b.jpg", ".git/c.jpg", "notes.txt", "manifest.csv"):
            write(tmp_path / name, "x")
        items, _ = opened(tmp_path)
        assert [item.item_id for item in items] == ["a.jpg"]

    def test_a_file_that_cannot_be_read_fails_alone(self, tmp_path):
        write(tmp_path / "a.jpg", "x")
        (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
        write(tmp_path / "z.jpg", "x")
        items, unreadable = opened(tmp_path)
        assert [item.item_id for item in items] == ["a.jpg", "z.jpg"]
        assert [failure.name for failure in unreadable] == ["gone.jpg"]
        assert "No such file" in unreadable[0].message

    def test_a_name_that_is_not_utf8_fails_alone(self, tmp_path):
        write(tmp_path / "a.jpg", "x")
        try:
            write(tmp_path / b"b\xff.jpg".decode(errors="surrogateescape"), "x")
        except OSError:
            pytest.skip("this file system takes UTF-8 names only")
        items, unreadable = opened(tmp_path)
        assert [item.item_id for item in items] == ["a.jpg"]
        assert "not UTF-8" in unreadable[0].message
        unreadable[0].name.encode()

    def test_a_single_image_goes_by_its_name(self, tmp_path):
        items, _ = opened(write(tmp_path / "folder/pear.jpg", "x"))
        assert [item.item_id for item in items] == ["pear.jpg"]

    def test_the_split_and_what_tables_say_become_metadata(self, tmp_path):
        for name in ("train/cat/1.jpg", "val/cat/2.jpg"):
            write(tmp_path / name, "x")
        write(tmp_path / "train/metadata.csv", "file_name,site,path\ncat/1.jpg,a,elsewhere\n")
        source = open_source(tmp_path, "text", "")
        first, second = (item.metadata for item in source.items)
        path = str(tmp_path / "train/cat/1.jpg")
        assert first == {"path": path, "class": "cat", "split": "train", "site": "a"}
        assert second["split"] == "val"
        assert "column 'path' of a table is not taken as metadata, for 1 items" in source.notes

    def test_metadata_that_no_service_takes_are_left_out_and_named(self, tmp_path):
        write(tmp_path / "a.jpg", "x")
        names = [f"column{number}" for number in range(70)] + ["long" * 40]
        write(tmp_path / "metadata.csv", f"file_name,{','.join(names)}\na.jpg,{','.join('1' * 71)}\n")
        source = open_source(tmp_path, "text", "")
        (item,) = source.items
        assert len(item.metadata) == checks.MAX_METADATA_ENTRIES == images.MAX_METADATA_ENTRIES
        assert images.MAX_METADATA_BYTES == checks.MAX_METADATA_BYTES
        assert images.MAX_METADATA_NAME == checks.MAX_NAME_CHARACTERS
        assert sum("is not taken as metadata" in note for note in source.notes) == 8

    def test_a_broken_image_link_or_pipe_by_itself_is_refused(self, tmp_path):
        (tmp_path / "gone.jpg").symlink_to("nowhere")
        with pytest.raises(Failure, match="it is a link to 'nowhere'"):
            open_source(tmp_path / "gone.jpg", "text", "")
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(Failure, match="neither a file nor a folder"):
            open_source(tmp_path / "pipe.jpg", "text", "")

    def test_a_folder_without_images_is_refused(self, tmp_path):
        with pytest.raises(Failure, match="no image"):
            opened(tmp_path)


class TestTexts:
    def test_csv_with_quotes_and_line_breaks(self, tmp_path):
        path = write(tmp_path / "t.csv", '\ufeffid,text,topic\n7,"a ""b"",\nc",film\n8,,news\n')
        items, _ = opened(path)
        assert [(item.item_id, item.content, item.metadata) for item in items] == [
            ("7", 'a "b",\nc', {"topic": "film"}),
            ("8", "", {"topic": "news"}),
        ]

    def test_jsonl_with_other_types(self, tmp_path):
        rows = [{"body": "häh", "key": 1, "tags": ["x"]}, {"body": None, "key": "two", "tags": None}]
        path = write(tmp_path / "t.jsonl", "\n\n".join(map(json.dumps, rows)))
        items, _ = opened(path, text_column="body", id_column="key")
        assert [(item.item_id, item.content, item.metadata) for item in items] == [
            ("1", "häh", {"tags": '["x"]'}),
            ("two", "", {"tags": ""}),
        ]

    def test_rows_are_numbered_where_there_is_no_id(self, tmp_path):
        items, _ = opened(write(tmp_path / "t.csv", "text\na\nb\n"))
        assert [item.item_id for item in items] == ["1", "2"]

    @pytest.mark.parametrize(
        ("name", "content", "complaint"),
        [
            ("t.csv", "text\n", "no row"),
            ("t.csv", "", "no row"),
            ("t.csv", "body\na\n", "no column 'text'; there are: 'body'"),
            ("t.csv", "text,id\na\n", "t.csv:2"),
            ("t.csv", "text\na,b\n", "t.csv:2"),
            ("t.csv", 'text\n"a\n', "not CSV"),
            ("t.csv", b"text\n\xff\n", "not UTF-8"),
            ("t.jsonl", '\n{"text"\n', "t.jsonl:2: line 2 is not JSON"),
            ("t.jsonl", '["a"]\n', "t.jsonl:1"),
            ("t.jsonl", '{"body": "a"}\n', "no column 'text'; there are: 'body'"),
        ],
    )
    def test_a_file_that_is_wrong_is_refused_before_anything_is_taken(
        self, tmp_path, name, content, complaint
    ):
        with pytest.raises(Failure, match=complaint):
            open_source(write(tmp_path / name, content), "text", "")

    def test_an_id_column_that_was_named_must_be_there(self, tmp_path):
        with pytest.raises(Failure, match="no column 'key'"):
            open_source(write(tmp_path / "t.csv", "text\na\n"), "text", "key")


class TestVectors:
    def test_npy_rows_are_numbered(self, tmp_path):
        np.save(tmp_path / "v.npy", np.arange(6).reshape(3, 2))
        items, _ = opened(tmp_path / "v.npy")
        assert [item.item_id for item in items] == ["1", "2", "3"]
        np.testing.assert_array_equal(np.stack([item.content for item in items]), [[0, 1], [2, 3], [4, 5]])

    @pytest.mark.parametrize("name", ["vectors", "X", "whatever"])
    def test_npz_with_ids(self, tmp_path, name):
        np.savez(tmp_path / "v.npz", **{name: np.eye(2), "ids": np.array(["a", "b"])})
        items, _ = opened(tmp_path / "v.npz")
        assert [item.item_id for item in items] == ["a", "b"]
        np.testing.assert_array_equal(np.stack([item.content for item in items]), np.eye(2))

    def test_arrays_that_are_not_read_are_named(self, tmp_path):
        np.savez(
            tmp_path / "v.npz", X=np.eye(2), ids=np.array(["a", "b"]), y=np.arange(2), groups=np.arange(2)
        )
        (note,) = open_source(tmp_path / "v.npz", "text", "").notes
        assert note.endswith("the array 'X' is read as vectors; not read: 'y', 'groups'")
        columns = ItemColumns(needed=("y",))
        (note,) = open_source(tmp_path / "v.npz", "text", "", columns).notes
        assert note.endswith("the array 'X' is read as vectors; not read: 'groups'")
        np.savez(tmp_path / "v.npz", X=np.eye(2), ids=np.array(["a", "b"]), y=np.arange(2))
        assert open_source(tmp_path / "v.npz", "text", "", columns).notes == ()
        np.savez(tmp_path / "v.npz", X=np.eye(2), ids=np.array(["a", "b"]))
        assert open_source(tmp_path / "v.npz", "text", "").notes == ()

    @pytest.mark.parametrize(
        ("arrays", "complaint"),
        [
            ({"vectors": np.eye(2), "ids": np.arange(3)}, "as many ids"),
            ({"vectors": np.ones(3)}, "rows"),
            ({"vectors": np.ones((0, 3))}, "rows"),
            ({"vectors": np.array([["a"]])}, "numbers"),
            ({"a": np.eye(2), "b": np.eye(2)}, "there are: 'a', 'b'"),
            ({"ids": np.arange(3)}, "none"),
        ],
    )
    def test_arrays_that_are_wrong_are_refused(self, tmp_path, arrays, complaint):
        np.savez(tmp_path / "v.npz", **arrays)
        with pytest.raises(Failure, match=complaint):
            opened(tmp_path / "v.npz")

    @pytest.mark.parametrize("content", [b"", b"not numpy", b"PK\x03\x04 broken"])
    @pytest.mark.parametrize("name", ["v.npy", "v.npz"])
    def test_a_file_of_something_else_is_refused(self, tmp_path, name, content):
        with pytest.raises(Failure, match="numpy"):
            opened(write(tmp_path / name, content))

    def test_pickles_are_not_opened(self, tmp_path):
        np.save(tmp_path / "v.npy", np.array([{"a": 1}], dtype=object))
        with pytest.raises(Failure, match="numpy"):
            opened(tmp_path / "v.npy")


def test_a_text_that_is_too_long_for_a_name_is_a_text():
    reads_texts = Mock(fingerprint=Mock(medium="text"))
    (item,) = open_input("a wonderful film " * 500, reads_texts, "text", "").items
    assert item.content.startswith("a wonderful film")


def test_a_name_that_is_too_long_is_refused():
    for opening in (open_source, open_contents, open_labelled):
        with pytest.raises(Failure, match="no file or folder"):
            opening(Path("x" * 5000), "text", "")


def test_what_is_not_there_or_unknown_is_refused(tmp_path):
    with pytest.raises(Failure, match="no file or folder"):
        open_source(tmp_path / "absent.csv", "text", "")
    with pytest.raises(Failure, match="give a folder or one of"):
        open_source(write(tmp_path / "a.doc", "x"), "text", "")
