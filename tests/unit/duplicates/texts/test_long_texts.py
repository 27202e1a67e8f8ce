"""What a proof costs is bounded by the length of the texts: counted in comparisons, not in seconds."""

import random

import pytest

pytest.importorskip("rapidfuzz")

from vicinal.duplicates import compare_texts, find_text_duplicates
from vicinal.duplicates.texts import finder, judging, signatures, tokens
from vicinal.duplicates.texts.judging import differences
from vicinal.duplicates.texts.normalisation import message_form, normalised, same_form
from vicinal.duplicates.texts.signatures import MinHashSigner

MEGABYTE = 1_000_000


def told(step, done, of):
    del step, done, of


def made_up(words, seed=1):
    source = random.Random(seed)
    known = [
        "".join(source.choices("abcdefghijklmnoprstuvw", k=source.randint(3, 9))) for _ in range(words // 2)
    ]
    return " ".join(source.choices(known, k=words))


def edited(text, edits, seed):
    """The text with a q in place of some characters, as a poor scan has them."""
    source, letters = random.Random(seed), list(text)
    for place in source.sample(range(len(letters)), edits):
        letters[place] = "q"
    return "".join(letters)


class Counted(str):
    """A word that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        type(self).compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def comparisons(words, edits):
    text = made_up(words)
    left = [Counted(word) for word in text.split()]
    right = [Counted(word) for word in edited(text, edits, seed=3).split()]
    Counted.compared = 0
    found = list(differences(left, right))
    assert found
    assert None not in found
    return Counted.compared


@pytest.mark.slow
def test_comparisons_grow_with_the_length_and_no_faster():
    once, twice = comparisons(10_000, 40), comparisons(20_000, 80)
    assert once < 8 * 10_000
    assert twice < 2.5 * once


@pytest.mark.slow
def test_texts_that_differ_are_told_after_their_first_words():
    left, right = ([Counted(word) for word in made_up(50_000, seed).split()] for seed in (1, 2))
    Counted.compared = 0
    assert list(differences(left, right))[-1] is None
    assert Counted.compared < 1000


@pytest.fixture
def work(monkeypatch):
    """Counts texts that are read, pairs that are proven, and how long the strings are that are aligned."""
    counts = {"read": 0, "proven": 0, "aligned": 0}
    read, compare, distance = tokens.tokens_of, finder.compare, judging.OSA.distance

    def counted_read(text):
        counts["read"] += 1
        return read(text)

    def counted_compare(*pair):
        counts["proven"] += 1
        return compare(*pair)

    class CountedDistance:
        @staticmethod
        def distance(first, second, *, score_cutoff):
            counts["aligned"] = max(counts["aligned"], len(first), len(second))
            return distance(first, second, score_cutoff=score_cutoff)

    monkeypatch.setattr(tokens, "tokens_of", counted_read)
    monkeypatch.setattr(finder, "compare", counted_compare)
    monkeypatch.setattr(judging, "OSA", CountedDistance)
    return counts


@pytest.mark.slow
def test_a_dozen_long_duplicates_are_one_group(work):
    text = made_up(14_000)
    texts = {f"{row:02d}": edited(text, 20, seed=row) for row in range(12)}
    (group,) = find_text_duplicates(texts.items(), told).groups
    assert sorted(group.item_ids) == sorted(texts)
    assert work["read"] == 12
    assert work["aligned"] <= judging.MOST_LETTERS
    kinds = group.duplicates[0].evidence.kinds
    assert len(kinds) == 4
    assert kinds[-1].endswith(" more edits")


@pytest.mark.slow
def test_a_group_does_not_need_the_proof_of_all_its_pairs(work):
    text = made_up(60)
    texts = {f"{row:03d}": f"{text} http://t.co/{row}" for row in range(200)}
    (group,) = find_text_duplicates(texts.items(), told).groups
    assert len(group.item_ids) == 200
    assert work["proven"] < 200 * 10
    assert work["read"] <= 200


HOSTILE = {
    "one word": "a" * MEGABYTE,
    "words without blanks": "ab" * (MEGABYTE // 2),
    "blanks": " " * MEGABYTE,
    "blanks after a retweet mark": "RT" + " " * MEGABYTE,
    "dots": "." * MEGABYTE + "a",
    "commas": "," * MEGABYTE + "a",
    "exclamation marks": "!" * MEGABYTE + "a",
    "dots and blanks": ". " * (MEGABYTE // 2) + "a",
    "mentions": "@a " * (MEGABYTE // 3),
    "at signs": "@" * MEGABYTE,
    "negations": "not. " * (MEGABYTE // 5),
    "entities": "&amp;" * (MEGABYTE // 5),
    "a long entity": "&#" + "1" * MEGABYTE + ";",
    "ampersands": "&" * MEGABYTE,
    "combining marks": "a" + "\u0315\u0300" * (MEGABYTE // 8),
    "emoji": "\U0001f600\ufe0f" * (MEGABYTE // 8),
    "ideographs": "".join(chr(0x4E00 + place % 20_000) for place in range(MEGABYTE // 3)),
    "apostrophes": "'" * MEGABYTE,
    "numbers": "1." * (MEGABYTE // 2) + "a",
    "quotes": '"' * MEGABYTE,
    "lone surrogates": "\ud83d" * (MEGABYTE // 8),
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_shape_of_a_text_takes_its_square(text, work):
    """A way that takes as long as the square of the length would not end within the time limit of a test."""
    for form in (same_form, message_form, normalised):
        form(text)
    assert len(MinHashSigner(0).sign(normalised(text))) == signatures.BANDS
    other = text[: len(text) // 2] + "b" + text[len(text) // 2 :]
    compare_texts(text, other)
    compare_texts(text, text + " b c")
    assert work["aligned"] <= judging.MOST_LETTERS


@pytest.mark.slow
def test_long_texts_that_are_nothing_alike_are_apart(work):
    """In a long text nearly all pieces of three letters occur: by them all would be compared with all."""
    words = made_up(4_000).split()
    texts = {str(seed): " ".join(random.Random(seed).choices(words, k=20_000)) for seed in range(20)}
    assert find_text_duplicates(texts.items(), told).groups == []
    assert work["read"] == 20
    assert work["proven"] < 20


@pytest.mark.parametrize("words", [560, 620, 680, 740, 800, 860, 920])
def test_duplicates_around_the_length_where_pieces_grow_meet(words):
    """Between 4,000 and 6,000 characters a text is looked up by short and by long pieces."""
    text = made_up(words)
    assert 3_500 < len(text) < 7_000
    shorter = " ".join(text.split()[:-2]) + "..."
    (group,) = find_text_duplicates({"a": text, "b": text.upper(), "c": shorter}.items(), told).groups
    assert sorted(group.item_ids) == ["a", "b", "c"]
