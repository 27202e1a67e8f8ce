import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.samples import FRUITS, MOBILENET, encoded, picture
from vicinal.core.errors import FeaturizerUnavailable
from vicinal.core.ports import Featurizer
from vicinal.featurizers.mobilenet import DIMENSION, load_mobilenet


@pytest.fixture(scope="module")
def mobilenet(mobilenet_folder) -> Featurizer:
    return load_mobilenet(mobilenet_folder, threads=2)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_vectors_are_the_bare_models(mobilenet):
    tf = pytest.importorskip("tensorflow")
    image = picture(width=224, height=224)
    bare = tf.saved_model.load(str(MOBILENET))(np.asarray(image)[None].astype(np.float32) / 255).numpy()
    embedded = mobilenet.embed([encoded(image)]).vectors
    assert embedded.shape == (1, DIMENSION)
    np.testing.assert_allclose(embedded, bare, atol=1e-5)


def test_the_fingerprint_tells_model_and_preprocessing(mobilenet):
    fingerprint = mobilenet.fingerprint
    assert fingerprint.name == "mobilenet-v2"
    assert fingerprint.version.startswith("sha256:")
    assert "squeezed-to-224" in fingerprint.preprocessing


def test_another_encoding_of_a_picture_is_near_and_another_picture_is_not(mobilenet):
    contents = [encoded(picture(seed)) for seed in range(6)]
    contents += [encoded(picture(seed, 400, 300), "JPEG") for seed in range(6)]
    vectors = unit(mobilenet.embed(contents).vectors)
    similarities = vectors[:6] @ vectors[6:].T
    assert (similarities.argmax(axis=1) == np.arange(6)).all()


def fruit_sample(per_class: int) -> tuple[list[Path], np.ndarray]:
    """Original photos, the same number of each class."""
    if not FRUITS.is_dir():
        pytest.skip("the fruit photos are not here; VICINAL_SHARED names the folder that holds data/fruits")
    chosen: dict[str, list[Path]] = {}
    with (FRUITS / "manifest.csv").open(newline="") as manifest:
        for row in csv.DictReader(manifest):
            files = chosen.setdefault(row["class"], [])
            if row["augmentation"] == "original" and len(files) < per_class:
                files.append(FRUITS / row["file"])
    labels = [name for name, files in chosen.items() for _ in files]
    return [file for files in chosen.values() for file in files], np.array(labels)


def test_real_photos_have_neighbours_of_their_class(mobilenet):
    files, labels = fruit_sample(per_class=20)
    embedded = mobilenet.embed([file.read_bytes() for file in files])
    assert not embedded.failures
    vectors = unit(embedded.vectors)
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -1)
    assert (labels[similarities.argmax(axis=1)] == labels).mean() > 0.8


def test_a_text_model_is_refused(text_model):
    with pytest.raises(FeaturizerUnavailable, match="VICINAL_MOBILENET_HANDLE"):
        load_mobilenet(text_model, threads=2)


def test_a_blank_picture_still_has_a_vector(mobilenet):
    assert np.linalg.norm(mobilenet.embed([encoded(Image.new("RGB", (9, 9)))]).vectors) > 0
