"""One odd tree, and every command that takes a folder: the same items in, the same counts out."""

import os
import socket
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vicinal.cli.commands.demo.pictures import folder_of_classes
from vicinal.cli.inputs import open_contents, open_labelled, open_source
from vicinal.data.left_out import LeftOut, LeftOutCount, Reason, describe
from vicinal.jobs.embedding.row_ranges import read_row_range, split_file
from vicinal.jobs.embedding.sources import ColumnChoice, find_input, split_input

JPEG = b"\xff\xd8\xff\xe0 not whole, but it begins as a JPEG does"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


@dataclass(frozen=True)
class Taken:
    """What a command made of a folder: ids in order, and what it left out."""

    ids: list[str]
    counts: list[LeftOutCount]

    def names(self, reason: Reason) -> list[str]:
        return [name for each in self.counts if each.reason is reason for name in each.first]

    def count(self, reason: Reason) -> int:
        return sum(each.count for each in self.counts if each.reason is reason)


def by_add(folder: Path) -> Taken:
    source = open_source(folder, "text", "")
    ids = [item.item_id for item in source.items]
    assert source.count == len(ids) + len(source.unreadable)
    return Taken(ids, source.left_out.counts(source.unreadable))


def by_dedupe(folder: Path) -> Taken:
    data = open_contents(folder, "text", "")
    ids = [item_id for item_id, _ in data.images()]
    return Taken(ids, data.passed_over.counts(data.left_out))


def by_simulate(folder: Path) -> Taken:
    data = open_labelled(folder, "", "")
    return Taken(list(data.ids), data.passed_over.counts(data.left_out))


def by_demo(folder: Path) -> Taken:
    data = folder_of_classes(folder)
    return Taken([picture.name for picture in data.pictures], data.left_out.counts())


def by_embed(folder: Path) -> Taken:
    found, listing = find_input(folder), folder.parent / "listing.jsonl"
    made = split_input(found, ColumnChoice(), 1000, listing)
    rows = [row for piece in made.row_ranges for row in read_row_range(piece, made.columns)]
    left_out = found.collect_left_out()
    without = {row.item_id: row.why for row in rows if row.content is None}
    assert {each.name: each.message for each in left_out.failures} == without
    return Taken([row.item_id for row in rows if row.content is not None], left_out.counts())


COMMANDS = [by_add, by_dedupe, by_simulate, by_demo, by_embed]
Command = Callable[[Path], Taken]


def fill(folder: Path, *names: str, content: bytes = JPEG) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of one image each; tests add what is odd."""
    return fill(tmp_path / "photos", "cats/c.jpg", "dogs/d.jpg")


PLAIN = ["cats/c.jpg", "dogs/d.jpg"]


@pytest.mark.parametrize("command", COMMANDS)
class TestFolders:
    def test_a_plain_folder_leaves_nothing_out(self, photos: Path, command: Command) -> None:
        assert command(photos) == Taken(PLAIN, [])

    def test_a_class_folder_that_is_a_link_is_followed(self, tmp_path: Path, command: Command) -> None:
        photos = fill(tmp_path / "photos", "dogs/d.jpg")
        fill(tmp_path / "elsewhere", "c1.jpg", "more/c2.jpg")
        (photos / "cats").symlink_to("../elsewhere")
        assert command(photos) == Taken(["cats/c1.jpg", "cats/more/c2.jpg", "dogs/d.jpg"], [])

    def test_links_do_not_lead_in_circles(self, photos: Path, command: Command) -> None:
        (photos / "cats/up").symlink_to(photos)
        (photos / "dogs/further_up").symlink_to(photos.parent)
        (photos / "dogs/itself").symlink_to("itself")
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.names(Reason.SAME_FOLDER) == [
            "cats/up (the same as a folder that holds it)",
            "dogs/further_up (the same as a folder that holds it)",
        ]
        assert taken.names(Reason.UNREADABLE) == ["dogs/itself"]

    def test_a_folder_is_read_where_it_lies_and_not_where_links_lead_to_it(
        self, photos: Path, command: Command
    ) -> None:
        (photos / "a_link").symlink_to("dogs")
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.names(Reason.SAME_FOLDER) == ["a_link (the same as dogs)"]

    def test_of_two_links_to_one_folder_the_first_is_followed(self, photos: Path, command: Command) -> None:
        fill(photos.parent / "elsewhere", "e.jpg")
        for name in ("eels", "more_eels"):
            (photos / name).symlink_to("../elsewhere")
        taken = command(photos)
        assert taken.ids == [*PLAIN, "eels/e.jpg"]
        assert taken.names(Reason.SAME_FOLDER) == ["more_eels (the same as eels)"]

    def test_links_outside_that_lead_to_one_another_end(self, photos: Path, command: Command) -> None:
        fill(photos.parent / "one", "1.jpg")
        (photos.parent / "one/two").symlink_to("../two")
        fill(photos.parent / "two", "2.jpg")
        (photos.parent / "two/one").symlink_to("../one")
        (photos / "eels").symlink_to("../one")
        taken = command(photos)
        assert taken.ids == [*PLAIN, "eels/1.jpg", "eels/two/2.jpg"]
        assert taken.names(Reason.SAME_FOLDER) == ["eels/two/one (the same as eels)"]

    def test_a_link_to_nothing_is_named(self, photos: Path, command: Command) -> None:
        (photos / "cats/gone.jpg").symlink_to("nowhere.jpg")
        (photos / "birds").symlink_to("../nowhere")
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.names(Reason.UNREADABLE) == ["birds", "cats/gone.jpg"]

    @pytest.mark.timeout(60)
    def test_pipes_and_sockets_are_counted_and_not_waited_for(
        self, photos: Path, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        os.mkfifo(photos / "cats/pipe.jpg")
        monkeypatch.chdir(photos)  # the name of a socket must be short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("dogs/socket.jpg")
            taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.names(Reason.NO_FILE) == ["cats/pipe.jpg", "dogs/socket.jpg"]

    def test_a_folder_that_cannot_be_opened_is_named(
        self, photos: Path, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(photos, "secret/s.jpg")
        really = os.scandir

        def refusing(path: Path) -> object:
            if str(path).endswith("secret"):
                raise PermissionError(13, "Permission denied")
            return really(path)

        monkeypatch.setattr("vicinal.data.folders.walking.os.scandir", refusing)
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.names(Reason.UNREADABLE) == ["secret"]

    def test_hidden_files_and_what_systems_leave_are_counted(self, photos: Path, command: Command) -> None:
        fill(photos, ".git/a.jpg", ".git/b.jpg", "cats/.DS_Store", "cats/._c.jpg", "__MACOSX/cats/c.jpg")
        fill(photos, "dogs/Thumbs.db", "dogs/@eaDir/d.jpg")
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.count(Reason.HIDDEN) == 6
        assert taken.names(Reason.HIDDEN) == [".git", "__MACOSX", "cats/.DS_Store"]

    def test_names_that_cannot_be_ids_are_named(self, photos: Path, command: Command) -> None:
        long = "/".join(["x" * 100] * 3)
        fill(photos, "cats/line\nbreak.jpg", f"dogs/{long}/d.jpg")
        wanted = 2
        try:
            fill(photos, os.fsdecode(b"cats/not\xffutf8.jpg"))
            wanted = 3
        except OSError:
            pass  # this file system takes UTF-8 names only
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.count(Reason.BAD_NAME) == wanted
        assert "cats/line\\nbreak.jpg" in taken.names(Reason.BAD_NAME)
        for name in taken.names(Reason.BAD_NAME):
            assert name.encode().decode().isprintable()

    def test_images_are_known_by_suffix_in_any_case_or_by_their_first_bytes(
        self, photos: Path, command: Command
    ) -> None:
        suffixes = ("JPG", "jpe", "jfif", "TIF", "jp2", "avif", "ppm", "webp", "bmp", "Gif")
        names = [f"cats/{number}.{suffix}" for number, suffix in enumerate(suffixes)]
        fill(photos, *names, "cats/none", "cats/photo.jpg_large")
        fill(photos, "dogs/none", content=b"BMW is no bitmap")
        taken = command(photos)
        assert sorted(taken.ids) == sorted([*PLAIN, *names, "cats/none", "cats/photo.jpg_large"])
        assert taken.names(Reason.NO_IMAGE) == ["dogs/none"]

    def test_what_is_no_image_is_counted_by_suffix(self, photos: Path, command: Command) -> None:
        fill(photos, "a.txt", "cats/b.TXT", "cats/c.json", "dogs/clip.mp4", "all.zip", content=b"P1 nothing")
        taken = command(photos)
        assert taken.ids == PLAIN
        (count,) = taken.counts
        assert (count.reason, count.count) == (Reason.NO_IMAGE, 5)
        assert count.suffixes == {".txt": 2, ".zip": 1, ".json": 1, ".mp4": 1}
        assert describe(taken.counts).startswith("left out 5: 5 no images (.txt 2, ")
        assert "first: a.txt" in describe(taken.counts)

    def test_heic_is_named_with_what_to_install(
        self, photos: Path, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(photos, "cats/phone.HEIC", "cats/renamed", content=HEIC)
        monkeypatch.setattr("vicinal.data.folders.walking.can_read_heic", lambda: False)
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.names(Reason.NEEDS_PACKAGE) == ["cats/phone.HEIC", "cats/renamed"]
        monkeypatch.setattr("vicinal.data.folders.walking.can_read_heic", lambda: True)
        assert len(command(photos).ids) == 4

    def test_a_file_that_vanishes_is_named_and_the_rest_is_taken(
        self, photos: Path, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(photos, "cats/a_vanishing")
        really = Path.open

        def open_or_gone(path: Path, *arguments: object, **more: object) -> object:
            if path.name == "a_vanishing":
                raise FileNotFoundError(2, "No such file or directory")
            return really(path, *arguments, **more)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", open_or_gone)
        taken = command(photos)
        assert taken.ids == PLAIN
        assert taken.names(Reason.UNREADABLE) == ["cats/a_vanishing"]

    def test_order_is_by_the_parts_of_paths(self, photos: Path, command: Command) -> None:
        fill(photos, "cats-2/a.jpg", "cats/a/z.jpg", "cats/a.jpg")
        assert command(photos).ids == [
            "cats/a/z.jpg",
            "cats/a.jpg",
            "cats/c.jpg",
            "cats-2/a.jpg",
            "dogs/d.jpg",
        ]

    def test_folders_may_lie_deep_in_one_another(self, photos: Path, command: Command) -> None:
        fill(photos, "/".join(["cats", *"a" * 110, "deep.jpg"]))
        assert len(command(photos).ids) == 3


def test_two_ways_to_store_accents_are_two_items_and_said(photos: Path) -> None:
    for form in ("NFC", "NFD"):
        fill(photos, unicodedata.normalize(form, "cats/é.jpg"))
    source = open_source(photos, "text", "")
    if len(list((photos / "cats").iterdir())) < 3:
        pytest.skip("this file system takes both for one name")
    assert len(list(source.items)) == 4
    assert any("NFC and NFD" in note for note in source.notes)


def test_what_was_left_out_can_be_added_up() -> None:
    one, other = LeftOut(), LeftOut()
    for number in range(5):
        one.pass_over(Reason.NO_IMAGE, f"{number}.txt", ".txt")
    other.pass_over(Reason.NO_IMAGE, "x.pdf", ".pdf")
    other.fail("y.jpg", "is gone")
    one.add(other)
    counts = one.counts()
    assert [(each.reason, each.count) for each in counts] == [(Reason.NO_IMAGE, 6), (Reason.UNREADABLE, 1)]
    assert describe(counts) == (
        "left out 7: 6 no images (.txt 5, .pdf 1; first: 0.txt), 1 could not be read (first: y.jpg)"
    )


def test_pieces_of_a_listing_are_the_same_for_the_same_folder(photos: Path, tmp_path: Path) -> None:
    first, again = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    for listing in (first, again):
        split_input(find_input(photos), ColumnChoice(), 10, listing)
    assert split_file(first, "x", 10)[0].digest == split_file(again, "x", 10)[0].digest
