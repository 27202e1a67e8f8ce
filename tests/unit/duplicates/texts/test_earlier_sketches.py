"""Sketches that earlier versions made go on, and are not taken for those of now."""

import hashlib

import pytest

pytest.importorskip("rapidfuzz")

from vicinal.core.records import Sketch
from vicinal.duplicates import TextDuplicateFinder
from vicinal.duplicates.exact import content_digest

TEXT = "The area of the square is x² if the length of each of its sides is x"
OTHER = TEXT.replace("²", "2")
EARLIER = f"text:{content_digest('the area of the square is x2 if the length of each of its sides is x')}"
"""Of both: an earlier version took them for the same text."""


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def finder():
    bodies = {0: TEXT.encode(), 1: OTHER.encode()}
    return TextDuplicateFinder(lambda positions: [bodies[each] for each in positions])


def test_those_with_a_text_are_made_again(finder):
    finder.grow([Sketch((EARLIER,), TEXT.encode()), Sketch((EARLIER,), OTHER.encode())])
    assert [match.position for match in finder.matches(finder.sketch(f" {TEXT}"))] == [0]
    assert finder.compare(0, 1) is None
    assert finder.groups([0, 1], (), lambda step, done, of: None) == []


def test_those_without_are_known_by_the_hash_of_their_content():
    finder = TextDuplicateFinder(lambda positions: [b"" for _ in positions], near=False)
    finder.grow([Sketch((EARLIER,), b"", hash_of(TEXT)), Sketch((EARLIER,), b"", hash_of(OTHER))])
    assert [match.position for match in finder.matches(finder.sketch(TEXT))] == [0]
    assert finder.matches(finder.sketch(TEXT))[0].evidence.is_identical
    assert finder.matches(finder.sketch(f" {TEXT}")) == []
    assert finder.compare(0, 1) is None


def test_those_of_nothing_known_are_nobodys_duplicates():
    finder = TextDuplicateFinder(lambda positions: [b"" for _ in positions], near=False)
    finder.grow([Sketch((EARLIER,)), Sketch((EARLIER,)), finder.sketch(TEXT)])
    assert finder.groups([0, 1, 2], (), lambda step, done, of: None) == []


@pytest.mark.parametrize(
    ("first", "second", "evidence", "is_identical"),
    [
        (TEXT, TEXT, "identical text", True),
        (TEXT, f"{TEXT}\n", "identical but for white space", True),
        ("caf\u00e9 au lait", "cafe\u0301 au  lait", "identical but for white space", True),
        (TEXT, f"RT @ana: {TEXT}", "same message", False),
        (TEXT, f"@ana {TEXT}", "same message", False),
        (TEXT, f"t{TEXT[1:]}", "same message", False),
        ("we all like it here", "WE ALL LIKE IT HERE", "same message", False),
        ("Tom & Jerry are on again", "Tom &amp; Jerry are on again", "same message", False),
        (TEXT, OTHER, None, False),
        ("give it to us", "give it to US", None, False),
        ("the price is $5", "the price is 5%", None, False),
        ("it is -5 outside", "it is 5 outside", None, False),
        ("written in C++", "written in C", None, False),
        ("tengo un año", "tengo un ano", None, False),
        ("he sent a résumé", "he sent a resume", None, False),
        ("so great :)", "so great :(", None, False),
        ("so great 😀", "so great 😡", None, False),
        ("is it over?", "is it over!", None, False),
        ("look at http://a.example/1", "look at http://a.example/2", None, False),
        ("vote for @ana now, all of you", "vote for @bob now, all of you", None, False),
        ("@ana thanks", "@bob thanks", None, False),
        ("١٢ كتابا", "١٣ كتابا", None, False),
    ],
)
def test_what_counts_as_the_same_without_near_duplicates(first, second, evidence, is_identical):
    finder = TextDuplicateFinder(lambda positions: [b"" for _ in positions], near=False)
    finder.grow([finder.sketch(first)])
    found = [match.evidence for match in finder.matches(finder.sketch(second))]
    assert [each.kinds for each in found] == ([(evidence,)] if evidence else [])
    assert all(each.is_identical == is_identical for each in found)
