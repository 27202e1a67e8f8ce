"""Annotators come, label, change their minds and go, in any order: the pool agrees with a plain model."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tests.unit.sampling.conftest import Bench, TurnableClock, items_of, vectors_of
from vicinal.core.ports import PoolConfig
from vicinal.sampling.results import ItemState, LabelInput, NewItem
from vicinal.storage import MemoryStore

ITEMS, OVERLAP = 6, 2
NAMES = st.sampled_from(["ana", "bo", "cy"])
LABELS = st.sampled_from("ab")
ROWS = st.integers(0, ITEMS - 1)
LEASE_SECONDS = 60.0


class Annotating(RuleBasedStateMachine):
    leases = Bundle("leases")

    def __init__(self):
        super().__init__()
        clock = TurnableClock()
        store = MemoryStore(clock)
        config = PoolConfig("fruits", 8, overlap=OVERLAP, gold_share=0.3)
        store.create_pool(config)
        self.bench = Bench(clock, store, config)
        self.session = self.bench.open()
        gold = [NewItem(f"gold-{row}", f"gold-hash-{row}", gold="a") for row in range(2)]
        self.session.add_items([*items_of(ITEMS), *gold], vectors_of(ITEMS + 2))
        self.opinions: dict[str, dict[str, str]] = {}
        self.held: dict[str, tuple[str, float, set[str]]] = {}
        self.seen: dict[str, set[str]] = {name: set() for name in ("ana", "bo", "cy")}

    @rule(target=leases, name=NAMES, size=st.integers(1, 4))
    def lease(self, name, size):
        self.expire()
        batch = self.session.lease_batch(size, name, LEASE_SECONDS)
        got = {item.item_id for item in batch.items}
        assert len(got) == len(batch.items)
        mine = {item_id for holder, _, items in self.held.values() if holder == name for item_id in items}
        assert not got & (
            mine | self.seen[name] | {each for each, said in self.opinions.items() if name in said}
        )
        for item_id in got - {"gold-0", "gold-1"}:
            holders = {holder for holder, _, items in self.held.values() if item_id in items}
            assert len(holders | self.opinions.get(item_id, {}).keys()) < OVERLAP
        if batch.lease is None:
            return ("", name)
        self.held[batch.lease.lease_id] = (name, self.bench.clock.now() + LEASE_SECONDS, got)
        return (batch.lease.lease_id, name)

    @rule(lease=leases, label=LABELS)
    def label_all_leased(self, lease, label):
        self.expire()
        lease_id, name = lease
        if lease_id in self.held:
            items = self.held[lease_id][2]
            self.session.submit_labels([LabelInput(each, label) for each in sorted(items)], name, lease_id)
            for item_id in items:
                self.opinions.setdefault(item_id, {})[name] = label
            self.drop_from_hands(name, set(items))

    @rule(name=NAMES, row=ROWS, label=LABELS)
    def label_unasked(self, name, row, label):
        self.expire()
        item_id = f"item-{row:03d}"
        self.session.submit_labels([LabelInput(item_id, label, relabel=True)], name)
        before = self.opinions.setdefault(item_id, {}).get(name)
        self.opinions[item_id][name] = label
        if before != label:
            self.drop_from_hands(name, {item_id})

    @rule(name=NAMES, row=ROWS)
    def take_back(self, name, row):
        self.expire()
        item_id = f"item-{row:03d}"
        if name in self.opinions.get(item_id, {}):
            self.session.remove_labels([item_id], name)
            del self.opinions[item_id][name]
            self.drop_from_hands(name, {item_id})

    @rule(lease=leases)
    def release(self, lease):
        self.expire()
        self.session.release_leases([lease[0] or "none"])
        self.held.pop(lease[0], None)

    @rule(seconds=st.sampled_from([1.0, 61.0]))
    def wait(self, seconds):
        self.bench.clock.pass_seconds(seconds)

    @rule()
    def restart(self):
        self.session = self.bench.open()

    @invariant()
    def labels_are_the_majority(self):
        for view in self.session.list_items()[0]:
            said = list(self.opinions.get(view.item_id, {}).values())
            counts = Counter(said)
            likeliest = next((label for label in said if counts[label] == max(counts.values())), "")
            if view.item_id.startswith("gold"):
                likeliest = "a" if said else ""
            assert view.label == likeliest
            assert {each.annotator: each.label for each in view.opinions} == self.opinions.get(
                view.item_id, {}
            )
            if not said:
                held = any(
                    view.item_id in items and until > self.bench.clock.now()
                    for _, until, items in self.held.values()
                )
                assert view.state is (ItemState.LEASED if held else ItemState.UNLABELLED)

    def expire(self):
        now = self.bench.clock.now()
        self.held = {key: held for key, held in self.held.items() if held[1] > now}

    def drop_from_hands(self, name, items):
        for holder, _, held in self.held.values():
            if holder == name:
                held.difference_update(items)
        self.held = {key: held for key, held in self.held.items() if held[2]}


TestAnnotating = Annotating.TestCase
TestAnnotating.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
