import gzip

import numpy as np
import pytest

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import DataKind, groups_of, open_labelled


def opened(path, text_column="", label_column=""):
    return open_labelled(path, text_column, label_column)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


class TestImages:
    def folder(self, tmp_path, manifest=""):
        for name in ("fresh/a.jpg", "fresh/b.jpg", "rotten/a.jpg"):
            write(tmp_path / "fruits" / name, name)
        if manifest:
            write(tmp_path / "fruits" / "manifest.csv", manifest)
        return tmp_path / "fruits"

    def test_folders_are_classes(self, tmp_path):
        data = opened(self.folder(tmp_path))
        assert (data.name, data.holds) == ("fruits", DataKind.IMAGES)
        assert data.ids == ["fresh/a.jpg", "fresh/b.jpg", "rotten/a.jpg"]
        assert data.classes == ["fresh", "fresh", "rotten"]
        assert [data.contents[row] for row in range(3)] == [name.encode() for name in data.ids]
        assert list(data.contents[1:]) == [b"fresh/b.jpg", b"rotten/a.jpg"]
        assert groups_of(data, "") == data.ids

    def test_contents_are_read_as_they_are_taken(self, tmp_path):
        data = opened(self.folder(tmp_path))
        (tmp_path / "fruits/fresh/b.jpg").unlink()
        assert data.contents[0] == b"fresh/a.jpg"
        with pytest.raises(OSError, match="No such file"):
            data.contents[1]

    def test_a_manifest_brings_columns_and_classes(self, tmp_path):
        manifest = "file,class,stem\nfresh/a.jpg,ripe,s1\nrotten/a.jpg,,s1\ngone.jpg,ripe,s2\n"
        data = opened(self.folder(tmp_path, manifest))
        assert data.classes == ["ripe", "fresh", "rotten"]
        assert data.columns == {"class": ["ripe", "", ""], "stem": ["s1", "", "s1"]}
        assert [item.name for item in data.left_out] == ["gone.jpg"]

    def test_a_group_is_taken_together_with_its_class(self, tmp_path):
        manifest = "file,stem\nfresh/a.jpg,s1\nfresh/b.jpg,s1\nrotten/a.jpg,s1\n"
        data = opened(self.folder(tmp_path, manifest))
        assert groups_of(data, "stem") == ["fresh/s1", "fresh/s1", "rotten/s1"]
        assert groups_of(data, r"(.)\.jpg") == ["fresh/a", "fresh/b", "rotten/a"]

    def test_another_column_can_be_the_label(self, tmp_path):
        folder = self.folder(tmp_path, "file,size\nfresh/a.jpg,big\nrotten/a.jpg,small\n")
        assert opened(folder, label_column="size").classes == ["big", "", "small"]
        with pytest.raises(Failure, match="no such column; there are: size"):
            opened(folder, label_column="colour")

    def test_images_beside_the_folders_have_no_label(self, tmp_path):
        write(tmp_path / "fruits" / "top.jpg", "x")
        assert opened(self.folder(tmp_path)).classes == ["fresh", "fresh", "rotten", ""]

    @pytest.mark.parametrize(
        ("manifest", "complaint"), [("name,stem\na,b\n", "first column"), ("file,stem\n,b\n", "row 2")]
    )
    def test_a_manifest_that_is_wrong_is_refused(self, tmp_path, manifest, complaint):
        with pytest.raises(Failure, match=complaint):
            opened(self.folder(tmp_path, manifest))

    def test_an_item_without_a_group_is_named(self, tmp_path):
        data = opened(self.folder(tmp_path, "file,stem\nfresh/a.jpg,s1\n"))
        with pytest.raises(Failure, match=r"empty for 2 items .'fresh/b.jpg', 'rotten/a.jpg'"):
            groups_of(data, "stem")

    def test_a_name_that_is_not_utf8_fails_alone(self, tmp_path):
        folder = self.folder(tmp_path)
        try:
            write(folder / b"b\xff.jpg".decode(errors="surrogateescape"), "x")
        except OSError:
            pytest.skip("this file system takes UTF-8 names only")
        data = opened(folder)
        assert len(data) == 3
        assert "not UTF-8" in data.left_out[0].message


class TestTexts:
    CSV = "text,label,author\ngood,1,ann\nbad,0,ben\nnone,,ann\n"

    def test_csv_packed_or_not(self, tmp_path):
        plain = opened(write(tmp_path / "films.csv", self.CSV))
        packed = opened(write(tmp_path / "films.csv.gz", gzip.compress(self.CSV.encode())))
        for data in (plain, packed):
            assert (data.name, data.holds) == ("films", DataKind.TEXTS)
            assert list(data.contents) == ["good", "bad", "none"]
            assert data.classes == ["1", "0", ""]
            assert data.ids == ["1", "2", "3"]
            assert groups_of(data, "author") == ["ann", "ben", "ann"]

    def test_parquet(self, tmp_path):
        arrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        rows = [{"body": "good", "stars": 5, "id": "x"}, {"body": None, "stars": None, "id": "y"}]
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "films.parquet")
        data = opened(tmp_path / "films.parquet", text_column="body", label_column="stars")
        assert (list(data.contents), data.classes, data.ids) == (["good", ""], ["5", ""], ["x", "y"])

    @pytest.mark.parametrize(("given", "ids"), [("x,y", ["x", "y"]), ("x,x", ["1", "2"]), (",y", ["1", "2"])])
    def test_ids_are_taken_if_they_tell_all_rows_apart(self, tmp_path, given, ids):
        rows = "".join(f"{item_id},a,b\n" for item_id in given.split(","))
        assert opened(write(tmp_path / "t.csv", "id,text,label\n" + rows)).ids == ids

    def test_ids_sort_as_rows_do(self, tmp_path):
        data = opened(write(tmp_path / "t.jsonl", '{"text": "a", "label": "b"}\n' * 12))
        assert data.ids == sorted(data.ids)
        assert data.ids[0] == "01"

    @pytest.mark.parametrize(
        ("name", "content", "complaint"),
        [
            ("t.csv", "text,label\n", "no row"),
            ("t.csv", "text,stars\na,b\n", "no column 'label'; there are: 'text', 'stars'"),
            ("t.csv", "body,label\na,b\n", "no column 'text'"),
            ("t.csv.gz", b"not gzip", "gzip"),
            ("t.csv.gz", gzip.compress(b"text,label\na,b\n" * 99, mtime=0)[:-20], "gzip"),
            ("t.parquet", b"not parquet", "Parquet"),
            ("t.doc", "x", "labelled data are"),
            ("t.npy", "x", "labelled data are"),
        ],
    )
    def test_a_file_that_is_wrong_is_refused(self, tmp_path, name, content, complaint):
        with pytest.raises(Failure, match=complaint):
            opened(write(tmp_path / name, content))

    def test_a_file_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(Failure, match="no file or folder"):
            opened(tmp_path / "absent.csv")


class TestArrays:
    X = np.arange(8.0).reshape(4, 2) + 1
    Y = np.array([0, 1, 0, 1])

    def save(self, tmp_path, **arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    def test_vectors_with_labels(self, tmp_path):
        data = opened(self.save(tmp_path, X=self.X, y=self.Y))
        assert (data.name, data.holds) == ("data", DataKind.VECTORS)
        np.testing.assert_array_equal(data.vectors, self.X)
        assert data.vectors.dtype == np.float32
        assert data.classes == ["0", "1", "0", "1"]
        assert data.ids == ["0", "1", "2", "3"]
        assert groups_of(data, "") == data.ids

    def test_names_groups_and_ids(self, tmp_path):
        more = {
            "classes": np.array(["cat", "dog"]),
            "groups": np.array([7, 7, 8, 9]),
            "ids": np.array(list("abcd")),
        }
        data = opened(self.save(tmp_path, X=self.X, y=self.Y, **more))
        assert data.classes == ["cat", "dog", "cat", "dog"]
        assert data.ids == list("abcd")
        assert groups_of(data, "") == ["7", "7", "8", "9"]
        assert groups_of(data, "y") == ["0", "1", "0", "1"]

    def test_no_number_is_no_label(self, tmp_path):
        data = opened(
            self.save(tmp_path, X=self.X, y=np.array([0, np.nan, 1, 1]), classes=np.array(["a", "b"]))
        )
        assert data.classes == ["a", "", "b", "b"]
        assert opened(self.save(tmp_path, X=self.X, y=np.array(["a", "", "b", "b"]))).classes == [
            "a",
            "",
            "b",
            "b",
        ]

    @pytest.mark.parametrize("shape", [(4, 5, 6), (4, 5, 6, 3), (4, 5, 6, 1)])
    def test_pictures(self, tmp_path, shape):
        from io import BytesIO

        from PIL import Image

        pictures = np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)
        data = opened(self.save(tmp_path, x=pictures, y=self.Y))
        assert (data.holds, len(data.contents)) == (DataKind.IMAGES, 4)
        with Image.open(BytesIO(data.contents[2])) as image:
            np.testing.assert_array_equal(np.asarray(image), pictures[2].squeeze())
        assert data.contents[2:][0] == data.contents[2]

    @pytest.mark.parametrize(
        ("arrays", "complaint"),
        [
            ({"X": X}, "no array 'y'.* there are: 'X'"),
            ({"y": Y}, "no array 'x'"),
            ({"X": X, "y": Y[:3]}, "'X' has 4 rows, 'y' has 3"),
            ({"X": X, "y": Y, "groups": Y[:3]}, "'groups' has 3 rows"),
            ({"X": X[0], "y": Y[:2]}, "must hold numbers in rows"),
            ({"X": X.astype(str), "y": Y}, "must hold numbers"),
            ({"X": X, "y": Y[:, np.newaxis]}, "one label for each item"),
            ({"X": X[:0], "y": Y[:0]}, "one label for each item"),
            ({"X": X, "y": Y, "classes": np.array(["one"])}, "'y' holds 1, but 'classes' names 1"),
            ({"x": X, "y": Y}, "uint8 pictures"),
            ({"x": np.zeros((4, 5, 5, 2), np.uint8), "y": Y}, "uint8 pictures"),
        ],
    )
    def test_arrays_that_are_wrong_are_refused(self, tmp_path, arrays, complaint):
        with pytest.raises(Failure, match=complaint):
            opened(self.save(tmp_path, **arrays))

    def test_a_file_of_something_else_is_refused(self, tmp_path):
        with pytest.raises(Failure, match="numpy"):
            opened(write(tmp_path / "data.npz", "PK\x03\x04 broken"))


class TestGroups:
    @pytest.fixture
    def data(self, tmp_path):
        rows = "".join(f"{author}_{number},text,{number}\n" for author in ("ann", "ben") for number in (0, 1))
        return opened(write(tmp_path / "t.csv", "id,text,label\n" + rows))

    def test_an_expression_names_groups_by_its_first_group_or_its_match(self, data):
        assert groups_of(data, "(.*)_") == groups_of(data, "[a-z]+") == ["ann", "ann", "ben", "ben"]

    @pytest.mark.parametrize(
        ("groups", "complaint"),
        [
            ("[", "no column .columns are: 'id', 'label'. and no expression: unterminated"),
            ("author", "matches none of the 4 ids, such as 'ann_0'"),
            ("ann", "the expression names no group for 2 items .'ben_0', 'ben_1'"),
        ],
    )
    def test_what_names_no_groups_is_refused(self, data, groups, complaint):
        with pytest.raises(Failure, match=complaint):
            groups_of(data, groups)
