from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vicinal.duplicates.postings import Postings

EVERYTHING = 1000


def filed(batches):
    """Postings of (key, owner) pairs, each marked with both."""
    postings = Postings()
    for batch in batches:
        keys = np.array([key for key, _ in batch], dtype=np.uint64)
        owners = np.array([owner for _, owner in batch], dtype=np.int32)
        marks = np.stack([keys, owners.astype(np.uint64)], axis=1)
        postings = postings.added(keys, owners, marks)
    return postings


pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=30)


@given(batches=st.lists(pairs, max_size=8), asked=st.lists(st.integers(0, 11), max_size=5))
def test_every_place_is_found_however_they_came(batches, asked):
    postings = filed(batches)
    together = [pair for batch in batches for pair in batch]
    keys = np.array(asked, dtype=np.uint64)
    held = Counter(key for key, _ in together)
    assert len(postings) == len(together)
    assert postings.counts(keys).tolist() == [held[key] for key in asked]
    found = postings.found(keys, np.full(len(keys), EVERYTHING))
    places = Counter(zip(found.asked.tolist(), found.owners.tolist(), strict=True))
    assert places == Counter(
        (place, owner) for place, wanted in enumerate(asked) for key, owner in together if key == wanted
    )
    for place, owner, marks in zip(found.asked, found.owners, found.marks, strict=True):
        assert marks.tolist() == [asked[place], owner]


@given(batches=st.lists(pairs, max_size=8))
def test_whole_is_all_of_them_by_key(batches):
    whole = filed(batches).whole()
    together = [pair for batch in batches for pair in batch]
    assert np.all(np.diff(whole.all_keys.astype(np.int64)) >= 0)
    held = zip(whole.all_keys.tolist(), whole.owners.tolist(), strict=True)
    assert Counter(held) == Counter(together)


def test_blocks_are_few_and_old_postings_stay_as_they_were():
    postings, before = Postings(), None
    for owner in range(1000):
        before = postings
        keys = np.array([owner % 7, 500 + owner], dtype=np.uint64)
        postings = postings.added(keys, np.full(2, owner, np.int32), np.empty((2, 0), np.uint64))
    assert len(postings.blocks) <= 11
    assert (len(before), len(postings)) == (1998, 2000)
    key = np.array([1499], dtype=np.uint64)
    assert before.counts(key).tolist() == [0]
    assert postings.counts(key).tolist() == [1]


def test_no_more_than_asked_for_are_taken_from_a_block():
    postings = filed([[(1, owner) for owner in range(20)] + [(2, 5)]])
    found = postings.found(np.array([1, 2, 1], dtype=np.uint64), np.array([3, 9, 0]))
    assert found.asked.tolist() == [0, 0, 0, 1]
    assert found.owners.tolist() == [0, 1, 2, 5]
