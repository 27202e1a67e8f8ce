"""Pictures that are compared with others, and pairs that somebody else names."""

import pytest
from PIL import Image, ImageOps

pytest.importorskip("cv2")

from tests.support.scenes import encoded, noisy, scene
from vicinal.duplicates import find_image_duplicates
from vicinal.duplicates.images import retrieval


def contents(images):
    return [
        (name, encoded(image) if isinstance(image, Image.Image) else image) for name, image in images.items()
    ]


def found(new, old, **options):
    steps = []
    findings = find_image_duplicates(
        contents(new), lambda step, done, of: steps.append((step, done, of)), against=contents(old), **options
    )
    return findings, steps


@pytest.mark.slow
def test_the_item_that_is_there_is_kept_and_the_others_of_its_kind_are_not_told():
    findings, steps = found(
        {"mirror": ImageOps.mirror(scene(1)), "same": scene(2), "other": scene(3)},
        {"old/a": scene(1).rotate(20), "old/b": noisy(scene(1), 20), "old/c": scene(2), "old/d": scene(4)},
    )
    by_kept = {group.representative_id: group for group in findings.groups}
    assert findings.items == 3
    assert by_kept.keys() in ({"old/a", "old/c"}, {"old/b", "old/c"})
    assert all(group.representative_elsewhere for group in findings.groups)
    assert {copy.item_id for group in findings.groups for copy in group.duplicates} == {"mirror", "same"}
    (same,) = by_kept["old/c"].duplicates
    assert (same.evidence.kinds, same.compared_with) == (("identical file",), "old/c")
    assert ("reading what is there", 4, 0) in steps
    assert ("looking up", 2, 2) in steps


@pytest.mark.slow
def test_duplicates_among_the_new_ones_are_told_whether_or_not_one_is_there():
    findings, _ = found(
        {
            "a": scene(1),
            "b": encoded(scene(1), "BMP"),
            "c": scene(2),
            "d": scene(2).rotate(30),
            "e": scene(2),
        },
        {"old": noisy(scene(1), 10)},
    )
    kept_there, kept_here = sorted(findings.groups, key=lambda group: not group.representative_elsewhere)
    assert kept_there.item_ids == ("old", "a", "b")
    assert not kept_here.representative_elsewhere
    assert sorted(kept_here.item_ids) == ["c", "d", "e"]


@pytest.mark.slow
def test_duplicates_among_those_that_are_there_are_no_finding():
    findings, _ = found({"a": scene(3)}, {"x": scene(1), "y": scene(1), "z": scene(1).rotate(20)})
    assert (findings.items, findings.groups) == (1, [])


def test_what_is_there_but_cannot_be_read_is_named():
    findings, _ = found({"a": scene(1)}, {"x": b"no picture", "y": scene(1)})
    assert [each.item_id for each in findings.left_out] == ["x"]
    assert [group.item_ids for group in findings.groups] == [("y", "a")]


@pytest.mark.slow
def test_pairs_named_by_others_are_compared_and_proven(monkeypatch):
    monkeypatch.setattr(retrieval, "MOST_CANDIDATES", -1)
    new = {"a": scene(1), "b": noisy(scene(2), 10), "c": scene(1).rotate(20)}
    assert found(new, {"old": scene(2)})[0].groups == []
    also = [("a", "c"), ("old", "b"), ("a", "b"), ("a", "not read")]
    findings, _ = found(new, {"old": scene(2)}, also=also)
    assert [(group.item_ids, group.representative_elsewhere) for group in findings.groups] == [
        (("a", "c"), False),
        (("old", "b"), True),
    ]


@pytest.mark.slow
def test_a_pair_with_an_exact_duplicate_stands_for_the_picture_itself(monkeypatch):
    monkeypatch.setattr(retrieval, "MOST_CANDIDATES", -1)
    findings, _ = found({"a": scene(1), "b": scene(1), "c": noisy(scene(1), 10)}, {}, also=[("b", "c")])
    assert [sorted(group.item_ids) for group in findings.groups] == [["a", "b", "c"]]
