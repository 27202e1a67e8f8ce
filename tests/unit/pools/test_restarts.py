"""What a session tells does not depend on what it was asked since it was read from its store."""

import pytest

from tests.support.sessions import items_of, label, vectors_of
from vicinal.pools.results import LabelInput
from vicinal.pools.scoring import graphs
from vicinal.records.pool_options import VoteModel

ITEMS = 40


@pytest.fixture
def used(make_bench):
    """A pool with labels of three classes, a graph that its votes spread over, and items in ana's hands."""

    def make(**settings):
        bench = make_bench(**settings)
        session = bench.open()
        session.items.add(items_of(ITEMS), vectors_of(ITEMS))
        label(session, _001="a", _005="b", _009="c", _013="a", _017="b", _021="c")
        return bench, session, session.leases.open(12, "ana", 3600.0)

    return make


@pytest.mark.parametrize("vote_model", [VoteModel.DIFFUSED, VoteModel.BLENDED])
def test_what_was_predicted_before_a_label_is_what_all_votes_said(used, vote_model):
    logs = []
    for is_restarted in (False, True):
        bench, session, batch = used(vote_model=vote_model)
        taken = bench.open() if is_restarted else session
        taken.labels.submit(
            [LabelInput(each.item_id, "a") for each in batch.items], "ana", batch.lease.lease_id
        )
        logs.append([(event.item_id, event.predicted) for event in taken.history()])
    assert logs[0] == logs[1]
    assert len({predicted for _, predicted in logs[0][6:]}) > 1


def test_what_is_filtered_is_told_at_once(used):
    bench, session, _ = used(confidence_filter=0.4)
    before = session.view(), session.list_items()
    assert before[0].filtered.confident
    assert bench.open().view() == before[0]
    assert bench.open().list_items() == before[1]


def test_suggestions_of_a_pool_with_stored_lists_are_what_they_were(used, monkeypatch):
    """To build the graph again would take long, to take it up again does not."""
    monkeypatch.setattr(graphs, "STORED_ROWS", 10)
    bench, session, _ = used()
    monkeypatch.setattr(graphs, "_CHECKED_ITEMS", 1)
    monkeypatch.setattr(graphs, "_WORK_PER_ITEM", 1)
    monkeypatch.setattr(graphs, "QUICK_WORK", ITEMS * (8 + 1))
    again = bench.open()
    batch = again.leases.open(6, "bo")
    assert again.view().graph is not None
    assert again.view().graph.covered_items == ITEMS
    assert batch.items == session.leases.open(6, "bo").items
