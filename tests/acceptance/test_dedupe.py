"""Copies in a folder and in a table, as users look for them: without a server."""

import csv
import json
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
    assert (answer["items"], answer["copies"], answer["left_out"]) == (8, 4, [])
    assert [len(group["copies"]) for group in answer["groups"]] == [2, 1, 1]
    found = rows(out)
    kept = {name: row["kept_id"] for name, row in found.items()}
    assert len({kept[name] for name in ("0.png", "turned.png", "mirror.jpg")}) == 1
    assert kept["1.png"] == kept["more/cut.png"]
    assert kept["2.png"] == kept["more/again.png"]
    assert "3.png" not in found
    assert found["more/again.png"]["changes"] == "identical file"
    assert {row["role"] for row in found.values()} == {"kept", "duplicate", "augmentation"}
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
    assert answer == f"2 of 4 items are copies, in 1 groups: see {out}\n"
    assert {name: row["kept_id"] for name, row in rows(out).items()} == {"a": "a", "b": "a", "c": "a"}
    assert "RT mark" in rows(out)["b"]["changes"]
    assert "1 character edited" in rows(out)["c"]["changes"]
    assert "lovely film &lt;3" in page.read_text()


def test_vectors_are_refused(tmp_path):
    np.save(tmp_path / "v.npy", np.eye(3))
    result = run(tmp_path / "v.npy", "--out", tmp_path / "groups.csv", code=1)
    assert "vectors" in result.stderr


def test_what_cannot_be_read_is_named_and_the_rest_is_done(folder, tmp_path):
    (folder / "broken.png").write_bytes(b"no picture")
    result = run(folder, "--out", tmp_path / "groups.csv", code=1)
    assert "broken.png" in result.stderr
    assert len(rows(tmp_path / "groups.csv")) == 7
