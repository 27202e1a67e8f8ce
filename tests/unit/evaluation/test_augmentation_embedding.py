import numpy as np
import pytest

from tests.support.contents import Gone, pictures
from vicinal.evaluation.composition import augmenter_for, featurizers
from vicinal.evaluation.embedding import embed_augmentations_once


@pytest.fixture(scope="module")
def augmentations():
    return augmenter_for(featurizers(threads=1).get("image-statistics"), ["mirror", "rotate-90"])


def test_rows_are_those_of_the_views_in_order(augmentations, tmp_path):
    told = []
    rows = embed_augmentations_once("some", pictures(3), augmentations, tmp_path / "cache", told.append)
    assert rows.shape == (3, 2, 256)
    for row, content in enumerate(pictures(3)):
        np.testing.assert_array_equal(rows[row], augmentations.embed(content))
    assert told == [1, 2, 3, 3]


def test_what_was_embedded_before_comes_from_the_cache(augmentations, tmp_path):
    embed_augmentations_once("some", pictures(3), augmentations, tmp_path)
    (kept,) = tmp_path.iterdir()
    np.save(kept, np.ones((3, 2, 256), dtype=np.float32))
    assert (embed_augmentations_once("some", pictures(3), augmentations, tmp_path) == 1).all()
    others = augmenter_for(featurizers(threads=1).get("image-statistics"), ["mirror", "flip"])
    assert not (embed_augmentations_once("some", pictures(3), others, tmp_path) == 1).all()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("length", [0, 50, 3000])
def test_a_damaged_cache_is_made_anew(augmentations, tmp_path, length):
    first = np.array(embed_augmentations_once("some", pictures(3), augmentations, tmp_path))
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:length])
    np.testing.assert_array_equal(
        embed_augmentations_once("some", pictures(3), augmentations, tmp_path), first
    )


def test_what_cannot_be_read_is_zero(augmentations, tmp_path):
    rows = embed_augmentations_once("some", Gone([*pictures(3), b"no picture"]), augmentations, tmp_path)
    assert rows.any(axis=(1, 2)).tolist() == [True, False, True, False]


def test_no_contents_and_no_views(augmentations, tmp_path):
    assert embed_augmentations_once("some", [], augmentations, tmp_path).shape == (0, 2, 256)
    none = augmenter_for(featurizers(threads=1).get("image-statistics"), ["none"])
    assert embed_augmentations_once("some", pictures(2), none, tmp_path).shape == (2, 0, 256)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(augmentations, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="VICINAL_CACHE_DIR"):
        embed_augmentations_once("some", pictures(1), augmentations, tmp_path / "file" / "cache")
