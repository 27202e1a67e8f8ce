import numpy as np
import pytest

from tests.support.contents import Gone, pictures
from vicinal.evaluation import embedding
from vicinal.evaluation.composition import featurizers
from vicinal.evaluation.embedding import cache_folder, embed_once


@pytest.fixture(scope="module")
def featurizer():
    return featurizers(threads=1).get("image-statistics")


def test_vectors_are_those_of_the_featurizer_in_order(featurizer, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK", 2)
    seen = []
    answer = embed_once("some", pictures(5), featurizer, tmp_path / "cache", seen.append)
    np.testing.assert_array_equal(answer.vectors, featurizer.embed(pictures(5)).vectors)
    assert answer.failures == {}
    assert answer.fingerprint == featurizer.fingerprint
    assert seen == [2, 4, 5, 5]


def test_what_was_embedded_before_comes_from_the_cache(featurizer, tmp_path):
    embed_once("a/name", pictures(3), featurizer, tmp_path)
    (kept,) = tmp_path.iterdir()
    marked = np.ones((3, 256), dtype=np.float32)
    np.savez(kept, vectors=marked, failures=np.array('{"2": "why"}'))
    again = embed_once("a/name", pictures(3), featurizer, tmp_path)
    np.testing.assert_array_equal(again.vectors, marked)
    assert again.failures == {2: "why"}
    assert not (embed_once("a/name", pictures(3, seed=1), featurizer, tmp_path).vectors == 1).all()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 broken", None])
def test_a_damaged_cache_is_made_anew(featurizer, tmp_path, damage):
    first = embed_once("some", pictures(3), featurizer, tmp_path).vectors
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:200] if damage is None else damage)
    np.testing.assert_array_equal(embed_once("some", pictures(3), featurizer, tmp_path).vectors, first)
    np.testing.assert_array_equal(np.load(kept)["vectors"], first)


def test_what_cannot_be_read_fails_alone(featurizer, tmp_path):
    answer = embed_once("some", Gone([*pictures(3), b"no picture"]), featurizer, tmp_path)
    assert answer.failures[1] == "no such file"
    assert "cannot be read" in answer.failures[3]
    np.testing.assert_array_equal(answer.vectors[[0, 2]], featurizer.embed(pictures(3)).vectors[[0, 2]])


def test_a_cache_that_cannot_be_written_is_named(featurizer, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="VICINAL_CACHE_DIR"):
        embed_once("some", pictures(1), featurizer, tmp_path / "file" / "cache")


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("VICINAL_CACHE_DIR", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("VICINAL_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "vicinal"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "vicinal"
