"""Any order of use cases, against a plain model; a restart in between must change nothing."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.sessions import Bench, TurnableClock, items_of, vectors_of
from vicinal.core.arms import is_in_holdout
from vicinal.core.errors import VicinalError
from vicinal.core.pool_config import PoolConfig
from vicinal.pools.results import BatchRequest, LabelInput, PreparedExample
from vicinal.records.items import ItemState
from vicinal.records.labels import Arm, Batch
from vicinal.records.pool_options import VoteModel
from vicinal.storage import MemoryStore

# Of the items, so many are there from the beginning; others may come.
ITEMS, FIRST_ITEMS = 16, 10
# Items that are brought as holdout, by their place; the pool's share may add others.
NAMED_HOLDOUT = (2, 5, 8, 11)
VECTORS = vectors_of(ITEMS)
QUERIES = vectors_of(3, seed=9)
EXAMPLE_VECTORS = vectors_of(4, seed=5)
rows = st.integers(0, ITEMS - 1)
item_ids = rows.map(lambda row: f"item-{row:03d}")
some_item_ids = st.lists(item_ids, min_size=1, max_size=3)
labels = st.sampled_from(["a", "b", "c"])


class SessionMachine(RuleBasedStateMachine):
    leases = Bundle("leases")

    @initialize(
        vote_model=st.sampled_from([None, *VoteModel]),
        holdout_share=st.sampled_from([0.0, 0.3]),
        control_share=st.sampled_from([0.0, 0.3, 0.9]),
        classes=st.sampled_from([(), ("a", "b")]),
        seed=st.integers(0, 3),
    )
    def start(self, **config) -> None:
        clock = TurnableClock()
        store = MemoryStore(clock)
        self.config = PoolConfig("pool", 8, vote_neighbours=3, **config)
        store.create_pool(self.config)
        self.bench = Bench(clock, store, self.config)
        self.session = self.bench.open()
        self.suggested: list[Arm] = []
        self.contents: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.aside: dict[str, ItemState] = {}
        self.held: dict[str, tuple[str, float]] = {}
        self.examples: dict[str, str] = {}
        self.add(list(range(FIRST_ITEMS)), False)

    def is_holdout(self, item_id: str) -> bool:
        named = int(item_id.removeprefix("item-")) in NAMED_HOLDOUT
        return named or is_in_holdout(self.config.seed, item_id, self.config.holdout_share)

    def fits(self, label: str) -> bool:
        return not self.config.classes or label in self.config.classes

    def holder(self, item_id: str) -> str:
        lease_id, expires_at = self.held.get(item_id, ("", 0.0))
        return lease_id if expires_at > self.bench.clock.now() else ""

    def state_of(self, item_id: str) -> ItemState:
        if item_id in self.labels:
            return ItemState.LABELLED
        if item_id in self.aside:
            return self.aside[item_id]
        return ItemState.LEASED if self.holder(item_id) else ItemState.UNLABELLED

    def attempt(self, action, allowed: bool):
        try:
            outcome = action()
        except VicinalError:
            assert not allowed
            return None
        assert allowed
        return outcome

    @rule(places=st.lists(rows, max_size=4), other_content=st.booleans())
    def add(self, places: list[int], other_content: bool) -> None:
        items = [replace(items_of(1, first=row)[0], holdout=row in NAMED_HOLDOUT) for row in places]
        if other_content:
            items = [replace(item, content_hash="other") for item in items]
        added = self.session.items.add(items, VECTORS[np.array(places, dtype=np.int64)])
        new, existing, failed = 0, 0, []
        for place, item in enumerate(items):
            there = self.contents.get(item.item_id)
            if there is None:
                self.contents[item.item_id] = item.content_hash
                new += 1
            elif there == item.content_hash:
                existing += 1
            else:
                failed.append(place)
        assert (added.added, added.existing, list(added.failures)) == (new, existing, failed)

    @rule(target=leases, size=st.integers(1, 4), seconds=st.integers(1, 30), holdout=st.booleans())
    def lease(self, size: int, seconds: int, holdout: bool) -> str:
        arm = Arm.HOLDOUT if holdout else Arm.ACTIVE
        free = self.free_items(arm)
        return self.note(self.session.leases.open(size, "ann", seconds, arm=arm), min(size, free), arm)

    def free_items(self, arm: Arm) -> int:
        mine = [item_id for item_id in self.contents if self.is_holdout(item_id) == (arm is Arm.HOLDOUT)]
        return sum(self.state_of(item_id) is ItemState.UNLABELLED for item_id in mine)

    def note(self, batch: Batch, count: int, arm: Arm) -> str:
        """Holds a batch against the model, and takes it in."""
        assert len(batch.items) == count
        self.suggested += [item.arm for item in batch.items]
        for item in batch.items:
            assert (item.arm is Arm.HOLDOUT) == self.is_holdout(item.item_id) == (arm is Arm.HOLDOUT)
            assert self.state_of(item.item_id) is ItemState.UNLABELLED
            assert batch.lease is not None
            self.held[item.item_id] = (batch.lease.lease_id, batch.lease.expires_at.timestamp())
        return batch.lease.lease_id if batch.lease else ""

    def may_label(self, item_id: str, label: str, lease_id: str, relabel: bool) -> bool:
        if item_id not in self.contents or not self.fits(label):
            return False
        state = self.state_of(item_id)
        if state is ItemState.LABELLED:
            return relabel or self.labels[item_id] == label
        return state is not ItemState.EXCLUDED and self.holder(item_id) in ("", lease_id)

    @rule(
        target=leases,
        item_ids=some_item_ids,
        label=labels,
        lease_id=st.one_of(st.just(""), leases),
        relabel=st.booleans(),
        next_arm=st.sampled_from([None, Arm.ACTIVE, Arm.HOLDOUT]),
    )
    def label(
        self, item_ids: list[str], label: str, lease_id: str, relabel: bool, next_arm: Arm | None
    ) -> str:
        """All labels are taken or none; then the next batch is chosen, which knows of them."""
        each = [self.may_label(item_id, label, lease_id, relabel) for item_id in item_ids]
        allowed = all(each) and len(set(item_ids)) == len(item_ids)
        given = [LabelInput(item_id, label, relabel) for item_id in item_ids]
        wanted = BatchRequest(2, 10, arm=next_arm) if next_arm else None
        submitted = self.attempt(lambda: self.session.labels.submit(given, "ann", lease_id, wanted), allowed)
        if submitted is None:
            return ""
        for item_id in item_ids:
            self.labels[item_id] = label
            self.aside.pop(item_id, None)
            self.held.pop(item_id, None)
        if next_arm is None:
            assert submitted.next is None
            return ""
        return self.note(submitted.next, min(2, self.free_items(next_arm)), next_arm)

    @rule(row=st.integers(0, 3), label=labels, relabel=st.booleans())
    def add_example(self, row: int, label: str, relabel: bool) -> None:
        example_id = f"example-{row}"
        example = PreparedExample(example_id, f"hash-{row}", label, relabel)
        outcome = self.session.examples.add([example], EXAMPLE_VECTORS[row : row + 1])
        standing = self.examples.get(example_id)
        taken = self.fits(label) and (standing in (None, label) or relabel)
        assert bool(outcome.failures) == (not taken)
        if taken:
            assert (outcome.added, outcome.existing) == (standing is None, standing == label)
            self.examples[example_id] = label

    @rule(row=st.integers(0, 3))
    def remove_example(self, row: int) -> None:
        example_id = f"example-{row}"
        self.attempt(lambda: self.session.examples.remove([example_id]), example_id in self.examples)
        self.examples.pop(example_id, None)

    @rule(item_id=item_ids)
    def remove_label(self, item_id: str) -> None:
        allowed = item_id in self.labels
        self.attempt(lambda: self.session.labels.remove([item_id]), allowed)
        self.labels.pop(item_id, None)

    @rule(item_id=item_ids, exclude=st.booleans())
    def put_aside(self, item_id: str, exclude: bool) -> None:
        state = self.state_of(item_id)
        refused = {ItemState.LABELLED, ItemState.LEASED} | (set() if exclude else {ItemState.EXCLUDED})
        action = self.session.items.exclude if exclude else self.session.labels.skip
        allowed = item_id in self.contents and state not in refused
        self.attempt(lambda: action([item_id], "why"), allowed)
        if allowed:
            self.aside[item_id] = ItemState.EXCLUDED if exclude else ItemState.SKIPPED

    @rule(item_id=item_ids)
    def restore(self, item_id: str) -> None:
        allowed = item_id in self.contents and item_id not in self.labels
        self.attempt(lambda: self.session.items.restore([item_id]), allowed)
        self.aside.pop(item_id, None)

    @rule(lease_id=leases)
    def release(self, lease_id: str) -> None:
        freed = [item_id for item_id in self.held if self.holder(item_id) == lease_id != ""]
        assert self.session.leases.release([lease_id]) == len(freed)
        for item_id in freed:
            del self.held[item_id]

    @rule(lease_id=leases, seconds=st.integers(1, 30))
    def renew(self, lease_id: str, seconds: int) -> None:
        mine = [item_id for item_id in self.held if self.holder(item_id) == lease_id != ""]
        self.attempt(lambda: self.session.leases.renew([lease_id], seconds), bool(mine))
        for item_id in mine:
            self.held[item_id] = (lease_id, self.bench.clock.now() + seconds)

    @rule(seconds=st.integers(1, 20))
    def wait(self, seconds: int) -> None:
        self.bench.clock.pass_seconds(seconds)

    @precondition(lambda self: hasattr(self, "session"))
    @rule()
    def restart(self) -> None:
        before = self.told()
        self.session = self.bench.open()
        assert self.told() == before

    def told(self) -> object:
        examples = [(each.example_id, each.label) for each in self.session.examples.list()[0]]
        scores = list(self.session.score_pool()), list(self.session.score_pool("classic"))
        votes = self.attempt(lambda: self.session.classify(QUERIES, with_neighbours=True), self.can_vote())
        return scores, votes, self.session.list_items(), examples

    def can_vote(self) -> bool:
        return bool(self.examples) or not all(map(self.is_holdout, self.labels))

    @invariant()
    def the_holdout_teaches_nothing(self) -> None:
        if not hasattr(self, "session"):
            return
        taught = self.session.read(
            lambda state: {state.items.ids[row]: label for row, label in state.scorer.votes.labelled.items()}
        )
        assert taught == {key: label for key, label in self.labels.items() if not self.is_holdout(key)}
        holdout = self.session.view().holdout
        assert holdout.items == sum(map(self.is_holdout, self.contents))
        assert holdout.labelled == sum(map(self.is_holdout, self.labels))

    @invariant()
    def control_draws_keep_their_share(self) -> None:
        if not hasattr(self, "session"):
            return
        made = self.session.view().suggestions
        assert (made.active, made.control) == (
            self.suggested.count(Arm.ACTIVE),
            self.suggested.count(Arm.CONTROL),
        )
        assert abs(made.control - self.config.control_share * (made.active + made.control)) < 1

    @invariant()
    def every_item_is_where_the_model_says(self) -> None:
        if not hasattr(self, "session"):
            return
        items, _ = self.session.list_items()
        assert {item.item_id for item in items} == self.contents.keys()
        assert {
            record.example_id: record.label for record in self.session.examples.list()[0]
        } == self.examples
        assert {item.item_id: item.state for item in items} == {
            item.item_id: self.state_of(item.item_id) for item in items
        }
        assert {item.item_id: item.label for item in items if item.label} == self.labels
        assert {item.item_id: item.lease_id for item in items} == {
            item.item_id: self.holder(item.item_id) for item in items
        }


TestSessionMachine = pytest.mark.slow(SessionMachine.TestCase)
if settings.get_current_profile_name() != "long":
    TestSessionMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
