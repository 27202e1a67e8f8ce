"""Duplicates in any order of use cases, against a plain model; a restart in between must change nothing."""

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.reference_finder import ReferenceFinder
from tests.support.sessions import Bench, TurnableClock, numbers, vectors_of
from vicinal.core.errors import VicinalError
from vicinal.core.pool_config import PoolConfig
from vicinal.pools.results import LabelInput, PreparedItem
from vicinal.records.duplicates import DuplicateSummary
from vicinal.records.items import ItemState
from vicinal.storage import MemoryStore

MOST = 14
VECTORS = vectors_of(MOST, seed=3)
places = st.integers(0, MOST - 1)
labels = st.sampled_from(["a", "b"])


class DuplicatesMachine(RuleBasedStateMachine):
    """The model: contents in order, representative of duplicates, restored items, and labels."""

    @initialize(model=st.sampled_from(["direct", "diffused", "blended"]))
    def start(self, model: str) -> None:
        clock = TurnableClock()
        store = MemoryStore(clock)
        config = PoolConfig("pool", 8, vote_model=model, carry_labels=True)
        store.create_pool(config)
        self.bench = Bench(clock, store, config, make_finder=ReferenceFinder)
        self.session = self.bench.open()
        self.contents: dict[str, str] = {}
        self.holdout: set[str] = set()
        self.representative: dict[str, str] = {}
        self.restored: set[str] = set()
        self.labels: dict[str, str] = {}
        self.aside: dict[str, ItemState] = {}
        self.held: dict[str, float] = {}

    def is_leased(self, item_id: str) -> bool:
        return self.held.get(item_id, 0.0) > self.bench.clock.now()

    def state_of(self, item_id: str) -> ItemState:
        if item_id in self.labels:
            return ItemState.LABELLED
        if item_id in self.aside:
            return self.aside[item_id]
        if self.is_leased(item_id):
            return ItemState.LEASED
        return ItemState.EXCLUDED if item_id in self.representative else ItemState.UNLABELLED

    def attempt(self, action, allowed: bool) -> bool:
        try:
            action()
        except VicinalError:
            assert not allowed
        else:
            assert allowed
        return allowed

    def named(self, place: int) -> str:
        return f"item-{place % max(1, len(self.contents)):02d}"

    @precondition(lambda self: len(self.contents) < MOST)
    @rule(contents=st.lists(st.sampled_from("xyz"), min_size=1, max_size=4), held=st.booleans())
    def add(self, contents: list[str], held: bool) -> None:
        first = len(self.contents)
        new = [f"item-{first + row:02d}" for row in range(len(contents[: MOST - first]))]
        items = [PreparedItem(*pair, holdout=held) for pair in zip(new, contents, strict=False)]
        added = self.session.items.add(items, VECTORS[first : first + len(items)])
        duplicates = 0
        for item in items:
            like = next((key for key, value in self.contents.items() if value == item.content_hash), None)
            self.contents[item.item_id] = item.content_hash
            if held:
                self.holdout.add(item.item_id)
            if like is not None:
                self.representative[item.item_id] = self.representative.get(like, like)
                duplicates += 1
        assert added.duplicates == duplicates

    @rule()
    def find(self) -> None:
        before = set(self.representative)
        # Duplicates of restored items, which no search looks at, stay duplicates.
        self.representative = {
            key: representative
            for key, representative in self.representative.items()
            if representative in self.restored
        }
        for content in "xyz":
            group = [
                key for key, value in self.contents.items() if value == content and key not in self.restored
            ]
            if len(group) > 1:
                # Equal ones stay in order: labelled, leased, others.
                first = min(group, key=self.place_in_group)
                self.representative.pop(first, None)
                self.representative.update((key, first) for key in group if key != first)
        after = set(self.representative)
        told = self.session.duplicates.find(lambda *_: None)
        groups = len(set(self.representative.values()))
        assert told == DuplicateSummary(groups, len(after), len(after - before), len(before - after))

    def place_in_group(self, item_id: str) -> int:
        if item_id in self.labels:
            return 0
        return 1 if self.is_leased(item_id) and item_id not in self.aside else 2

    @rule(place=places)
    def split(self, place: int) -> None:
        representative_id = self.named(place)
        group = [key for key, value in self.representative.items() if value == representative_id]
        if self.attempt(lambda: self.session.duplicates.split(representative_id), bool(group)):
            self.restored.update(group)
            for key in group:
                del self.representative[key]

    @rule(place=places)
    def restore(self, place: int) -> None:
        item_id = self.named(place)
        allowed = item_id in self.contents and item_id not in self.labels
        if self.attempt(lambda: self.session.items.restore([item_id]), allowed):
            self.aside.pop(item_id, None)
            if self.representative.pop(item_id, None):
                self.restored.add(item_id)

    @rule(place=places, name=labels)
    def label(self, place: int, name: str) -> None:
        item_id = self.named(place)
        allowed = item_id in self.contents and not self.is_leased(item_id)
        allowed = allowed and self.state_of(item_id) is not ItemState.EXCLUDED
        given = [LabelInput(item_id, name, relabel=True)]
        if self.attempt(lambda: self.session.labels.submit(given), allowed):
            self.labels[item_id] = name
            self.aside.pop(item_id, None)

    @rule(place=places)
    def remove_label(self, place: int) -> None:
        item_id = self.named(place)
        self.attempt(lambda: self.session.labels.remove([item_id]), item_id in self.labels)
        self.labels.pop(item_id, None)

    @rule(place=places, exclude=st.booleans())
    def put_aside(self, place: int, exclude: bool) -> None:
        item_id = self.named(place)
        refused = {ItemState.LABELLED, ItemState.LEASED} | (set() if exclude else {ItemState.EXCLUDED})
        allowed = item_id in self.contents and self.state_of(item_id) not in refused
        action = self.session.items.exclude if exclude else self.session.labels.skip
        if self.attempt(lambda: action([item_id]), allowed):
            self.aside[item_id] = ItemState.EXCLUDED if exclude else ItemState.SKIPPED

    @rule(size=st.integers(1, 3), seconds=st.integers(1, 30))
    def lease(self, size: int, seconds: int) -> None:
        free = [key for key in self.contents if self.state_of(key) is ItemState.UNLABELLED]
        batch = self.session.leases.open(size, "ann", seconds)
        assert len(batch.items) == min(size, len(set(free) - self.holdout))
        for item in batch.items:
            assert item.item_id in free
            self.held[item.item_id] = self.bench.clock.now() + seconds

    @rule(seconds=st.integers(1, 20))
    def wait(self, seconds: int) -> None:
        self.bench.clock.pass_seconds(seconds)

    @precondition(lambda self: hasattr(self, "session") and self.contents)
    @rule()
    def restart(self) -> None:
        before = self.everything()
        self.session = self.bench.open()
        assert self.everything() == before

    def everything(self) -> object:
        told = self.session.list_items(), self.session.duplicates.list(), list(self.session.score_pool())
        learned = self.labels.keys() - self.holdout
        return told, numbers(self.session) if learned else None

    @invariant()
    def every_item_is_where_the_model_says(self) -> None:
        if not hasattr(self, "session"):
            return
        items, _ = self.session.list_items()
        assert {item.item_id: item.state for item in items} == {
            item_id: self.state_of(item_id) for item_id in self.contents
        }
        shown = {
            item.item_id: item.duplicate_of.representative_id
            for item in items
            if item.duplicate_of and not item.duplicate_of.restored
        }
        assert shown == self.representative
        assert not set(self.representative) & set(self.representative.values())
        assert {
            item.item_id for item in items if item.duplicate_of and item.duplicate_of.restored
        } == self.restored

    @invariant()
    def labels_are_carried(self) -> None:
        if not hasattr(self, "session"):
            return
        expected = {key: name for key, name in self.labels.items() if key not in self.holdout}
        for item_id, representative_id in self.representative.items():
            if (
                item_id not in self.labels
                and item_id not in self.holdout
                and representative_id not in self.holdout
            ):
                expected.update(
                    {item_id: self.labels[representative_id]} if representative_id in self.labels else {}
                )
        votes = self.session.read(lambda state: dict(state.scorer.votes.voting))
        assert {f"item-{position:02d}": name for position, name in votes.items()} == expected
        view = self.session.view()
        assert view.counts.labelled == len(self.labels)


TestDuplicatesMachine = pytest.mark.slow(DuplicatesMachine.TestCase)
TestDuplicatesMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
