"""Labels that look alike are one label, and those that look different are not."""

import difflib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.field_rules import (
    WrongLabels,
    differ_in_case_only,
    nearest_class,
    normalise_classes,
    normalise_label,
    not_a_class,
)

LOOK_LIKE_CAFE = [
    "café",
    "cafe\u0301",
    " café",
    "café ",
    "café\u00a0",
    "café\u3000",
    "\ufeffcafé",
    "caf\u200bé",
    "ca\u00adfé",
    "café\u200d",
    "\u200ecafé\u200f",
    "\u202acafé\u202c",
    "\u2066café\u2069",
    "café\ufe0f",
    "café\u2060",
    "\tcafé\r\n",
    "cafe\u0301\u034f\U000e0100",
]


@pytest.mark.parametrize("given_label", LOOK_LIKE_CAFE, ids=ascii)
def test_what_looks_alike_is_one_label(given_label):
    assert normalise_label(given_label) == "café"


@pytest.mark.parametrize("blank", ["  ", "\u00a0", "\u3000", "\u2003\u2009", " \u200b ", "\u2028"])
def test_white_space_between_words_is_one_space(blank):
    assert normalise_label(f"red{blank}fox") == "red fox"


@pytest.mark.parametrize("unseen", ["", " ", "\u200b", "\ufeff\u00ad", "\u200d", "\u200c\u200c", "\u3164"])
def test_where_there_is_nothing_to_see_there_is_no_label(unseen):
    assert normalise_label(unseen) == ""


@pytest.mark.parametrize(
    "label",
    [
        "Cat",
        "\uff23\uff21\uff34",
        "ﬁsh",
        "Straße",
        "日本語",
        "한국어",
        "a-b_c/d",
        "0",
        "-1",
        "x² + y",
        "می\u200cخواهم",  # noqa: RUF001 - Persian: without the non-joiner, letters join that must not
        "نامه\u200cها",  # noqa: RUF001 - Persian
        "क\u094d\u200dष",  # Hindi: half form of a consonant
        "क\u094d\u200cष",  # Hindi: visible virama
        "👩\u200d🔬",
        "👩🏽\u200d🚀",
        "❤\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
    ids=ascii,
)
def test_what_can_be_seen_stays(label):
    assert normalise_label(label) == label


def test_a_joiner_stays_only_where_it_changes_what_is_seen():
    assert normalise_label("ca\u200ct") == "cat"
    assert normalise_label("ca\u200dt") == "cat"
    assert normalise_label("می\u200c") == "می"
    assert normalise_label("👩\u200d") == "👩"
    assert normalise_label("👩\u200da") == "👩a"


labels = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("a e\u0301\u200c\u200d\u200b\ufe0f\u00a0\t\u094dकمی👩🏽🔬 \u0323\u0307"),
    ),
    max_size=12,
)


@given(labels)
def test_the_form_of_the_form_is_itself(label):
    once = normalise_label(label)
    assert normalise_label(once) == once
    assert once == once.strip(" \t\r\n")
    assert unicodedata.normalize("NFC", once) == once


@given(labels, st.sampled_from("\u200b\ufeff\u00ad\u2060\u200e\ufe0f"), st.integers(0, 12))
def test_an_unseen_character_anywhere_makes_no_other_label(label, unseen, place):
    assert normalise_label(label[:place] + unseen + label[place:]) == normalise_label(label)


def test_line_ends_and_tabs_go_at_the_ends_alone():
    assert normalise_label("\tcat\r\n") == "cat"
    assert normalise_label("a\nb") == "a\nb"


def test_classes_that_look_alike_are_one():
    assert normalise_classes(["cat ", "dog", "cat", "Cat"]) == ("cat", "dog", "Cat")


@pytest.mark.parametrize(
    ("label", "near"),
    [
        ("fresh", "Fresh"),
        ("FRESH", "Fresh"),
        ("roten", "rotten"),
        ("xyz", ""),
        ("\uff46\uff52\uff45\uff53\uff48", "Fresh"),
    ],
)
def test_the_class_that_was_meant(label, near):
    assert nearest_class(label, ["rotten", "Fresh"]) == near


def test_a_label_that_only_looks_like_a_class_is_shown_by_its_characters():
    told = not_a_class("c\u0430ts", ["cats", "dog"])
    assert told.endswith("did you mean 'cats'? That is 'cats', and the label is 'c\\u0430ts'")
    assert not_a_class("x", ["a", "b"]) == "'x' is none of this pool's classes: a, b"
    assert not_a_class("x", [f"c{n}" for n in range(1000)]).endswith(", c19 and 980 more")


def test_classes_that_differ_in_case_only():
    assert differ_in_case_only(["Cat", "dog", "cat", "CAT", "Dog", "owl"]) == [
        ("Cat", "cat", "CAT"),
        ("dog", "Dog"),
    ]


def test_only_the_first_wrong_labels_of_a_request_are_compared_with_the_classes(monkeypatch):
    compared = []
    close = difflib.get_close_matches
    monkeypatch.setattr(
        difflib, "get_close_matches", lambda *given, **how: compared.append(given) or close(*given, **how)
    )
    classes = [f"class {n}" for n in range(3_000)] + ["n" * 200, "N" * 200]
    wrong = WrongLabels(classes)
    told = [wrong.describe(f"klass {n}") for n in range(5)]
    assert ["did you mean" in each for each in told] == [True] * 3 + [False] * 2
    assert len(compared) == 3
    assert max(len(given[1]) for given in compared) <= 1_000


def test_long_labels_are_found_by_case_alone():
    classes = ["ab" * 50, "cd" * 50]
    assert nearest_class("AB" * 50, classes) == "ab" * 50
    assert nearest_class("ab" * 49 + "ax", classes) == ""
