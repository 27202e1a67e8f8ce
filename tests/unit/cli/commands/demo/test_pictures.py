import io

import numpy as np
import pytest
from PIL import Image

from vicinal.cli.commands.demo.pictures import choose_dataset, digits, folder_of_classes
from vicinal.cli.failures import Failure


def fill(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def test_classes_are_the_topmost_folders(tmp_path):
    fill(tmp_path, ["b/2.jpg", "a/deep/1.png", "top.jpg", "a/notes.txt"])
    dataset = choose_dataset(tmp_path)
    assert [(picture.name, picture.answer) for picture in dataset.pictures] == [
        ("a/deep/1.png", "a"),
        ("b/2.jpg", "b"),
    ]
    assert dataset.classes == ["a", "b"]
    assert dataset.pictures[0].read() == b"a/deep/1.png"
    assert len({picture.group for picture in dataset.pictures}) == 2


def test_the_manifest_tells_what_was_made_from_one_photo(tmp_path):
    fill(tmp_path, ["a/1.jpg", "a/1-flipped.jpg", "a/2.jpg", "b/1.jpg"])
    (tmp_path / "manifest.csv").write_text(
        "file,original_stem\na/1.jpg,1\na/1-flipped.jpg,1\nb/1.jpg,1\na/gone.jpg,1\n"
    )
    groups = {picture.name: picture.group for picture in folder_of_classes(tmp_path).pictures}
    assert groups["a/1.jpg"] == groups["a/1-flipped.jpg"]
    assert len({groups["a/1.jpg"], groups["a/2.jpg"], groups["b/1.jpg"]}) == 3


@pytest.mark.parametrize(
    ("names", "complaint"),
    [(["a/1.jpg"], "at least two"), (["1.jpg"], "at least two"), ([], "no image")],
)
def test_a_folder_without_classes_is_refused(tmp_path, names, complaint):
    with pytest.raises(Failure, match=complaint):
        choose_dataset(fill(tmp_path, names))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Failure, match="no folder"):
        choose_dataset(tmp_path / "absent")


def test_without_data_of_any_kind_there_are_digits(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    dataset = choose_dataset(None)
    assert dataset.name == "digits"
    assert len(dataset.pictures) == 1797
    assert dataset.classes == [str(digit) for digit in range(10)]


def test_shared_fruits_are_taken_where_their_model_is_there_too(tmp_path, monkeypatch):
    fill(tmp_path / "shared/data/fruits", ["a/1.jpg", "b/1.jpg"])
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert choose_dataset(None).name == "digits"
    (tmp_path / "shared/models/mobilenet_v2_100_224_feature_vector").mkdir(parents=True)
    assert choose_dataset(None).name == "fruits"


def test_digits_are_pictures_of_ink_on_paper():
    first = digits().pictures[0]
    with Image.open(io.BytesIO(first.read())) as picture:
        pixels = np.asarray(picture)
    assert first.answer == "0"
    assert pixels.shape == (64, 64)
    assert pixels[0, 0] > 200
    assert pixels.min() < 30
