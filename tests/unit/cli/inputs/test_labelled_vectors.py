"""How labelled data get their vectors."""

import numpy as np
import pytest

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import DataKind, LabelledItems, Unreadable
from vicinal.cli.inputs.labelled import PictureFiles
from vicinal.cli.inputs.labelled_vectors import prepare


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VICINAL_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("VICINAL_MOBILENET_HANDLE", "nowhere/to/be/found")


def pictures(count=6, **more):
    pixels = np.random.default_rng(0).integers(256, size=(count, 8, 8, 3), dtype=np.uint8)
    ids = [f"p{row}" for row in range(count)]
    known = {"classes": ["a", "b"] * (count // 2), "contents": PictureFiles(pixels)} | more
    return LabelledItems("pictures", DataKind.IMAGES, ids, **known)


def vectors(**more):
    known = {"classes": list("aabb"), "vectors": np.eye(4, dtype=np.float32)} | more
    return LabelledItems("vectors", DataKind.VECTORS, list("wxyz"), **known)


def test_the_best_featurizer_that_can_be_had_is_taken_and_the_better_one_named(capsys):
    prepared = prepare(pictures(), "", "")
    assert prepared.fingerprint.name == "image-statistics"
    assert "mobilenet-v2 cannot be had: " in capsys.readouterr().err
    assert prepared.vectors.vectors.shape == (6, 256)


def test_what_has_no_label_is_left_out_before_it_is_read(capsys):
    prepared = prepare(pictures(classes=["a", "", "b", "b", "", "a"]), "", "image-statistics")
    assert prepared.vectors.ids == ["p0", "p2", "p3", "p5"]
    assert prepared.vectors.classes == ["a", "b", "b", "a"]
    assert prepared.notes == ["2 of 6 items have no label and were left out."]
    whole = prepare(pictures(), "", "image-statistics").vectors.vectors
    np.testing.assert_array_equal(prepared.vectors.vectors, whole[[0, 2, 3, 5]])


def test_what_cannot_be_read_is_named_and_left_out(capsys):
    contents = [*PictureFiles(np.zeros((4, 8, 8), np.uint8)), b"broken", b""]
    data = pictures(contents=contents, left_out=[Unreadable("gone", "is not there")])
    prepared = prepare(data, "", "image-statistics")
    assert prepared.vectors.ids == ["p0", "p1", "p2", "p3"]
    assert prepared.notes == [
        "Left out, since they could not be read, 1: gone.",
        "Left out, since they could not be read, 2: p4, p5.",
    ]
    assert "left out p4: the image cannot be read" in capsys.readouterr().err


def test_many_that_cannot_be_read_are_not_all_named(capsys):
    contents = [*PictureFiles(np.zeros((4, 8, 8), np.uint8)), *[b"broken"] * 12]
    prepared = prepare(pictures(16, contents=contents), "", "image-statistics")
    assert prepared.notes[0].endswith("p13, ...")
    assert "left out 12 items: the image cannot be read" in capsys.readouterr().err


def test_contents_are_had_by_id():
    prepared = prepare(pictures(), "", "image-statistics")
    assert prepared.content_of("p3") == prepared.data.contents[3]
    assert prepare(vectors(), "", "").content_of("w") is None


def test_vectors_are_taken_as_they_are():
    prepared = prepare(vectors(columns={"source": list("1123")}), "source", "")
    assert prepared.fingerprint is None
    assert prepared.vectors.groups == ["1", "1", "2", "3"]
    np.testing.assert_array_equal(prepared.vectors.vectors, np.eye(4))


@pytest.mark.parametrize(
    ("data", "featurizer", "complaint"),
    [
        (vectors(), "image-statistics", "these are vectors already"),
        (vectors(classes=[""] * 4), "", "no labelled item"),
        (vectors(classes=["a"] * 4), "", "only the class 'a'"),
        (vectors(vectors=np.full((4, 2), np.nan)), "", "NaN"),
        (pictures(classes=[""] * 6), "", "no item has a label"),
        (
            pictures(contents=[b"broken"] * 6),
            "image-statistics",
            "none of the 6 items can be read",
        ),
        (pictures(), "nonesuch", "there is no featurizer 'nonesuch'"),
    ],
)
def test_what_cannot_be_prepared_is_refused(data, featurizer, complaint):
    with pytest.raises(Failure, match=complaint):
        prepare(data, "", featurizer)
