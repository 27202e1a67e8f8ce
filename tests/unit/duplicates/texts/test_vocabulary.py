"""Words are counted by text; what is copied for a search stays as it was."""

import random
from collections import Counter

import pytest

pytest.importorskip("rapidfuzz")

from vicinal.duplicates.texts.words import NoWordCounts, WordCountsWithText, WordVocabulary


@pytest.mark.slow
def test_counts_are_never_too_low_and_mostly_exact():
    source = random.Random(2)
    letters = "abcdefghijklmnop"
    words = ["".join(source.choices(letters, k=source.randint(2, 9))) for _ in range(3000)]
    vocabulary, truth = WordVocabulary(), Counter()
    for text in range(500):
        used = {f"text{text}x", *source.choices(words, k=20)}
        vocabulary.add(used)
        truth.update(used)
    counted = {word: vocabulary.texts_with(word) for word in words}
    assert all(counted[word] >= truth[word] for word in words)
    assert sum(counted[word] != truth[word] for word in words) < 10


def test_a_text_of_the_same_words_counts_once():
    vocabulary = WordVocabulary()
    for words in ({"good", "film"}, {"film", "good"}, set(), {"good"}):
        vocabulary.add(words)
    assert (vocabulary.texts_with("good"), vocabulary.texts_with("film")) == (2, 1)


def test_a_copy_stays_as_it_is_and_so_does_what_was_copied():
    vocabulary = WordVocabulary()
    vocabulary.add({"one"})
    copied = vocabulary.copy()
    vocabulary.add({"one", "more"})
    assert (vocabulary.texts_with("one"), copied.texts_with("one"), copied.texts_with("more")) == (2, 1, 0)
    copied.add({"other"})
    assert vocabulary.texts_with("other") == 0


@pytest.mark.slow
def test_a_word_is_strange_whose_letters_no_other_text_has():
    vocabulary = WordVocabulary()
    vocabulary.add({"sister", "sgister"})
    assert not vocabulary.is_strange("sgister"), "of few texts nothing is known"
    for text in range(5100):
        vocabulary.add({"sister", f"{text:x}"})
    assert vocabulary.is_strange("sgister")
    assert not vocabulary.is_strange("sister")
    unseen = WordCountsWithText(vocabulary, {"xyzzy"})
    assert unseen.is_strange("xyzzy")
    assert (unseen.texts_with("xyzzy"), unseen.texts_with("sister")) == (1, vocabulary.texts_with("sister"))
    assert not NoWordCounts().is_strange("xyzzy")
