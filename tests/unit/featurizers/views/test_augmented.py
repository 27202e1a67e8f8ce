import numpy as np
import pytest

from tests.unit.featurizers.samples import encoded, picture
from vicinal.core.errors import ContentUnreadable, InvalidInput
from vicinal.core.ports import Embedded, Fingerprint, Medium, Views
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
from vicinal.featurizers.images import read_image
from vicinal.featurizers.views import AugmentedViews, chosen_views, known_views
from vicinal.featurizers.views.pictures import PICTURE_VIEWS

REGISTRY = FeaturizerRegistry(FeaturizerSettings(threads=1))


class Lengths:
    """A featurizer of texts whose vector is how long they are."""

    fingerprint = Fingerprint("lengths", "1", "none", 1, Medium.TEXT)

    def embed(self, contents):
        return Embedded(np.array([[len(text)] for text in contents], dtype=np.float32))


def test_each_row_is_the_vector_of_its_view():
    views: Views = REGISTRY.views("image-statistics", ["rotate-180", "mirror"])
    assert list(views.names) == ["rotate-180", "mirror"]
    shown = picture(3)
    rows = views.embed(encoded(shown))
    by_hand = [encoded(PICTURE_VIEWS[name](shown)) for name in views.names]
    expected = REGISTRY.get("image-statistics").embed(by_hand).vectors
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    assert rows.dtype == np.float32
    assert not np.allclose(rows[0], rows[1])


def test_a_turned_copy_is_nearer_to_a_view_than_to_the_picture():
    featurizer = REGISTRY.get("image-statistics")
    turned = encoded(picture(5).rotate(-90, expand=True))
    plain, copy = featurizer.embed([encoded(picture(5)), turned]).vectors
    (view,) = AugmentedViews(featurizer, ["rotate-90"]).embed(encoded(picture(5)))
    assert np.linalg.norm(view - copy) < np.linalg.norm(plain - copy) / 4
    np.testing.assert_array_equal(np.asarray(read_image(turned, 8)).shape, (8, 8, 3))


def test_views_of_texts():
    views = AugmentedViews(Lengths(), ["without-links", "lower-case"])
    np.testing.assert_array_equal(views.embed("AB http://example.org"), [[2], [21]])


def test_presets_and_names_may_be_mixed_and_count_once():
    assert chosen_views(Medium.IMAGE, ["all"]) == known_views(Medium.IMAGE) == tuple(PICTURE_VIEWS)
    assert chosen_views(Medium.IMAGE, ["none"]) == ()
    chosen = chosen_views(Medium.IMAGE, ["blur", "turns", "mirror"])
    assert chosen[0] == "blur"
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) < set(PICTURE_VIEWS)


def test_no_view_gives_no_row():
    assert REGISTRY.views("image-statistics", []).embed(encoded(picture())).shape == (0, 256)


@pytest.mark.parametrize("medium", list(Medium))
def test_an_unknown_view_is_answered_with_the_known_ones(medium):
    with pytest.raises(InvalidInput, match=r"views\[1\].*'upside'.*none") as raised:
        chosen_views(medium, ["none", "upside"])
    assert all(name in str(raised.value) for name in known_views(medium))


def test_views_of_another_medium_are_unknown():
    with pytest.raises(InvalidInput, match="mirror"):
        AugmentedViews(Lengths(), ["mirror"])


def test_what_cannot_be_read_is_said():
    with pytest.raises(ContentUnreadable):
        REGISTRY.views("image-statistics", ["mirror"]).embed(b"no picture")


def test_the_fingerprint_changes_with_the_views():
    featurizer = REGISTRY.get("image-statistics")
    digests = {AugmentedViews(featurizer, names).fingerprint.digest for names in (["flip"], ["mirror"], [])}
    assert len(digests | {featurizer.fingerprint.digest}) == 4
