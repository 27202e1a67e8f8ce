import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("rapidfuzz")

from rapidfuzz.distance import OSA

from vicinal.duplicates import compare_texts, find_text_duplicates
from vicinal.duplicates.postings import Postings
from vicinal.duplicates.texts.normalisation import is_retweet, normalised
from vicinal.duplicates.texts.signatures import MOST_CANDIDATES, MinHashSigner, candidate_pairs, candidates


def untold(step, done, of):
    assert step in {"reading", "looking up", "verifying", "choosing"}
    assert done >= 0


def found(texts):
    return find_text_duplicates(((str(number), text) for number, text in enumerate(texts)), untold)


def groups(texts):
    return [group.item_ids for group in found(texts).groups]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  So   GOOD\t\n", "so good"),
        ("so good http://t.co/x1?y=2#z", "so good"),
        ("so www.example.org good", "so good"),
        ("@ana @bob: so good", "so good"),
        ("RT @ana: so good", "so good"),
        ("rt @ana so good", "so good"),
        ("RT so good", "so good"),
        ("art so good", "art so good"),
        ("rt so good", "rt so good"),
        ("Tom &amp; Jerry &lt;3", "tom & jerry <3"),
        ("Tom &amp;amp; Jerry", "tom & jerry"),
        ("STRASSE straße", "strasse strasse"),
        ("mail me at ana@example.org", "mail me at ana@example.org"),
        ("@ana", "@ana"),
        ("http://a.example http://b.example", "http://a.example http://b.example"),
        ("!!!", "!!!"),
        ("", ""),
    ],
)
def test_normalised(text, expected):
    assert normalised(text) == expected


@given(st.text())
def test_case_and_blanks_never_matter(text):
    assert normalised(f"  {text}\n") == normalised(text)


def test_retweets():
    assert is_retweet("RT @ana: hello")
    assert not is_retweet("hello RT @ana")


TWEET = "I love my new Kindle, the second one is fantastic"


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (TWEET, "identical text"),
        (TWEET.upper(), "case"),
        (TWEET + " http://t.co/1", "other URLs"),
        ("@ana " + TWEET, "other @mentions"),
        ("RT @ana: " + TWEET, "RT mark"),
        (TWEET.replace("one", "noe"), "'noe' for 'one'"),
        (TWEET.replace("fantastic", "fantsatic"), "'fantsatic' for 'fantastic'"),
    ],
)
def test_a_duplicate_is_one(other, kind):
    assert kind in compare_texts(TWEET, other).kinds
    for evidence in (compare_texts(TWEET, other), compare_texts(other, TWEET)):
        assert 0.9 <= evidence.similarity <= 1


def test_a_mention_in_other_case_is_no_other_mention():
    found = compare_texts("@Ana " + TWEET, "@ANA " + TWEET.upper())
    assert found.kinds == ("case",)


@pytest.mark.parametrize(
    "other",
    [
        *("", "@ana", "I love my new dog, the second one is awful"),
        *(TWEET.replace("second", "3 second"), TWEET.replace("fantastic", "fantasticle")),
    ],
)
def test_another_text_is_none(other):
    assert compare_texts(TWEET, other) is None
    assert compare_texts(other, TWEET) is None


def test_texts_that_differ_in_a_number_are_no_duplicates():
    assert compare_texts("the train leaves at 10:45 tonight", "the train leaves at 10:46 tonight") is None


def words(count, seed):
    source = random.Random(seed)
    return ["".join(source.choices("abcdefghijklmnop", k=source.randint(2, 8))) for _ in range(count)]


def filed(texts, seed=0):
    """Postings of texts that come one by one."""
    signer, postings = MinHashSigner(seed), Postings()
    for owner, text in enumerate(texts):
        keys = signer.sign(text)
        owners = np.full(len(keys), owner, dtype=np.int32)
        postings = postings.added(keys, owners, np.empty((len(keys), 0), dtype=np.uint64))
    return postings


def pairs_of(texts):
    return candidate_pairs(filed(texts), np.ones(len(texts), dtype=bool))


@pytest.mark.slow
def test_candidates_hold_what_comparing_all_would_find():
    source = random.Random(1)
    texts = [" ".join(words(source.randint(5, 15), seed)) for seed in range(150)]
    for text in texts[:100]:
        place = source.randrange(len(text))
        texts.append(text[:place] + "z" + text[place + 1 :])
    pairs = pairs_of(texts)
    alike = {
        pair
        for pair in combinations(range(250), 2)
        if OSA.normalized_similarity(*(texts[each] for each in pair)) >= 0.9
    }
    assert len(alike) == 100
    assert len(alike.intersection(pairs)) >= 98
    assert len(pairs) < 400
    assert pairs == pairs_of(texts)
    postings, signer = filed(texts), MinHashSigner(0)
    single = [candidates(postings, signer.sign(text)) for text in texts]
    assert all(found[0] == position for position, found in enumerate(single))
    assert {(low, high) for low in range(250) for high in single[low] if low < high} == set(pairs)


def test_only_eligible_texts_are_paired():
    texts = ["one and the same text"] * 4
    eligible = np.array([True, False, True, False])
    assert candidate_pairs(filed(texts), eligible) == [(0, 2)]
    assert candidate_pairs(filed(texts), ~eligible & eligible) == []
    assert candidate_pairs(Postings(), np.empty(0, dtype=bool)) == []


@pytest.mark.slow
def test_a_phrase_of_all_does_not_make_all_pairs():
    texts = ["the same long phrase that all of them use, number " + str(each) for each in range(400)]
    assert len(pairs_of(texts)) < 400 * 12 * 32 / 4
    assert len(candidates(filed(texts), MinHashSigner(0).sign(texts[0]))) == MOST_CANDIDATES


def test_groups_of_texts():
    texts = [f"RT @ana: {TWEET}", "nothing of the kind at all", TWEET.lower(), TWEET.replace("new", "nwe")]
    assert groups(texts) == [("2", "0", "3")]
    assert groups(["a", "b", "c"]) == []
    assert groups([]) == []


def test_a_chain_of_edits_stays_short():
    """Each text one word further than the last: neighbours are alike, the ends are not."""
    vocabulary = words(60, 7)
    chain = [" ".join(vocabulary[start : start + 16]) for start in range(0, 40)]
    found_groups = groups(chain)
    for ids in found_groups:
        for first, second in combinations(ids, 2):
            assert abs(int(first) - int(second)) <= 6


def test_each_duplicate_has_evidence_and_the_kept_one():
    (group,) = found([TWEET, TWEET + "!", TWEET + "!!"]).groups
    assert group.representative_id == "0"
    for copy in group.duplicates:
        assert (copy.representative_id, copy.reason, copy.compared_with) == ("0", "duplicate", "0")
        assert copy.evidence.similarity > 0.9


@pytest.mark.slow
@given(st.lists(st.text("ab@&;#mp RT:1", max_size=30), max_size=12))
def test_whatever_the_texts_groups_are_apart_and_every_duplicate_has_evidence(texts):
    seen = [each for ids in groups(texts) for each in ids]
    assert len(seen) == len(set(seen))
    for group in found(texts).groups:
        assert all(copy.evidence.similarity >= 0.9 for copy in group.duplicates)
