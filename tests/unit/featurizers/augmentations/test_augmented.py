import numpy as np
import pytest

from tests.support.samples import encoded, picture
from vicinal.core.errors import ContentUnreadable, InvalidInput
from vicinal.core.ports import Augmenter
from vicinal.core.records import Embedded
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
from vicinal.featurizers.augmentations import AugmentationEmbedder, list_augmentations, resolve_augmentations
from vicinal.featurizers.augmentations.pictures import IMAGE_AUGMENTATIONS
from vicinal.featurizers.images import read_image
from vicinal.records.pools import Fingerprint, Medium

REGISTRY = FeaturizerRegistry(FeaturizerSettings(threads=1))


class Lengths:
    """A featurizer of texts whose vector is how long they are."""

    fingerprint = Fingerprint("lengths", "1", "none", 1, Medium.TEXT)

    def embed(self, contents):
        return Embedded(np.array([[len(text)] for text in contents], dtype=np.float32))


def test_each_row_is_the_vector_of_its_view():
    augmentations: Augmenter = REGISTRY.augmentations("image-statistics", ["rotate-180", "mirror"])
    assert list(augmentations.names) == ["rotate-180", "mirror"]
    shown = picture(3)
    rows = augmentations.embed(encoded(shown))
    by_hand = [encoded(IMAGE_AUGMENTATIONS[name](shown)) for name in augmentations.names]
    expected = REGISTRY.get("image-statistics").embed(by_hand).vectors
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    assert rows.dtype == np.float32
    assert not np.allclose(rows[0], rows[1])


def test_a_turned_duplicate_is_nearer_to_a_view_than_to_the_picture():
    featurizer = REGISTRY.get("image-statistics")
    turned = encoded(picture(5).rotate(-90, expand=True))
    plain, copy = featurizer.embed([encoded(picture(5)), turned]).vectors
    (view,) = AugmentationEmbedder(featurizer, ["rotate-90"]).embed(encoded(picture(5)))
    assert np.linalg.norm(view - copy) < np.linalg.norm(plain - copy) / 4
    np.testing.assert_array_equal(np.asarray(read_image(turned, 8)).shape, (8, 8, 3))


def test_views_of_texts():
    augmentations = AugmentationEmbedder(Lengths(), ["without-links", "lower-case"])
    np.testing.assert_array_equal(augmentations.embed("AB http://example.org"), [[2], [21]])


def test_presets_and_names_may_be_mixed_and_count_once():
    assert (
        resolve_augmentations(Medium.IMAGE, ["all"])
        == list_augmentations(Medium.IMAGE)
        == tuple(IMAGE_AUGMENTATIONS)
    )
    assert resolve_augmentations(Medium.IMAGE, ["none"]) == ()
    chosen = resolve_augmentations(Medium.IMAGE, ["blur", "turns", "mirror"])
    assert chosen[0] == "blur"
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) < set(IMAGE_AUGMENTATIONS)


def test_no_view_gives_no_row():
    assert REGISTRY.augmentations("image-statistics", []).embed(encoded(picture())).shape == (0, 256)


@pytest.mark.parametrize("medium", list(Medium))
def test_an_unknown_augmentation_is_answered_with_the_known_ones(medium):
    with pytest.raises(InvalidInput, match=r"augmentations\[1\].*'upside'.*none") as raised:
        resolve_augmentations(medium, ["none", "upside"])
    assert all(name in str(raised.value) for name in list_augmentations(medium))


def test_augmentations_of_another_medium_are_unknown():
    with pytest.raises(InvalidInput, match="mirror"):
        AugmentationEmbedder(Lengths(), ["mirror"])


def test_what_cannot_be_read_is_said():
    with pytest.raises(ContentUnreadable):
        REGISTRY.augmentations("image-statistics", ["mirror"]).embed(b"no picture")


def test_the_fingerprint_changes_with_the_augmentations():
    featurizer = REGISTRY.get("image-statistics")
    digests = {
        AugmentationEmbedder(featurizer, names).fingerprint.digest for names in (["flip"], ["mirror"], [])
    }
    assert len(digests | {featurizer.fingerprint.digest}) == 4
