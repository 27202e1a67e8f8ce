"""Several annotators for an item: who gets what, what they come to, and what they are checked by."""

import itertools

import pytest

from tests.support.sessions import items_of, lease_ids_going_down, vectors_of
from vicinal.core.errors import InvalidInput, ItemLeased, WrongItemState
from vicinal.pools.results import BatchRequest, LabelInput, PreparedItem
from vicinal.pools.state import pool as pool_state
from vicinal.records.items import ItemState
from vicinal.records.labels import Arm, EventKind
from vicinal.records.pool_options import Consensus


def open_with(make_bench, count=30, gold=(), **settings):
    bench = make_bench(**settings)
    session = bench.open()
    session.items.add(items_of(count), vectors_of(count))
    if gold:
        known = [
            PreparedItem(f"gold-{row}", f"gold-hash-{row}", gold=label) for row, label in enumerate(gold)
        ]
        session.items.add(known, vectors_of(len(gold), seed=7))
    return bench, session


def say(session, annotator, item_id, label, **more):
    return session.labels.submit([LabelInput(item_id, label, **more)], annotator)


def ids(batch):
    return [item.item_id for item in batch.items]


def current_events(session):
    view = session.view()
    return view.counts, view.label_counts, view.open_leases, session.list_items()


def item(session, item_id):
    return session.explain(item_id).item


class TestWhoGetsWhat:
    @pytest.mark.slow
    def test_each_item_goes_to_as_many_different_annotators_as_asked(self, make_bench):
        _, session = open_with(make_bench, 6, overlap=3)
        seen = {name: [] for name in ("ana", "bo", "cy", "di")}
        for name in itertools.chain.from_iterable([list(seen)] * 20):
            batch = session.leases.open(1, name)
            if batch.items:
                seen[name] += ids(batch)
                session.labels.submit([LabelInput(ids(batch)[0], "a")], name, batch.lease.lease_id)
        for got in seen.values():
            assert len(got) == len(set(got))
        counts = [sum(item_id in got for got in seen.values()) for item_id in ids_of(6)]
        assert counts == [3] * 6

    def test_what_others_have_begun_comes_first(self, make_bench):
        _, session = open_with(make_bench, overlap=2)
        first = ids(session.leases.open(3, "ana"))
        assert ids(session.leases.open(2, "bo")) == first[:2]
        assert ids(session.leases.open(2, "cy"))[0] == first[2]
        assert not set(ids(session.leases.open(3, "di"))) & set(first)

    def test_a_second_annotator_is_not_swayed(self, make_bench):
        _, session = open_with(make_bench, overlap=2)
        for _ in range(4):
            batch = session.leases.open(1, "ana")
            session.labels.submit([LabelInput(ids(batch)[0], "a")], "ana", batch.lease.lease_id)
        again = session.leases.open(4, "bo")
        assert [suggested.probabilities for suggested in again.items] == [{}] * 4
        assert session.leases.open(1, "ana").items[0].probabilities

    def test_an_expired_lease_comes_back_for_another(self, make_bench):
        bench, session = open_with(make_bench, 4, overlap=2)
        held = ids(session.leases.open(4, "ana", 60.0))
        assert ids(session.leases.open(4, "bo", 600.0)) == held
        assert ids(session.leases.open(4, "cy")) == []
        bench.clock.pass_seconds(61)
        assert ids(session.leases.open(4, "cy")) == held

    @pytest.mark.parametrize("settings", [{"overlap": 2}, {"gold_share": 0.1}])
    def test_who_asks_has_to_be_named(self, make_bench, settings):
        _, session = open_with(make_bench, **settings)
        with pytest.raises(InvalidInput, match="annotator"):
            session.leases.open(1)
        with pytest.raises(InvalidInput, match="annotator"):
            session.labels.submit([], next_batch=BatchRequest())

    def test_one_annotator_alone_sees_no_item_twice(self, make_bench):
        _, session = open_with(make_bench, 5, overlap=3)
        batch = session.leases.open(5, "ana")
        session.labels.submit([LabelInput(each, "a") for each in ids(batch)], "ana", batch.lease.lease_id)
        assert ids(session.leases.open(5, "ana")) == []


def ids_of(count):
    return [new.item_id for new in items_of(count)]


class TestConsensus:
    def test_the_majority_votes_and_follows_each_annotation(self, make_bench):
        bench, session = open_with(make_bench, overlap=3)
        outcome = say(session, "ana", "item-001", "a")
        assert (outcome.labelled, item(session, "item-001").label) == (1, "a")
        say(session, "bo", "item-001", "b")
        assert item(session, "item-001").label == "a"
        say(session, "cy", "item-001", "b")
        assert item(session, "item-001").label == "b"
        assert session.view().label_counts == {"b": 1}
        assert [prediction.label for prediction in session.classify(vectors_of(2))] == ["b", "b"]
        again = bench.open()
        assert again.explain("item-001") == session.explain("item-001")
        assert [event.label for event in again.export_labels()] == ["b"]

    def test_an_annotator_changes_only_the_own_label(self, make_bench):
        _, session = open_with(make_bench, overlap=2)
        say(session, "ana", "item-001", "a")
        say(session, "bo", "item-001", "b")
        with pytest.raises(WrongItemState, match="relabel"):
            say(session, "bo", "item-001", "c")
        assert say(session, "bo", "item-001", "c", relabel=True).relabelled == 1
        assert say(session, "ana", "item-001", "a").unchanged == 1
        given = [(each.annotator, each.label) for each in item(session, "item-001").annotations]
        assert given == [("ana", "a"), ("bo", "c")]

    def test_labels_go_one_by_one_or_all_together(self, make_bench):
        bench, session = open_with(make_bench, overlap=2)
        before = session.explain("item-001")
        say(session, "ana", "item-001", "a")
        alone = session.classify(vectors_of(3))
        say(session, "bo", "item-001", "b")
        with pytest.raises(WrongItemState, match="no label by 'cy'"):
            session.labels.remove(["item-001"], "cy")
        session.labels.remove(["item-001"], "bo")
        assert session.classify(vectors_of(3)) == alone
        say(session, "bo", "item-001", "b")
        session.labels.remove(["item-001"])
        assert session.explain("item-001").probabilities == before.probabilities
        assert item(session, "item-001").state is ItemState.UNLABELLED
        assert current_events(bench.open()) == current_events(session)

    def test_skipping_an_item_that_others_labelled_leaves_it_labelled(self, make_bench):
        _, session = open_with(make_bench, 3, overlap=2)
        batch = session.leases.open(1, "ana")
        session.labels.submit([LabelInput(ids(batch)[0], "a")], "ana", batch.lease.lease_id)
        again = session.leases.open(1, "bo")
        session.labels.skip(ids(again), annotator="bo", lease_id=again.lease.lease_id)
        assert item(session, ids(batch)[0]).state is ItemState.LABELLED
        assert ids(batch)[0] not in ids(session.leases.open(3, "bo"))
        assert ids(session.leases.open(1, "cy")) == ids(batch)

    def test_what_is_left_of_a_removed_label_stays_in_other_hands(self, make_bench):
        bench, session = open_with(make_bench, 3, overlap=2)
        batch = session.leases.open(1, "ana")
        session.leases.open(1, "bo")
        session.labels.submit([LabelInput(ids(batch)[0], "a")], "ana", batch.lease.lease_id)
        session.labels.remove(ids(batch), "ana")
        assert item(session, ids(batch)[0]).state is ItemState.LEASED
        assert current_events(bench.open()) == current_events(session)
        with pytest.raises(ItemLeased):
            session.items.exclude(ids(batch))


class TestDisputes:
    def disputed(self, make_bench, **settings):
        bench, session = open_with(make_bench, overlap=2, **settings)
        for item_id, labels in (("item-001", "aab"), ("item-002", "ab"), ("item-003", "aa")):
            for name, label in zip(("ana", "bo", "cy"), labels, strict=False):
                say(session, name, item_id, label)
        return bench, session

    def test_are_listed_and_offered_to_those_who_have_not_seen_them(self, make_bench):
        _, session = self.disputed(make_bench)
        page, after = session.annotators.disputed(limit=1)
        assert [each.item_id for each in page] == ["item-002"]
        assert [each.item_id for each in session.annotators.disputed(after)[0]] == ["item-001"]
        batch = session.leases.open(5, "di", arm=Arm.REVIEW)
        assert ids(batch) == ["item-002", "item-001"]
        assert {each.arm for each in batch.items} == {Arm.REVIEW}
        assert ids(session.leases.open(5, "eve", arm=Arm.REVIEW)) == []
        session.labels.submit([LabelInput("item-002", "b")], "di", batch.lease.lease_id)
        assert item(session, "item-002").label == "b"
        assert ids(session.leases.open(5, "ana", arm=Arm.REVIEW)) == []

    def test_a_person_resolves_them_for_good(self, make_bench):
        bench, session = self.disputed(make_bench)
        assert session.annotators.resolve([LabelInput("item-002", "c")], "eve") == 1
        assert session.annotators.resolve([LabelInput("item-002", "c")], "eve") == 0
        say(session, "di", "item-002", "a")
        assert item(session, "item-002").label == "c"
        assert [each.item_id for each in session.annotators.disputed()[0]] == ["item-001"]
        assert bench.open().explain("item-002") == session.explain("item-002")

    def test_nobody_resolves_what_nobody_labelled(self, make_bench):
        _, session = self.disputed(make_bench)
        with pytest.raises(WrongItemState, match="item-009"):
            session.annotators.resolve([LabelInput("item-001", "a"), LabelInput("item-009", "a")], "eve")
        assert [each.item_id for each in session.annotators.disputed()[0]] == ["item-002", "item-001"]
        with pytest.raises(InvalidInput, match="annotator"):
            session.annotators.resolve([LabelInput("item-001", "a")], "")

    @pytest.mark.slow
    def test_dawid_and_skene_settle_but_leave_a_persons_word(self, make_bench):
        pytest.importorskip("crowdkit")
        bench, session = open_with(make_bench, overlap=3, consensus=Consensus.DAWID_SKENE)
        for row in range(20):
            truth = "ab"[row % 2]
            for name in ("ana", "bo"):
                say(session, name, f"item-{row:03d}", truth)
            say(session, "zoe", f"item-{row:03d}", "a")
        say(session, "zoe", "item-025", "a")
        say(session, "ana", "item-025", "b")
        session.annotators.resolve([LabelInput("item-001", "c")], "eve")
        session.annotators.settle()
        assert item(session, "item-025").label == "b"
        assert item(session, "item-001").label == "c"
        settled = [event for event in session.history() if event.kind is EventKind.RESOLVED]
        assert {event.annotator for event in settled} == {"eve", ""}
        assert current_events(bench.open()) == current_events(session)


class TestGold:
    def test_comes_at_its_share_and_once_to_each(self, make_bench):
        _, session = open_with(make_bench, gold="abab", gold_share=0.25)
        for name in ("ana", "bo"):
            got = []
            for _ in range(12):
                batch = session.leases.open(1, name)
                got += ids(batch)
                session.labels.submit([LabelInput(ids(batch)[0], "a")], name, batch.lease.lease_id)
            assert sum(item_id.startswith("gold") for item_id in got) == 3
            assert len(set(got)) == 12

    def test_teaches_nothing_and_is_not_told_apart(self, make_bench):
        _, session = open_with(make_bench, gold="ab", gold_share=0.5)
        say(session, "ana", "item-001", "a")
        say(session, "ana", "item-002", "b")
        before = session.classify(vectors_of(4, seed=3))
        batch = session.leases.open(4, "bo")
        gold = [each for each in batch.items if each.item_id.startswith("gold")]
        assert len(gold) == 2
        assert {each.arm for each in batch.items} == {Arm.ACTIVE}
        assert all(each.probabilities for each in batch.items)
        say(session, "bo", gold[0].item_id, "b")
        assert session.classify(vectors_of(4, seed=3)) == before
        assert [event.item_id for event in session.export_labels()] == ["item-001", "item-002"]

    def test_tells_who_is_right(self, make_bench):
        bench, session = open_with(make_bench, gold="abab")
        for row, label in enumerate("abab"):
            say(session, "ana", f"gold-{row}", label)
            say(session, "bo", f"gold-{row}", "a")
        queries = {view.annotator: view for view in session.annotators.list()}
        assert (queries["ana"].gold.value, queries["bo"].gold.value) == (1.0, 0.5)
        assert queries["bo"].gold.low < 0.5 < queries["bo"].gold.high
        assert bench.open().annotators.list() == session.annotators.list()

    def test_is_never_chosen_as_any_other_item(self, make_bench):
        _, session = open_with(make_bench, 3, gold="ab")
        assert sorted(ids(session.leases.open(10, "ana"))) == ids_of(3)
        assert not {each.item_id for each in session.score_pool()} & {"gold-0", "gold-1"}


def test_annotators_of_a_plain_pool_are_listed(make_bench):
    _, session = open_with(make_bench)
    say(session, "ana", "item-001", "a")
    session.leases.open(2, "bo")
    queries = [(view.annotator, view.labels, view.items_leased) for view in session.annotators.list()]
    assert queries == [("ana", 1, 0), ("bo", 0, 2)]


class TestSkips:
    def test_each_annotators_own_skip_counts_and_ends_the_own_lease(self, make_bench):
        bench, session = open_with(make_bench, 3, overlap=2)
        mine = session.leases.open(1, "ana")
        assert ids(session.leases.open(1, "bo")) == ids(mine)
        assert session.labels.skip(ids(mine), annotator="bo") == 1
        assert session.view().open_leases == 1
        assert session.labels.skip(ids(mine), annotator="ana", lease_id=mine.lease.lease_id) == 1
        assert session.labels.skip(ids(mine), annotator="ana") == 0
        assert session.view().open_leases == 0
        assert item(session, ids(mine)[0]).state is ItemState.SKIPPED
        assert current_events(bench.open()) == current_events(session)

    @pytest.mark.parametrize("order", [("label", "skip"), ("skip", "label")])
    def test_what_was_skipped_stays_skipped_when_anothers_label_goes(self, make_bench, order):
        bench, session = open_with(make_bench, 2, overlap=2)
        for step in order:
            if step == "label":
                say(session, "bo", "item-001", "a")
            else:
                session.labels.skip(["item-001"], annotator="ana")
        session.labels.remove(["item-001"], "bo")
        for each in (session, bench.open()):
            assert item(each, "item-001").state is ItemState.SKIPPED
            assert each.view().counts.skipped == 1
        assert ids(session.leases.open(5, "ana")) == ["item-000"]
        assert session.items.restore(["item-001"]) == 1
        assert ids(session.leases.open(5, "ana")) == ["item-001"]

    def test_a_label_takes_the_place_of_the_own_skip(self, make_bench):
        _, session = open_with(make_bench, 2, overlap=2)
        session.labels.skip(["item-001"], annotator="ana")
        say(session, "ana", "item-001", "a")
        session.labels.remove(["item-001"], "ana")
        assert item(session, "item-001").state is ItemState.UNLABELLED
        assert "item-001" in ids(session.leases.open(5, "ana"))

    def test_a_gold_item_is_skipped_once_by_each_and_restored_for_all(self, make_bench):
        _, session = open_with(make_bench, 3, gold="a", gold_share=0.9)
        for name in ("ana", "bo"):
            assert session.labels.skip(["gold-0"], annotator=name) == 1
            assert session.labels.skip(["gold-0"], annotator=name) == 0
            assert "gold-0" not in ids(session.leases.open(2, name))
        assert item(session, "gold-0").state is ItemState.UNLABELLED
        assert session.items.restore(["gold-0"]) == 1
        assert "gold-0" in ids(session.leases.open(2, "ana"))

    def test_restoring_leaves_the_item_in_the_hands_of_who_holds_it(self, make_bench):
        _, session = open_with(make_bench, 3, overlap=2)
        batch = session.leases.open(1, "ana")
        session.labels.skip(ids(batch), annotator="bo")
        session.items.restore(ids(batch), "ana")
        assert item(session, ids(batch)[0]).state is ItemState.LEASED
        assert item(session, ids(batch)[0]).lease_id == batch.lease.lease_id


class TestResolutions:
    def resolved(self, make_bench):
        bench, session = open_with(make_bench, 4, overlap=2)
        say(session, "ana", "item-001", "a")
        session.annotators.resolve([LabelInput("item-001", "c")], "eve")
        return bench, session

    def test_stand_when_the_only_annotator_takes_the_label_back(self, make_bench):
        bench, session = self.resolved(make_bench)
        session.labels.remove(["item-001"], "ana")
        for each in (session, bench.open()):
            viewed = item(each, "item-001")
            assert (viewed.state, viewed.label, viewed.annotations) == (ItemState.LABELLED, "c", ())
            assert each.view().label_counts == {"c": 1}
            assert each.classify(vectors_of(1))[0].label == "c"
            (line,) = each.export_labels()
            assert (line.kind, line.label, line.annotator) == (EventKind.RESOLVED, "c", "eve")
        assert "item-001" not in ids(session.leases.open(4, "bo"))
        say(session, "bo", "item-001", "b")
        assert item(session, "item-001").label == "c"

    def test_are_taken_back_in_the_name_of_who_resolved(self, make_bench):
        bench, session = self.resolved(make_bench)
        with pytest.raises(WrongItemState, match="no label by 'bo'"):
            session.labels.remove(["item-001"], "bo")
        session.labels.remove(["item-001"], "eve")
        assert item(session, "item-001").label == "a"
        assert ids(session.leases.open(1, "bo")) == ["item-001"]
        assert bench.open().explain("item-001") == session.explain("item-001")

    def test_of_an_annotator_with_a_label_there_the_label_goes_first(self, make_bench):
        _, session = self.resolved(make_bench)
        say(session, "eve", "item-001", "b")
        session.labels.remove(["item-001"], "eve")
        assert item(session, "item-001").label == "c"
        session.labels.remove(["item-001"], "eve")
        assert item(session, "item-001").label == "a"

    def test_go_with_all_labels(self, make_bench):
        _, session = self.resolved(make_bench)
        session.labels.remove(["item-001"])
        assert item(session, "item-001").state is ItemState.UNLABELLED
        with pytest.raises(WrongItemState, match="item-001"):
            session.labels.remove(["item-001"], "eve")

    def test_can_be_changed_without_any_label(self, make_bench):
        _, session = self.resolved(make_bench)
        session.labels.remove(["item-001"], "ana")
        assert session.annotators.resolve([LabelInput("item-001", "d")], "eve") == 1
        assert item(session, "item-001").label == "d"

    def test_a_consensus_falls_with_the_labels_that_it_was_made_of(self, make_bench, monkeypatch):
        monkeypatch.setattr(pool_state, "dawid_skene", lambda *_: {"item-001": "b"})
        bench, session = open_with(make_bench, overlap=2)
        say(session, "ana", "item-001", "a")
        say(session, "bo", "item-001", "b")
        assert session.annotators.settle() == 1
        assert item(session, "item-001").label == "b"
        session.labels.remove(["item-001"], "bo")
        assert item(session, "item-001").label == "a"
        assert current_events(bench.open()) == current_events(session)


def test_leases_go_on_in_the_order_they_were_opened(make_bench):
    """A renewal, an answer or a restart does not change who gets what next."""
    with lease_ids_going_down():
        bench, session = open_with(make_bench, 9, overlap=2)
        mine = [session.leases.open(3, "ana") for _ in range(3)]
    order = [item_id for batch in mine for item_id in ids(batch)]
    session.leases.renew([mine[0].lease.lease_id], 1000.0)
    say(session, "ana", order[0], "a")
    for each in (session, bench.open()):
        batch = each.leases.open(9, "bo")
        assert ids(batch) == order
        each.leases.release([batch.lease.lease_id])
    session = bench.open()
    session.leases.open(3, "bo")
    assert item(session, order[1]).lease_id == mine[0].lease.lease_id


def test_a_lease_goes_on_when_others_fill_the_overlap(make_bench):
    bench, session = open_with(make_bench, 3, overlap=2)
    batch = session.leases.open(1, "ana", 60.0)
    for name in ("bo", "cy"):
        say(session, name, ids(batch)[0], "b")
    assert session.view().open_leases == 1
    say(session, "ana", ids(batch)[0], "a")
    assert (session.view().open_leases, len(item(session, ids(batch)[0]).annotations)) == (0, 3)
    again = session.leases.open(1, "ana", 60.0)
    for name in ("bo", "cy"):
        say(session, name, ids(again)[0], "b")
    bench.clock.pass_seconds(61)
    assert (session.view().open_leases, session.view().counts.labelled) == (0, 2)


def test_leases_that_expired_while_down_leave_the_store(make_bench):
    bench, session = open_with(make_bench, 3, overlap=2)
    session.leases.open(1, "ana", 60.0)
    bench.clock.pass_seconds(61)
    say(bench.open(), "bo", "item-001", "a")
    assert bench.store.open_pool("fruits").leases() == []
