"""Images, texts and vectors that can be taken more than once."""

import numpy as np
import pytest

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import DataKind, open_contents


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "photos"
    (place / "more").mkdir(parents=True)
    (place / "b.png").write_bytes(b"bb")
    (place / "more/a.jpg").write_bytes(b"aa")
    return place


def test_images_are_read_as_they_are_taken(folder):
    data = open_contents(folder, "text", "")
    assert (data.name, data.holds, list(data.ids)) == ("photos", DataKind.IMAGES, ["b.png", "more/a.jpg"])
    assert list(data.images()) == [("b.png", b"bb"), ("more/a.jpg", b"aa")]
    assert data.content_of("more/a.jpg") == b"aa"
    assert data.content_of("nowhere") is None
    (folder / "b.png").unlink()
    assert list(data.images()) == [("more/a.jpg", b"aa")]
    assert [each.name for each in data.left_out] == ["b.png"]
    assert data.content_of("b.png") is None


def test_ids_may_say_where_they_are_from(folder):
    data = open_contents(folder, "text", "").under("old/")
    assert list(data.images()) == [("old/b.png", b"bb"), ("old/more/a.jpg", b"aa")]
    assert data.content_of("old/b.png") == b"bb"


def test_a_single_image(folder):
    assert list(open_contents(folder / "b.png", "text", "").images()) == [("b.png", b"bb")]


def test_texts(tmp_path):
    (tmp_path / "t.csv").write_text("key,body\nx,one\ny,two\n")
    data = open_contents(tmp_path / "t.csv", "body", "key")
    assert data.holds is DataKind.TEXTS
    assert list(data.texts()) == [("x", "one"), ("y", "two")]
    assert list(data.images()) == []
    assert data.content_of("y") == "two"


def test_vectors_have_no_contents(tmp_path):
    np.save(tmp_path / "v.npy", np.eye(2))
    data = open_contents(tmp_path / "v.npy", "text", "")
    assert (data.holds, list(data.ids), data.content_of("1")) == (DataKind.VECTORS, ["1", "2"], None)
    np.testing.assert_array_equal(data.vectors, np.eye(2))


def test_a_row_whose_id_is_there_already_is_left_out(tmp_path):
    (tmp_path / "t.csv").write_text("id,text\na,one\n,x\nb,two\na,three\nc,four\n")
    np.savez(tmp_path / "v.npz", ids=np.array(["a", "", "b", "a", "c"]), vectors=np.eye(5, dtype=np.float32))
    for name, header in (("t.csv", 1), ("v.npz", 0)):
        data = open_contents(tmp_path / name, "text", "")
        assert list(data.ids) == ["a", "b", "c"]
        unnamed, repeated = data.left_out
        assert unnamed.row == 2 + header
        assert (repeated.name, repeated.file, repeated.row) == ("a", str(tmp_path / name), 4 + header)
        assert repeated.message == f"row {1 + header} has this id already; keep one of the two"
        if data.holds is DataKind.VECTORS:
            np.testing.assert_array_equal(data.vectors, np.eye(5)[[0, 2, 4]])
        else:
            assert list(data.contents) == ["one", "two", "four"]


@pytest.mark.parametrize("name", ["nowhere.csv", "letter.doc"])
def test_what_cannot_be_told_is_refused(tmp_path, name):
    (tmp_path / "letter.doc").write_text("")
    with pytest.raises(Failure, match=name):
        open_contents(tmp_path / name, "text", "")


class TestParquet:
    @pytest.fixture
    def write(self, tmp_path):
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

        def write(columns):
            parquet.write_table(arrow.table(columns), tmp_path / "v.parquet")
            return tmp_path / "v.parquet"

        return write

    @pytest.mark.parametrize("column", ["vector", "embeddings"])
    @pytest.mark.parametrize("fixed", [False, True])
    def test_vectors_with_ids_and_without(self, write, column, fixed):
        import pyarrow as arrow

        kind = arrow.list_(arrow.float32(), 2 if fixed else -1)
        values = arrow.array([[1, 2], [3, 4], [5, 6]], kind)
        read = open_contents(write({column: values, "item_id": ["a", "b", "c"]}), "text", "")
        assert read.holds is DataKind.VECTORS
        np.testing.assert_array_equal(read.vectors, [[1, 2], [3, 4], [5, 6]])
        assert read.ids == ["a", "b", "c"]
        assert open_contents(write({column: values}), "text", "").ids == ["1", "2", "3"]

    def test_texts_are_texts(self, write):
        data = open_contents(write({"text": ["one"], "vector": ["no list"]}), "text", "")
        assert data.holds is DataKind.TEXTS

    def test_ragged_rows_are_refused(self, write):
        with pytest.raises(Failure, match=r"row 2 has .* not of 1"):
            open_contents(write({"vector": [[1.0], [1.0, 2.0]]}), "text", "")

    def test_a_row_without_a_vector_is_left_out(self, write):
        data = open_contents(write({"vector": [[1.0], None, [2.0]]}), "text", "")
        assert data.ids == ["1", "3"]
        assert [(each.row, each.message) for each in data.left_out] == [
            (2, "the row has no vector in 'vector'; give it one")
        ]

    def test_no_parquet_at_all_is_refused(self, tmp_path):
        (tmp_path / "v.parquet").write_bytes(b"no")
        with pytest.raises(Failure, match="Parquet"):
            open_contents(tmp_path / "v.parquet", "text", "")
