"""Duplicates in a folder and in a table, as users look for them: without a server."""

import csv
import json
import os
import re

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps
from typer.testing import CliRunner

from vicinal.cli.main import app

pytest.importorskip("cv2")


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["dedupe", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def scene(seed):
    """A picture with much to hold on to: coloured rectangles, large and small, softened."""
    random = np.random.default_rng(seed)
    pixels = np.full((240, 320, 3), 128, dtype=np.uint8)
    for _ in range(120):
        y, x, h, w = random.integers((0, 0, 6, 6), (230, 310, 60, 60))
        pixels[y : y + h, x : x + w] = random.integers(0, 256, 3)
    return Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "photos"
    (place / "more").mkdir(parents=True)
    for number in range(4):
        scene(number).save(place / f"{number}.png")
    scene(0).rotate(-30, expand=False).save(place / "turned.png")
    ImageOps.mirror(scene(0)).save(place / "mirror.jpg", quality=80)
    scene(1).crop((40, 30, 320, 240)).save(place / "more/cut.png")
    (place / "more/again.png").write_bytes((place / "2.png").read_bytes())
    return place


def rows(path):
    with path.open(newline="") as file:
        return {row["item_id"]: row for row in csv.DictReader(file)}


def test_a_folder_of_images(folder, tmp_path):
    out, page = tmp_path / "groups.csv", tmp_path / "new/groups.html"
    answer = json.loads(run(folder, "--out", out, "--gallery", page, "--json").stdout)
    assert (answer["items"], answer["duplicates"], answer["errors"]) == (8, 4, [])
    assert [len(group["duplicates"]) for group in answer["groups"]] == [2, 1, 1]
    found = rows(out)
    kept = {name: row["representative_id"] for name, row in found.items()}
    assert len({kept[name] for name in ("0.png", "turned.png", "mirror.jpg")}) == 1
    assert kept["1.png"] == kept["more/cut.png"]
    assert kept["2.png"] == kept["more/again.png"]
    assert "3.png" not in found
    assert found["more/again.png"]["changes"] == "identical file"
    assert {row["role"] for row in found.values()} == {"representative", "duplicate", "augmentation"}
    shown = page.read_text()
    assert shown.count("<img") == 7
    assert "rotated by" in shown
    assert re.findall(r"(?:src|href)=.(?!data:)", shown) == []


def test_a_table_of_texts(tmp_path):
    table = tmp_path / "reviews.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ("key", "body"),
                ("a", "What a lovely film <3, I cried for an hour"),
                ("b", "RT @ana: what a LOVELY film &lt;3, I cried for an hour"),
                ("c", "What a lovely film <3, I criedd for an hour http://example.org"),
                ("d", "The train was late again, and nobody knew why"),
            ]
        )
    out, page = tmp_path / "groups.csv", tmp_path / "groups.html"
    columns = ("--text-column", "body", "--id-column", "key")
    answer = run(table, "--out", out, "--gallery", page, *columns).stdout
    assert answer == f"2 of 4 items are duplicates, in 1 groups: see {out}\n"
    assert {name: row["representative_id"] for name, row in rows(out).items()} == {
        "a": "a",
        "b": "a",
        "c": "a",
    }
    assert "RT mark" in rows(out)["b"]["changes"]
    assert "'criedd' for 'cried'" in rows(out)["c"]["changes"]
    assert "lovely film &lt;3" in page.read_text()


@pytest.fixture
def vectors():
    rows = np.random.default_rng(0).standard_normal((60, 12)).astype(np.float32)
    rows[41] = rows[7] + 1e-4
    return rows


@pytest.mark.parametrize("kind", ["npz", "parquet"])
def test_vectors(tmp_path, vectors, kind):
    ids = [f"v{row}" for row in range(60)]
    file = tmp_path / f"vectors.{kind}"
    if kind == "npz":
        np.savez(file, vectors=vectors, ids=np.array(ids))
    else:
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table({"id": ids, "embedding": list(vectors)}), file)
    run(file, "--out", tmp_path / "groups.csv", "--gallery", tmp_path / "groups.html")
    assert rows(tmp_path / "groups.csv").keys() == {"v7", "v41"}
    assert "v41" in (tmp_path / "groups.html").read_text()


def test_vectors_against_vectors(tmp_path, vectors):
    np.save(tmp_path / "old.npy", vectors[:30])
    np.save(tmp_path / "new.npy", vectors[30:])
    answer = run(
        tmp_path / "new.npy", "--against", tmp_path / "old.npy", "--out", tmp_path / "groups.csv", "--json"
    )
    (group,) = json.loads(answer.stdout)["groups"]
    assert group["representative_elsewhere"]
    assert group["representative_id"] == f"{tmp_path}/old.npy#8"
    assert [copy["item_id"] for copy in group["duplicates"]] == ["12"]


def test_vectors_that_do_not_go_together_are_refused(tmp_path, vectors):
    np.save(tmp_path / "old.npy", vectors[:, :3])
    np.save(tmp_path / "new.npy", vectors)
    out = ("--out", tmp_path / "groups.csv")
    result = run(tmp_path / "new.npy", "--against", tmp_path / "old.npy", *out, code=1)
    assert "vectors there have 3 numbers" in result.stderr
    result = run(tmp_path / "new.npy", "--featurizer", "image-statistics", *out, code=1)
    assert "holds vectors" in result.stderr


def test_what_cannot_be_read_is_named_and_the_rest_is_done(folder, tmp_path):
    (folder / "broken.png").write_bytes(b"no picture")
    result = run(folder, "--out", tmp_path / "groups.csv", code=1)
    assert "broken.png" in result.stderr
    assert len(rows(tmp_path / "groups.csv")) == 7


@pytest.fixture
def older(tmp_path):
    """What is there already: duplicates of two of the photos, and two of something else."""
    place = tmp_path / "older"
    place.mkdir()
    scene(3).rotate(20).save(place / "a.png")
    scene(2).save(place / "b.jpg", quality=85)
    scene(9).save(place / "c.png")
    scene(9).rotate(10).save(place / "d.png")
    return place


def test_a_folder_against_another_one(folder, older, tmp_path):
    out, page = tmp_path / "groups.csv", tmp_path / "groups.html"
    answer = json.loads(run(folder, "--against", older, "--out", out, "--gallery", page, "--json").stdout)
    assert (answer["items"], answer["duplicates"]) == (8, 6)
    found = rows(out)
    there = {
        name: row["representative_id"]
        for name, row in found.items()
        if row["representative_elsewhere"] == "yes"
    }
    assert there == {
        f"{older}/a.png": f"{older}/a.png",
        f"{older}/b.jpg": f"{older}/b.jpg",
        "3.png": f"{older}/a.png",
        "2.png": f"{older}/b.jpg",
        "more/again.png": f"{older}/b.jpg",
    }
    assert not {f"{older}/c.png", f"{older}/d.png"} & found.keys()
    assert {row["representative_id"] for row in found.values() if row["representative_elsewhere"] == "no"} < {
        item for item in found if not item.startswith(str(older))
    }
    shown = page.read_text()
    assert shown.count("<img") == len(found) == 10
    assert shown.count("is there already") == 2
    told = run(folder, "--against", older, "--out", out).stdout.splitlines()
    assert told[1] == f"3 of them are in {older} already"


def test_a_single_picture_against_a_folder(folder, tmp_path):
    ImageOps.mirror(scene(3)).save(tmp_path / "new.png")
    out, page = tmp_path / "groups.csv", tmp_path / "groups.html"
    run(tmp_path / "new.png", "--against", folder, "--out", out, "--gallery", page)
    assert rows(out)["new.png"]["representative_id"] == f"{folder}/3.png"
    assert page.read_text().count("<img") == 2


def test_texts_against_texts(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("id,text\n1,What a lovely film\n2,The train was late again\n")
    new.write_text("id,text\n1,RT @ana: what a LOVELY film\n2,Something else at last\n")
    run(new, "--against", old, "--out", tmp_path / "groups.csv")
    assert {name: row["representative_id"] for name, row in rows(tmp_path / "groups.csv").items()} == {
        f"{old}#1": f"{old}#1",
        "1": f"{old}#1",
    }


def test_what_cannot_be_held_against_is_refused(folder, tmp_path):
    texts = tmp_path / "texts.csv"
    texts.write_text("text\na\n")
    out = ("--out", tmp_path / "groups.csv")
    assert "lies in" in run(folder, "--against", folder / "more", *out, code=1).stderr
    assert "lies in" in run(folder, "--against", folder, *out, code=1).stderr
    assert "holds texts" in run(folder, "--against", texts, *out, code=1).stderr


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VICINAL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_vectors_and_views_name_is_compared_too(folder, older, tmp_path, cache, monkeypatch):
    from vicinal.duplicates.images import retrieval

    monkeypatch.setattr(retrieval, "MOST_CANDIDATES", -1)
    out = tmp_path / "groups.csv"
    run(folder, "--out", out)
    assert set(rows(out)) == {"2.png", "more/again.png"}
    asked = ("--featurizer", "image-statistics", "--augmentations", "turns", "--augmentations", "rotate-15")
    run(folder, "--against", older, "--out", out, *asked)
    assert {"mirror.jpg", "turned.png", "2.png", f"{older}/b.jpg"} <= set(rows(out))
    assert len(list(cache.iterdir())) == 3
    run(folder, "--against", older, "--out", out, *asked)
    assert len(list(cache.iterdir())) == 3


def test_vectors_that_cannot_be_had_are_said(folder, tmp_path, cache):
    out = ("--out", tmp_path / "groups.csv")
    assert "--featurizer" in run(folder, *out, "--augmentations", "turns", code=1).stderr
    wrong = run(folder, *out, "--featurizer", "image-statistics", "--augmentations", "askew", code=1)
    assert "'askew'" in wrong.stderr
    assert "mirror" in wrong.stderr
    assert "holds images" in run(folder, *out, "--featurizer", "use-offline", code=1).stderr
    assert "there is no featurizer" in run(folder, *out, "--featurizer", "resnet", code=1).stderr


def test_many_groups_go_to_several_pages(folder, tmp_path, monkeypatch):
    from vicinal.cli.commands.dedupe import gallery

    monkeypatch.setattr(gallery, "GROUPS_A_PAGE", 2)
    run(folder, "--out", tmp_path / "groups.csv", "--gallery", tmp_path / "pages.html")
    first, second = ((tmp_path / name).read_text() for name in ("pages.html", "pages-2.html"))
    assert (first.count("<section"), second.count("<section")) == (2, 1)
    assert 'href="pages-2.html"' in first
    assert 'href="pages.html"' in second
    assert 'id="group-3"' in second


def test_a_full_disk_is_told_with_what_to_do(folder, tmp_path, monkeypatch):
    from vicinal.duplicates.candidates import SpilledSketches

    def full(self, sketch):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SpilledSketches, "append", full)
    result = run(folder, "--out", tmp_path / "groups.csv", code=1)
    assert "No space left on device; name a folder" in result.stderr
    assert not (tmp_path / "groups.csv").exists()


@pytest.mark.parametrize("option", ["--out", "--gallery"])
def test_what_cannot_be_written_is_said_before_the_search(folder, tmp_path, monkeypatch, option):
    from vicinal.cli.commands.dedupe import command

    monkeypatch.setattr(command, "search_data", lambda *_: pytest.fail("it was searched all the same"))
    paths = {"--out": tmp_path / "groups.csv", "--gallery": tmp_path / "new/groups.html"}
    for wrong in (folder / "more", folder / "0.png/groups"):
        paths[option] = wrong
        failed = run(folder, *(word for pair in paths.items() for word in pair), code=1)
        assert f"{wrong}: cannot be written" in failed.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"photos"}


def test_nothing_is_written_over_what_is_read_or_written(tmp_path):
    table, older, out = tmp_path / "t.csv", tmp_path / "old.csv", tmp_path / "groups.csv"
    for path in (table, older):
        path.write_text("text\na line of text\na line of text\n")
    assert f"--out {table}" in run(table, "--out", table, code=1).stderr
    assert f"--out {older}" in run(table, "--against", older, "--out", older, code=1).stderr
    assert f"--gallery {table}" in run(table, "--out", out, "--gallery", table, code=1).stderr
    assert f"--gallery {out}" in run(table, "--out", out, "--gallery", out, code=1).stderr
    assert not out.exists()
    assert table.read_text() == older.read_text() == "text\na line of text\na line of text\n"


def test_which_one_is_kept_can_be_chosen(tmp_path):
    place, out = tmp_path / "photos", tmp_path / "groups.csv"
    place.mkdir()
    sharp = scene(1).resize((640, 480)).filter(ImageFilter.UnsharpMask(3, 300, 0))
    sharp.save(place / "c_sharp.png")
    sharp.filter(ImageFilter.GaussianBlur(2)).save(place / "a_blurred.png")
    sharp.filter(ImageFilter.GaussianBlur(4)).resize((1000, 750)).save(place / "b_large.png")
    for name, seconds in (("a_blurred", 3000), ("b_large", 1000), ("c_sharp", 2000)):
        os.utime(place / f"{name}.png", (seconds, seconds))
    kept = {}
    for rule in ("best", "largest", "sharpest", "oldest"):
        run(place, "--out", out, "--keep", rule)
        (kept[rule],) = {row["representative_id"] for row in rows(out).values()}
    assert kept == {
        "best": "c_sharp.png",
        "largest": "b_large.png",
        "sharpest": "c_sharp.png",
        "oldest": "b_large.png",
    }
    run(place, "--out", out)
    assert {row["representative_id"] for row in rows(out).values()} == {"c_sharp.png"}


def test_which_text_is_kept_can_be_chosen(tmp_path):
    table, out = tmp_path / "texts.csv", tmp_path / "groups.csv"
    text = "the harbour was quiet in the morning and the boats lay still on the water"
    lines = [f"{text} all ...", f"{text} all day", f"{text} all day https://example.org/boats"]
    table.write_text("id,text\n" + "".join(f"{row},{line}\n" for row, line in enumerate(lines)))
    kept = {}
    for rule in ("best", "largest", "oldest"):
        run(table, "--out", out, "--keep", rule)
        (kept[rule],) = {row["representative_id"] for row in rows(out).values()}
    assert kept == {"best": "1", "largest": "2", "oldest": "0"}


def test_a_rule_that_vectors_cannot_follow_is_refused(tmp_path):
    np.savez(tmp_path / "v.npz", vectors=np.eye(4, dtype=np.float32), ids=np.array(list("abcd")))
    result = run(tmp_path / "v.npz", "--out", tmp_path / "groups.csv", "--keep", "sharpest", code=1)
    assert "--keep sharpest: vectors have no size, sharpness or time" in result.output


def test_the_command_knows_every_rule():
    from vicinal.cli.commands.dedupe.searching import KeepRule
    from vicinal.duplicates import Keep

    assert [rule.value for rule in KeepRule] == [keep.value for keep in Keep]
