"""Annotators come, label, skip, resolve, change their minds and go, in any order: as a plain model has it."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests.support.annotation_model import AnnotationModel, ModelLease, Refused
from tests.support.sessions import Bench, TurnableClock, items_of, lease_ids_going_down, vectors_of
from vicinal.core.errors import LeaseNotFound, VicinalError
from vicinal.core.pool_config import PoolConfig
from vicinal.pools.results import BatchRequest, LabelInput, PreparedItem
from vicinal.records.items import ItemState
from vicinal.records.labels import Arm, Batch
from vicinal.storage import MemoryStore

ITEMS, SEED = 5, 3
ITEM_IDS = [item.item_id for item in items_of(ITEMS)]
GOLD = {"gold-0": "a", "gold-1": "b"}
# Dora resolves and labels; the others mostly label.
NAMES = st.sampled_from(["ana", "bo", "cy", "dora"])
LABELS = st.sampled_from("ab")
ONE = st.sampled_from([*ITEM_IDS, *GOLD])
SOME = st.lists(ONE, min_size=1, max_size=3, unique=True)


class Annotating(RuleBasedStateMachine):
    leases = Bundle("leases")

    def __init__(self):
        super().__init__()
        self.ends = ExitStack()
        self.ends.enter_context(lease_ids_going_down())

    def teardown(self):
        self.ends.close()

    @initialize(overlap=st.sampled_from([1, 2, 3]), gold_share=st.sampled_from([0.0, 0.3]))
    def start(self, overlap, gold_share):
        clock = TurnableClock()
        store = MemoryStore(clock)
        # Nothing is filtered, so that every open item can be suggested.
        config = PoolConfig(
            "fruits",
            8,
            seed=SEED,
            overlap=overlap,
            gold_share=gold_share,
            confidence_filter=0.0,
            outlier_filter=0.0,
        )
        store.create_pool(config)
        self.bench = Bench(clock, store, config)
        self.session = self.bench.open()
        gold = [PreparedItem(item_id, f"hash of {item_id}", gold=label) for item_id, label in GOLD.items()]
        self.session.items.add([*items_of(ITEMS), *gold], vectors_of(ITEMS + len(gold)))
        self.model = AnnotationModel(overlap, gold_share, ITEM_IDS, GOLD)
        # Of each lease ever opened, the model's own.
        self.opened: dict[str, ModelLease] = {}

    @property
    def now(self):
        return self.bench.clock.now()

    def agree(self, done, modelled):
        """Both refuse, or both do it with the same outcome."""
        self.model.expire(self.now)
        try:
            expected = modelled()
        except Refused:
            expected = Refused
        try:
            outcome = done()
        except VicinalError:
            outcome = Refused
        assert outcome == expected
        return outcome is not Refused

    @rule(target=leases, name=NAMES, size=st.integers(1, 4), seconds=st.sampled_from([20.0, 60.0]))
    def lease(self, name, size, seconds):
        self.model.expire(self.now)
        return self.note(self.session.leases.open(size, name, seconds), name, size, seconds)

    def note(self, batch: Batch, name, size, seconds):
        """Compares a batch with the model, and opens its lease there."""
        got = [item.item_id for item in batch.items]
        plain = [item_id for item_id in got if item_id not in GOLD]
        open_gold = self.model.open_gold(name)
        gold = min(self.model.gold_slots(name, size, SEED), len(open_gold))
        assert len(got) - len(plain) == gold
        assert set(got) & set(GOLD) <= open_gold
        begun, new = self.model.begun(name), self.model.new()
        room = size - gold
        assert plain[: len(begun)] == begun[:room]
        assert set(plain[len(begun) :]) <= new
        assert len(plain) == min(room, len(begun) + len(new))
        return self.opened_as(batch, name, got, seconds)

    def opened_as(self, batch, name, got, seconds):
        assert (batch.lease is None) is (not got)
        if batch.lease is None:
            return ""
        self.opened[batch.lease.lease_id] = self.model.open_lease(name, list(got), self.now + seconds)
        return batch.lease.lease_id

    @rule(target=leases, name=NAMES, size=st.integers(1, 3))
    def review(self, name, size):
        self.model.expire(self.now)
        batch = self.session.leases.open(size, name, 60.0, arm=Arm.REVIEW)
        got = [item.item_id for item in batch.items]
        assert got == self.model.review(name)[:size]
        return self.opened_as(batch, name, got, 60.0)

    @rule(
        target=leases,
        name=NAMES,
        item_ids=SOME,
        label=LABELS,
        lease_id=st.one_of(st.just(""), leases),
        relabel=st.booleans(),
        then=st.booleans(),
    )
    def label(self, *, name, item_ids, label, lease_id, relabel, then):
        """With any lease's id, also another annotator's."""
        return self.give(name, dict.fromkeys(item_ids, label), lease_id, relabel, then)

    @rule(target=leases, lease_id=leases, label=LABELS, then=st.booleans())
    def label_all_leased(self, lease_id, label, then):
        self.model.expire(self.now)
        mine = self.opened.get(lease_id)
        if mine is None or mine not in self.model.leases:
            return ""
        return self.give(mine.annotator, dict.fromkeys(mine.items, label), lease_id, True, then)

    def give(self, name, labels, lease_id, relabel, then):
        given = [LabelInput(item_id, label, relabel) for item_id, label in labels.items()]
        wanted = BatchRequest(2, 60.0) if then else None
        outcomes = []

        def submit():
            outcomes.append(self.session.labels.submit(given, name, lease_id, wanted))
            return [outcomes[0].labelled, outcomes[0].relabelled, outcomes[0].unchanged]

        lease = self.opened.get(lease_id)
        taken = self.agree(submit, lambda: self.model.label(name, labels, lease, relabel))
        return self.note(outcomes[0].next, name, 2, 60.0) if taken and then else ""

    @rule(name=NAMES, item_ids=SOME, lease_id=st.one_of(st.just(""), leases))
    def skip(self, name, item_ids, lease_id):
        lease = self.opened.get(lease_id)
        self.agree(
            lambda: self.session.labels.skip(item_ids, "why", name, lease_id),
            lambda: self.model.skip(name, item_ids, lease),
        )

    @rule(lease_id=leases)
    def skip_all_leased(self, lease_id):
        self.model.expire(self.now)
        mine = self.opened.get(lease_id)
        if mine is not None and mine in self.model.leases:
            self.skip(mine.annotator, list(mine.items), lease_id)

    @rule(name=st.one_of(st.just(""), NAMES), item_id=ONE)
    def take_back(self, name, item_id):
        self.agree(
            lambda: self.session.labels.remove([item_id], name) - 1,
            lambda: self.model.remove(name, item_id) or 0,
        )

    @rule(name=NAMES, item_id=st.sampled_from(ITEM_IDS[:3]), label=LABELS)
    def take_back_what_was_resolved(self, name, item_id, label):
        """Rare by chance alone: a resolution whose annotations go one by one."""
        self.resolve("dora", item_id, label)
        self.take_back(name, item_id)

    @rule(name=NAMES, item_id=ONE, label=LABELS)
    def resolve(self, name, item_id, label):
        self.agree(
            lambda: self.session.annotators.resolve([LabelInput(item_id, label)], name),
            lambda: self.model.resolve(name, item_id, label),
        )

    @rule(name=NAMES, item_id=ONE)
    def exclude(self, name, item_id):
        self.agree(
            lambda: self.session.items.exclude([item_id], "why", name), lambda: self.model.exclude(item_id)
        )

    @rule(name=NAMES, item_id=ONE)
    def restore(self, name, item_id):
        self.agree(lambda: self.session.items.restore([item_id], name), lambda: self.model.restore(item_id))

    @rule(lease_id=leases)
    def release(self, lease_id):
        mine = self.opened.get(lease_id, ModelLease("", [], 0.0))
        self.agree(
            lambda: self.session.leases.release([lease_id or "none"]), lambda: self.model.release(mine)
        )

    @rule(lease_id=leases, seconds=st.sampled_from([5.0, 90.0]))
    def renew(self, lease_id, seconds):
        """Whoever names the lease may renew it; its place among the leases stays."""
        self.model.expire(self.now)
        mine = self.opened.get(lease_id)
        try:
            (renewed,) = self.session.leases.renew([lease_id or "none"], seconds)
        except LeaseNotFound:
            assert mine not in self.model.leases
            return
        assert mine is not None
        assert renewed.annotator == mine.annotator
        assert list(renewed.item_ids) == mine.items
        mine.expires_at = self.now + seconds

    @rule(seconds=st.sampled_from([1.0, 21.0, 61.0]))
    def wait(self, seconds):
        self.bench.clock.pass_seconds(seconds)

    @rule()
    def restart(self):
        before = self.told()
        self.session = self.bench.open()
        assert self.told() == before

    def told(self):
        session = self.session
        # Whether the graph is there already depends on what was asked before.
        view = replace(session.view(), graph=None)
        return view, session.list_items(), session.annotators.list(), session.annotators.disputed()

    @invariant()
    def every_item_is_where_the_model_says(self):
        if not hasattr(self, "model"):
            return
        self.model.expire(self.now)
        views, _ = self.session.list_items()
        for view in views:
            item, state = self.model.items[view.item_id], self.model.state(view.item_id)
            assert (view.state, view.label) == (state, item.label)
            given = {each.annotator: each.label for each in view.annotations}
            assert given == (item.annotations if item.is_shared else {})
            holding = [key for key, lease in self.opened.items() if view.item_id in self.held_in(lease)]
            assert view.lease_id == (holding[0] if holding else "")

    def held_in(self, lease):
        return lease.items if any(each is lease for each in self.model.leases) else []

    @invariant()
    def the_counts_are_those_of_the_items(self):
        if not hasattr(self, "model"):
            return
        self.model.expire(self.now)
        view = self.session.view()
        states = Counter(map(self.model.state, self.model.items))
        assert {state: getattr(view.counts, state.value) for state in ItemState} == {
            state: states[state] for state in ItemState
        }
        assert view.counts.total == len(self.model.items)
        assert view.label_counts == Counter(
            item.label for item in self.model.items.values() if item.label and not item.is_excluded
        )
        assert view.open_leases == len(self.model.leases)
        disputed = [item.item_id for item in self.session.annotators.disputed()[0]]
        assert disputed == self.model.disputed()


TestAnnotating = pytest.mark.slow(Annotating.TestCase)
if settings.get_current_profile_name() != "long":
    TestAnnotating.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
