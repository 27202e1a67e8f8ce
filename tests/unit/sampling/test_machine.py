"""Any order of use cases, against a plain model; a restart in between must change nothing."""

from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.sampling.conftest import Bench, TurnableClock, items_of, vectors_of
from vicinal.core.errors import VicinalError
from vicinal.core.ports import Arm, PoolConfig
from vicinal.sampling.results import ItemState, LabelInput
from vicinal.storage import MemoryStore

ITEMS = 12
# Items of the holdout, by their place in the pool; the others are learned from.
HOLDOUT = (2, 5, 8, 11)
HELD_OUT = {f"item-{row:03d}" for row in HOLDOUT}
item_ids = st.integers(0, ITEMS - 1).map(lambda row: f"item-{row:03d}")
labels = st.sampled_from(["a", "b", "c"])


class SessionMachine(RuleBasedStateMachine):
    leases = Bundle("leases")

    @initialize()
    def start(self) -> None:
        clock = TurnableClock()
        store = MemoryStore(clock)
        config = PoolConfig("pool", 8, vote_neighbours=3, control_share=0.3)
        store.create_pool(config)
        self.bench = Bench(clock, store, config)
        self.session = self.bench.open()
        items = [replace(item, holdout=item.item_id in HELD_OUT) for item in items_of(ITEMS)]
        self.session.add_items(items, vectors_of(ITEMS))
        self.suggested: list[Arm] = []
        self.labels: dict[str, str] = {}
        self.aside: dict[str, ItemState] = {}
        self.held: dict[str, tuple[str, float]] = {}

    def holder(self, item_id: str) -> str:
        lease_id, expires_at = self.held.get(item_id, ("", 0.0))
        return lease_id if expires_at > self.bench.clock.now() else ""

    def state_of(self, item_id: str) -> ItemState:
        if item_id in self.labels:
            return ItemState.LABELLED
        if item_id in self.aside:
            return self.aside[item_id]
        return ItemState.LEASED if self.holder(item_id) else ItemState.UNLABELLED

    def attempt(self, action, allowed: bool) -> None:
        try:
            action()
        except VicinalError:
            assert not allowed
        else:
            assert allowed

    @rule(target=leases, size=st.integers(1, 4), seconds=st.integers(1, 30), holdout=st.booleans())
    def lease(self, size: int, seconds: int, holdout: bool) -> str:
        candidates = [item.item_id for item in items_of(ITEMS) if (item.item_id in HELD_OUT) == holdout]
        free = sum(self.state_of(item_id) is ItemState.UNLABELLED for item_id in candidates)
        arm = Arm.HOLDOUT if holdout else Arm.ACTIVE
        batch = self.session.lease_batch(size, "ann", seconds, arm=arm)
        assert len(batch.items) == min(size, free)
        self.suggested += [item.arm for item in batch.items]
        for item in batch.items:
            assert (item.arm is Arm.HOLDOUT) == (item.item_id in HELD_OUT) == holdout
            assert self.state_of(item.item_id) is ItemState.UNLABELLED
            assert batch.lease is not None
            self.held[item.item_id] = (batch.lease.lease_id, batch.lease.expires_at)
        return batch.lease.lease_id if batch.lease else ""

    @rule(item_id=item_ids, label=labels, lease_id=st.one_of(st.just(""), leases), relabel=st.booleans())
    def label(self, item_id: str, label: str, lease_id: str, relabel: bool) -> None:
        state = self.state_of(item_id)
        allowed = state is not ItemState.EXCLUDED and self.holder(item_id) in ("", lease_id)
        if state is ItemState.LABELLED and self.labels[item_id] != label:
            allowed = relabel
        given = [LabelInput(item_id, label, relabel)]
        self.attempt(lambda: self.session.submit_labels(given, "ann", lease_id), allowed)
        if allowed:
            self.labels[item_id] = label
            self.aside.pop(item_id, None)
            self.held.pop(item_id, None)

    @rule(item_id=item_ids)
    def remove_label(self, item_id: str) -> None:
        allowed = item_id in self.labels
        self.attempt(lambda: self.session.remove_labels([item_id]), allowed)
        self.labels.pop(item_id, None)

    @rule(item_id=item_ids, exclude=st.booleans())
    def put_aside(self, item_id: str, exclude: bool) -> None:
        state = self.state_of(item_id)
        refused = {ItemState.LABELLED, ItemState.LEASED} | (set() if exclude else {ItemState.EXCLUDED})
        action = self.session.exclude_items if exclude else self.session.skip_items
        self.attempt(lambda: action([item_id], "why"), state not in refused)
        if state not in refused:
            self.aside[item_id] = ItemState.EXCLUDED if exclude else ItemState.SKIPPED

    @rule(item_id=item_ids)
    def restore(self, item_id: str) -> None:
        self.attempt(lambda: self.session.restore_items([item_id]), item_id not in self.labels)
        self.aside.pop(item_id, None)

    @rule(lease_id=leases)
    def release(self, lease_id: str) -> None:
        freed = [item_id for item_id in self.held if self.holder(item_id) == lease_id != ""]
        assert self.session.release_leases([lease_id]) == len(freed)
        for item_id in freed:
            del self.held[item_id]

    @rule(lease_id=leases, seconds=st.integers(1, 30))
    def renew(self, lease_id: str, seconds: int) -> None:
        mine = [item_id for item_id in self.held if self.holder(item_id) == lease_id != ""]
        self.attempt(lambda: self.session.renew_leases([lease_id], seconds), bool(mine))
        for item_id in mine:
            self.held[item_id] = (lease_id, self.bench.clock.now() + seconds)

    @rule(seconds=st.integers(1, 20))
    def wait(self, seconds: int) -> None:
        self.bench.clock.pass_seconds(seconds)

    @precondition(lambda self: hasattr(self, "session"))
    @rule()
    def restart(self) -> None:
        before = list(self.session.score_pool()), self.session.list_items()
        self.session = self.bench.open()
        assert (list(self.session.score_pool()), self.session.list_items()) == before

    @invariant()
    def the_holdout_teaches_nothing(self) -> None:
        if not hasattr(self, "session"):
            return
        votes = self.session.read(lambda state: dict(state.scorer.votes.labelled))
        taught = {f"item-{position:03d}": label for position, label in votes.items()}
        assert taught == {key: label for key, label in self.labels.items() if key not in HELD_OUT}
        assert self.session.view().holdout.labelled == len(self.labels.keys() & HELD_OUT)

    @invariant()
    def control_draws_keep_their_share(self) -> None:
        if not hasattr(self, "session"):
            return
        made = self.session.view().suggestions
        assert (made.active, made.control) == (
            self.suggested.count(Arm.ACTIVE),
            self.suggested.count(Arm.CONTROL),
        )
        assert abs(made.control - 0.3 * (made.active + made.control)) < 1

    @invariant()
    def every_item_is_where_the_model_says(self) -> None:
        if not hasattr(self, "session"):
            return
        items, _ = self.session.list_items()
        assert {item.item_id: item.state for item in items} == {
            item.item_id: self.state_of(item.item_id) for item in items
        }
        assert {item.item_id: item.label for item in items if item.label} == self.labels
        assert {item.item_id: item.lease_id for item in items} == {
            item.item_id: self.holder(item.item_id) for item in items
        }


TestSessionMachine = SessionMachine.TestCase
TestSessionMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
