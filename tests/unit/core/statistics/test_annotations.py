"""What several annotators come to: majority, disagreement, and Dawid and Skene's consensus."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.arms import gold_priority, is_gold_turn
from vicinal.core.statistics.consensus import dawid_skene, disagreement, is_consensus_due, majority

LABELS = st.lists(st.sampled_from("abc"), max_size=9)


@given(LABELS)
def test_the_majority_is_the_first_of_the_most_frequent(labels):
    counts = Counter(labels)
    best = [label for label in labels if counts[label] == max(counts.values())]
    assert majority(labels) == (best[0] if best else "")
    assert disagreement(labels) == (1 - max(counts.values()) / len(labels) if labels else 0)


@given(st.integers(0, 500), st.integers(1, 50))
def test_settling_is_due_once_at_each_mark(before, more):
    marks = [20 * 1.1**step for step in range(60)]
    assert is_consensus_due(before, before + more) == any(before < mark <= before + more for mark in marks)


def test_each_annotator_gets_gold_at_the_share_and_in_an_own_order():
    for annotator in ("ana", "bo"):
        turns = [is_gold_turn(3, annotator, place, 0.1) for place in range(200)]
        assert sum(turns) == 20
    order = [
        sorted("abcdef", key=lambda item_id: gold_priority(3, name, item_id)) for name in ("ana", "bo", "cy")
    ]
    assert len({tuple(each) for each in order}) > 1


@pytest.fixture
def crowd():
    pytest.importorskip("crowdkit")
    rng = np.random.default_rng(0)
    truth = {f"item-{row}": "ab"[row % 2] for row in range(120)}
    right = {"ana": 0.95, "bo": 0.9, "contrary-1": 0.15, "contrary-2": 0.1, "contrary-3": 0.2}
    annotations = [
        (item_id, name, label if rng.random() < share else "ba"["ab".index(label)])
        for item_id, label in truth.items()
        for name, share in right.items()
    ]
    return truth, annotations


@pytest.mark.slow
def test_gold_teaches_who_is_contrary(crowd):
    truth, annotations = crowd
    known = {item_id: truth[item_id] for item_id in list(truth)[:30]}
    settled = dawid_skene(annotations, known)
    by_item = {
        item_id: majority([label for other, _, label in annotations if other == item_id]) for item_id in truth
    }
    rest = [item_id for item_id in truth if item_id not in known]
    assert np.mean([by_item[item_id] == truth[item_id] for item_id in rest]) < 0.4
    assert np.mean([settled[item_id] == truth[item_id] for item_id in rest]) > 0.95
    assert dawid_skene(annotations, known) == settled


def test_nothing_comes_of_nothing():
    assert dawid_skene([], {}) == {}
