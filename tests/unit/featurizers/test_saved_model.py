import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.samples import save_text_model
from vicinal.core.errors import FeaturizerUnavailable
from vicinal.featurizers.saved_model import SavedModel

SETTING = "VICINAL_SOME_HANDLE"


def load(handle: str) -> SavedModel:
    return SavedModel(handle, SETTING, threads=2)


def test_a_local_folder_is_loaded_and_run(text_model):
    vectors = load(text_model)(["one text", "another", "one text"])
    assert vectors.shape == (3, 512)
    assert vectors.dtype == np.float32
    assert (vectors[0] == vectors[2]).all()
    assert (vectors[0] != vectors[1]).any()


def test_a_model_with_nothing_but_a_signature_is_run(tmp_path):
    tf = pytest.importorskip("tensorflow")
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="pixels")])
    def double(pixels):
        return {"features": 2.0 * pixels}

    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": double})
    vectors = load(str(tmp_path))(np.ones((2, 3), np.float32))
    assert (vectors == 2).all()


def test_the_home_folder_may_be_a_tilde(text_model, monkeypatch):
    monkeypatch.setenv("HOME", str(Path(text_model).parent))
    assert load(f"~/{Path(text_model).name}")(["text"]).shape == (1, 512)


def test_a_copy_of_the_folder_has_the_same_version(text_model, tmp_path):
    copy = shutil.copytree(text_model, tmp_path / "copy")
    assert load(str(copy)).version == load(text_model).version
    assert load(text_model).version.startswith("sha256:")


def test_other_weights_have_another_version(text_model, tmp_path):
    tf = pytest.importorskip("tensorflow")
    copy = shutil.copytree(text_model, tmp_path / "copy")
    other = tf.saved_model.load(text_model)
    other.table.assign(other.table + 1)
    tf.train.Checkpoint(table=other.table).write(str(copy / "elsewhere"))
    shutil.copy(copy / "elsewhere.index", copy / "variables/variables.index")
    shutil.copy(copy / "elsewhere.data-00000-of-00001", copy / "variables/variables.data-00000-of-00001")
    assert load(str(copy)).version != load(text_model).version


def test_another_vocabulary_has_another_version(text_model, tmp_path):
    versions = set()
    for words in ("a", "b"):
        copy = shutil.copytree(text_model, tmp_path / words)
        (copy / "assets").mkdir(exist_ok=True)
        (copy / "assets/words.txt").write_text(words)
        versions.add(load(str(copy)).version)
    assert len(versions) == 2


def test_the_version_of_a_remote_model_is_its_handle(text_model, monkeypatch):
    hub = pytest.importorskip("tensorflow_hub")
    fetch = hub.load
    fetched = []

    def stand_in(handle: str):
        fetched.append(handle)
        return fetch(text_model)

    monkeypatch.setattr(hub, "load", stand_in)
    assert load("https://models.invalid/encoder/4").version == "https://models.invalid/encoder/4"
    assert fetched == ["https://models.invalid/encoder/4"]


@pytest.mark.parametrize("handle", ["no/such/folder", "http://127.0.0.1:1/model", "nonsense://model"])
def test_a_model_that_cannot_be_had_says_what_to_do(handle):
    pytest.importorskip("tensorflow_hub")
    with pytest.raises(FeaturizerUnavailable) as refused:
        load(handle)
    for part in (handle, SETTING, "local folder", "network"):
        assert part in refused.value.message


def test_a_folder_without_a_model_is_refused(tmp_path):
    pytest.importorskip("tensorflow_hub")
    with pytest.raises(FeaturizerUnavailable, match=r"saved_model\.pb"):
        load(str(tmp_path))


def test_a_torn_model_is_refused(text_model, tmp_path):
    copy = shutil.copytree(text_model, tmp_path / "copy")
    graph = copy / "saved_model.pb"
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(FeaturizerUnavailable, match=SETTING):
        load(str(copy))


def test_a_model_of_another_size_is_refused(tmp_path):
    model = load(save_text_model(tmp_path, dimension=7))
    with pytest.raises(FeaturizerUnavailable, match=r"\(1, 7\), not \(1, 512\)"):
        model.check(["a sentence"], 512)


def test_a_model_of_another_medium_is_refused(text_model):
    with pytest.raises(FeaturizerUnavailable, match="does not take the input"):
        load(text_model).check(np.zeros((1, 224, 224, 3), np.float32), 512)


@pytest.mark.parametrize("package", ["tensorflow", "tensorflow_hub"])
def test_without_tensorflow_it_says_what_to_install(package, monkeypatch, text_model):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(FeaturizerUnavailable, match=r"pip install 'vicinal\[featurizers\]'"):
        load(text_model)
