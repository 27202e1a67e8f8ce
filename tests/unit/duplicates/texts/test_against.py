"""Texts that are compared with others, and pairs that somebody else names."""

import pytest

pytest.importorskip("rapidfuzz")

from vicinal.duplicates import find_text_duplicates
from vicinal.duplicates.texts import signatures

FILM = "What a lovely film, I cried for an hour"
TRAIN = "The train was late again, and nobody knew why"


def found(new, old, **options):
    return find_text_duplicates(new.items(), lambda step, done, of: None, against=old.items(), **options)


def test_the_text_that_is_there_is_kept_though_it_is_a_retweet():
    findings = found(
        {"a": FILM, "b": FILM + "!", "c": TRAIN}, {"old/1": f"RT @ana: {FILM}", "old/2": f"RT @bob {FILM}"}
    )
    (group,) = findings.groups
    assert group.item_ids == ("old/1", "a", "b")
    assert group.representative_elsewhere
    assert findings.items == 3


def test_duplicates_among_the_new_ones_alone_and_among_the_old_ones_alone():
    findings = found({"a": FILM, "b": FILM.upper(), "c": "x"}, {"1": TRAIN, "2": TRAIN, "3": TRAIN + "?"})
    (group,) = findings.groups
    assert (group.item_ids, group.representative_elsewhere) == (("a", "b"), False)


def test_pairs_named_by_others_are_compared_and_proven(monkeypatch):
    monkeypatch.setattr(signatures, "_MOST_MET", 0)
    new = {"a": "thank you all", "b": "thank yuo all", "c": TRAIN}
    assert found(new, {}).groups == []
    (group,) = found(new, {}, also=[("b", "a"), ("a", "c"), ("a", "unknown")]).groups
    assert group.item_ids == ("a", "b")
