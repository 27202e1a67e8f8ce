"""The pages of groups."""

import re
from base64 import b64decode
from io import BytesIO

import pytest
from PIL import Image

pytest.importorskip("cv2")

from tests.support.scenes import encoded, scene
from vicinal.cli.commands.dedupe import gallery
from vicinal.cli.commands.dedupe.gallery import write_gallery
from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Contents, DataKind
from vicinal.duplicates import Duplicate, DuplicateEvidence, Findings, Group


def group(representative, *duplicates, elsewhere=False, compared_with=None):
    evidence = DuplicateEvidence(0.931, 42, None, ("mirrored", "rotated by 30 degrees"))
    members = (
        Duplicate(each, representative, "augmentation", evidence, compared_with or representative)
        for each in duplicates
    )
    return Group(representative, tuple(members), elsewhere)


def written(tmp_path, groups, *sources):
    pages = write_gallery(Findings(9, groups, []), sources, tmp_path / "pages/groups.html")
    return [page.read_text() for page in pages]


@pytest.fixture
def pictures():
    files = [encoded(scene(number, 900, 600)) for number in range(2)]
    return Contents("photos", DataKind.IMAGES, ["a.png", "b.png", "broken.png"], [*files, b"no picture"])


def test_members_are_small_with_what_was_done_in_words(tmp_path, pictures):
    (page,) = written(tmp_path, [group("a.png", "b.png")], pictures)
    assert page.count("<img") == page.count('loading="lazy"') == 2
    sizes = [Image.open(BytesIO(b64decode(each))).size for each in re.findall(r"base64,([^\"]+)", page)]
    assert sizes == [(192, 128)] * 2
    assert "mirrored, rotated by 30 degrees<br>similarity 0.93, 42 matching spots" in page
    assert "1 of 9 items" in page
    assert "compared with" not in page
    assert "prefers-color-scheme: dark" in page
    assert re.findall(r"(?:src|href)=.(?!data:)", page) == []


def test_what_it_was_compared_with_and_what_is_there_already_is_said(tmp_path, pictures):
    (page,) = written(tmp_path, [group("old/x", "b.png", elsewhere=True, compared_with="old/y")], pictures)
    assert "is there already" in page
    assert "compared with old/y" in page


def test_what_cannot_be_shown_costs_nothing_else(tmp_path, pictures):
    (page,) = written(tmp_path, [group("a.png", "broken.png", "gone.png")], pictures)
    assert (page.count("<img"), page.count("not to be shown")) == (1, 2)


def test_of_a_large_group_only_some_are_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "DUPLICATES_PER_GROUP", 2)
    texts = Contents("t", DataKind.TEXTS, list("abcd"), list("wxyz"))
    (page,) = written(tmp_path, [group("a", "b", "c", "d")], texts)
    assert page.count("<figure") == 3
    assert "3 duplicates" in page
    assert "and 1 more; the table of groups lists all of them" in page
    (page,) = written(tmp_path, [group("a", "b", "c")], texts)
    assert "more" not in page


def test_texts_and_names_are_no_markup(tmp_path):
    texts = Contents("t", DataKind.TEXTS, ["<b>", "2"], ["<script>", "one & two"])
    (page,) = written(tmp_path, [group("<b>", "2")], texts)
    assert "<script>" not in page
    assert "<blockquote>&lt;script&gt;</blockquote>" in page
    assert "one &amp; two" in page
    assert "<b><b>" not in page


def test_members_are_found_in_any_source(tmp_path, pictures):
    other = Contents("o", DataKind.IMAGES, ["old/z.png"], [encoded(scene(5))])
    (page,) = written(tmp_path, [group("old/z.png", "a.png")], pictures, other)
    assert page.count("<img") == 2


@pytest.mark.parametrize(("groups", "pages"), [(0, 1), (3, 1), (4, 2), (7, 3)])
def test_a_page_holds_so_many_groups(tmp_path, pictures, monkeypatch, groups, pages):
    monkeypatch.setattr(gallery, "GROUPS_A_PAGE", 3)
    shown = written(tmp_path, [group(f"k{each}", f"c{each}") for each in range(groups)], pictures)
    assert len(shown) == pages
    numbers = [int(each) for page in shown for each in re.findall(r'id="group-(\d+)"', page)]
    assert numbers == list(range(1, groups + 1))
    for place, page in enumerate(shown):
        links = set(re.findall(r'href="([^"]+)"', page))
        near = {f"groups{f'-{at}' if at > 1 else ''}.html" for at in (place, place + 2) if 1 <= at <= pages}
        assert links == near


def test_where_nothing_can_be_written_is_said(tmp_path, pictures):
    (tmp_path / "pages").write_text("in the way")
    with pytest.raises(Failure, match=r"groups\.html"):
        written(tmp_path, [], pictures)
