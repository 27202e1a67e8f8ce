"""Kinds of images by first bytes, folders of text files, flat folders and globs, and single files."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from vicinal.core.errors import InvalidInput
from vicinal.data.folders import walking
from vicinal.data.folders.walking import (
    IMAGE_SUFFIXES,
    ImageFiles,
    TextFiles,
    check_file,
    detect_image_kind_in_bytes,
    find_files,
    has_only_text_files,
    is_image,
    refuse_kind,
)
from vicinal.data.left_out import Reason
from vicinal.server.rpc import checks


def fill(folder: Path, *names: str, content: bytes = b"x") -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF"])
def test_each_kind_that_is_decoded_is_known_by_its_first_bytes_and_its_suffixes(kind: str) -> None:
    Image.init()
    if kind not in Image.SAVE:
        pytest.skip(f"Pillow writes no {kind} here")
    file = BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, kind)
    assert detect_image_kind_in_bytes(file.getvalue()[:32]) == "image"
    # MPEG streams are a kind of JPEG 2000 to Pillow, by suffix alone.
    known = {suffix for suffix, name in Image.registered_extensions().items() if name == kind}
    assert known - {".mj2", ".jpt"} <= IMAGE_SUFFIXES


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"BM",
        b"BMW and Audi are cars, and more",
        b"P1 is a name",
        b"RIFF....WAVEfmt ",
        b"%PDF-1.7",
        b"PK\3\4",
    ],
)
def test_what_is_no_image_is_not_taken_for_one(head: bytes) -> None:
    assert detect_image_kind_in_bytes(head) is None


def test_heic_and_avif_are_told_apart() -> None:
    assert detect_image_kind_in_bytes(b"\0\0\0\x18ftypheic\0\0\0\0") == "heic"
    assert detect_image_kind_in_bytes(b"\0\0\0\x18ftypavif\0\0\0\0") == "image"
    assert detect_image_kind_in_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0") is None


@pytest.mark.parametrize(("characters", "is_taken"), [(256, True), (257, False)])
def test_ids_are_what_the_service_takes(tmp_path: Path, characters: int, is_taken: bool) -> None:
    folder = tmp_path / ("x" * 150)
    folder.mkdir()
    name = f"{'y' * (characters - 150 - len('/.png'))}.png"
    Image.new("RGB", (8, 8)).save(folder / name)
    files = ImageFiles(tmp_path)
    assert [len(each.item_id) for each in files] == [characters] * is_taken
    assert checks.MAX_ITEM_ID_CHARACTERS == 256


class TestRefusals:
    def refusal(self, folder: Path) -> str:
        files = ImageFiles(folder)
        assert list(files) == []
        return str(files.refuse())

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        assert "there is no image in it; it is empty" in self.refusal(tmp_path)

    @pytest.mark.parametrize(
        ("name", "advice"),
        [
            ("below/reviews.csv", "below/reviews.csv is a table: did you mean to name it itself?"),
            ("metadata.csv", "metadata.csv is a table"),
            ("v.npz", "holds vectors: did you mean"),
            ("all.tar.gz", "all.tar.gz is an archive: unpack it"),
            ("book.pdf", "book.pdf is a document: save its pages"),
            ("clip.mov", "clip.mov is a video: save frames"),
            ("raw.NEF", "raw.NEF is a camera's raw file"),
            ("phone.heic", "phone.heic: is a HEIC image; install Vicinal with its 'heic' extra"),
        ],
    )
    def test_what_is_there_is_said_with_what_to_do(
        self, tmp_path: Path, name: str, advice: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(walking, "can_read_heic", lambda: False)
        assert advice in self.refusal(fill(tmp_path, name))

    @pytest.mark.parametrize(
        ("name", "advice"), [("a.zip", "unpack"), ("a.pdf", "pages"), ("a.xyz", "give a folder or one of")]
    )
    def test_a_single_file(self, tmp_path: Path, name: str, advice: str) -> None:
        fill(tmp_path, name)
        assert not is_image(tmp_path / name)
        assert advice in str(refuse_kind(tmp_path / name, [".csv"]))

    @pytest.mark.timeout(60)
    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(InvalidInput, match="neither a file nor a folder"):
            check_file(tmp_path / "pipe.jpg")

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="no file or folder"):
            check_file(tmp_path / "absent")
        with pytest.raises(InvalidInput, match="let the shell expand"):
            check_file(tmp_path / "*.jpg")
        (tmp_path / "link").symlink_to("nowhere")
        with pytest.raises(InvalidInput, match="it is a link to 'nowhere'"):
            check_file(tmp_path / "link")


class TestTexts:
    def test_text_files_alone_are_texts(self, tmp_path: Path) -> None:
        fill(tmp_path, "pos/1.txt", "neg/2.TXT", "README", "vocab.dat")
        assert has_only_text_files(tmp_path)
        files = TextFiles(tmp_path)
        assert [each.item_id for each in files] == ["neg/2.TXT", "pos/1.txt"]
        (count,) = files.left_out.counts()
        assert (count.reason, count.suffixes) == (Reason.NO_TEXT, {"": 1, ".dat": 1})

    @pytest.mark.parametrize("name", ["a.jpg", "a.csv", "a.npz", "a.zip", "a.heic", "a.nef"])
    def test_with_anything_else_that_could_be_meant_they_are_not(self, tmp_path: Path, name: str) -> None:
        assert not has_only_text_files(fill(tmp_path, "pos/1.txt", name))

    def test_nothing_is_no_text(self, tmp_path: Path) -> None:
        assert not has_only_text_files(fill(tmp_path, "README"))


class TestFlat:
    def test_wanted_files_of_a_folder_and_the_others(self, tmp_path: Path) -> None:
        fill(tmp_path, "b.npy", "a.npy", "notes.txt", ".c.npy", "below/d.npy", "manifest.json")
        (tmp_path / "gone.npy").symlink_to("nowhere")
        os.mkfifo(tmp_path / "pipe.npy")
        files, left_out = find_files(tmp_path, lambda path: path.suffix == ".npy", ("manifest.json",))
        assert [each.name for each in files] == ["a.npy", "b.npy"]
        assert [(each.reason, list(each.first)) for each in left_out.counts()] == [
            (Reason.OTHER_KIND, ["notes.txt"]),
            (Reason.IN_FOLDER, ["below"]),
            (Reason.HIDDEN, [".c.npy"]),
            (Reason.NO_FILE, ["pipe.npy"]),
            (Reason.UNREADABLE, ["gone.npy"]),
        ]

    def test_what_a_glob_meets_and_does_not_take_is_counted(self, tmp_path: Path) -> None:
        fill(tmp_path, "x/a.npy", "x/b.txt")
        files, left_out = find_files(f"{tmp_path}/*/*", lambda path: path.suffix == ".npy")
        assert [each.name for each in files] == ["a.npy"]
        assert [each.first for each in left_out.counts()] == [["x/b.txt"]]

    def test_a_folder_that_cannot_be_opened_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refusing(path: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "iterdir", refusing)
        files, left_out = find_files(tmp_path, lambda path: True)
        assert files == []
        assert [each.message for each in left_out.failures] == ["Permission denied"]
