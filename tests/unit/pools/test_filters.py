"""What is filtered in a session: as the rules say, and never from chance."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.sessions import Bench, TurnableClock, items_of
from vicinal.core.arrays import Vectors
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.filters import least_density
from vicinal.pools.results import LabelInput
from vicinal.pools.session import PoolSession
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import FilterReason, ItemState
from vicinal.records.labels import Arm, EventKind
from vicinal.records.pool_options import VoteModel
from vicinal.storage import MemoryStore

CLUSTERED, NOISE = 72, 4
ITEMS = CLUSTERED + NOISE
IDS = [item.item_id for item in items_of(ITEMS)]
# Of two clusters: the third has no label, and nothing in it is known.
LABELLED = [IDS[row] for row in range(12) if row % 3]
OUTLIERS = set(IDS[CLUSTERED:])
CONFIDENCE_FILTER, OUTLIER_FILTER = 0.7, 6.0


def vectors() -> Vectors:
    """Three clusters, and some items that are like nothing else."""
    random = np.random.default_rng(5)
    rows = np.eye(8)[np.arange(CLUSTERED) % 3] + random.normal(scale=0.1, size=(CLUSTERED, 8))
    noise = np.eye(8)[4 + np.arange(NOISE) % 4] - 0.3
    return np.concatenate([rows, noise]).astype(np.float32)


def label_of(item_id: str) -> str:
    return "abc"[int(item_id[-3:]) % 3]


def opened(bench: Bench) -> PoolSession:
    session = bench.open()
    assert session.items.add(items_of(ITEMS), vectors()).added == ITEMS
    return session


def label(session: PoolSession, *item_ids: str) -> None:
    session.labels.submit([LabelInput(item_id, label_of(item_id)) for item_id in item_ids])


def held(session: PoolSession, *reasons: FilterReason) -> dict[str, FilterReason]:
    items, _ = session.list_items(limit=1000, filtered=reasons or tuple(FilterReason))
    return {item.item_id: item.filtered for item in items if item.filtered}


@pytest.fixture
def bench(make_bench) -> Bench:
    return make_bench(confidence_filter=CONFIDENCE_FILTER, outlier_filter=OUTLIER_FILTER)


def by_the_rules(state: PoolState) -> dict[str, FilterReason]:
    """From the labels alone, learned again, item by item."""
    votes, density = state.scorer.votes.blank(), state.scorer.graphs.latest(state.scorer.pool).density
    for position, text in state.scorer.votes.labelled.items():
        votes.set_vote(position, text)
    expected = {}
    for position, item_id in enumerate(state.items.ids):
        if not state.items.eligible[position] or state.items.never_filter[position]:
            continue
        told = votes.confidence(position, density[position])
        sure = told.probability >= CONFIDENCE_FILTER and told.agreeing >= CONFIDENCE_FILTER * told.evidence
        if sure and told.agreeing >= told.least and len(votes.classes) > 1:
            expected[item_id] = FilterReason.CONFIDENT
        if density[position] < least_density(density, OUTLIER_FILTER):
            expected[item_id] = FilterReason.OUTLIER
    return expected


class FilterMachine(RuleBasedStateMachine):
    @initialize(model=st.sampled_from(VoteModel), control=st.sampled_from([0.0, 0.3]))
    def start(self, model: VoteModel, control: float) -> None:
        clock = TurnableClock()
        store = MemoryStore(clock)
        config = PoolConfig(
            "pool",
            8,
            confidence_filter=CONFIDENCE_FILTER,
            outlier_filter=OUTLIER_FILTER,
            vote_model=model,
            control_share=control,
        )
        store.create_pool(config)
        self.bench = Bench(clock, store, config)
        self.session = opened(self.bench)
        self.restored: set[str] = set()

    @rule(item_id=st.sampled_from(IDS))
    def label(self, item_id: str) -> None:
        if self.session.explain(item_id).item.state is ItemState.UNLABELLED:
            label(self.session, item_id)

    @rule(item_id=st.sampled_from(IDS))
    def remove_label(self, item_id: str) -> None:
        if self.session.explain(item_id).item.state is ItemState.LABELLED:
            self.session.labels.remove([item_id])

    @rule(item_id=st.sampled_from(IDS))
    def restore(self, item_id: str) -> None:
        item = self.session.explain(item_id).item
        if item.state is ItemState.LABELLED:
            return
        aside = item.state in (ItemState.SKIPPED, ItemState.EXCLUDED)
        assert self.session.items.restore([item_id]) == (aside or item.filtered is not None)
        if aside or item.filtered:
            self.restored.add(item_id)
        assert self.session.explain(item_id).item.filtered is None

    @rule(item_id=st.sampled_from(IDS))
    def exclude(self, item_id: str) -> None:
        if self.session.explain(item_id).item.state is ItemState.UNLABELLED:
            self.session.items.exclude([item_id])

    @rule(size=st.integers(1, 5), labelled=st.booleans())
    def lease(self, size: int, labelled: bool) -> None:
        before, open_items = held(self.session), self.open_items()
        batch = self.session.leases.open(size)
        assert len(batch.items) == min(size, len(open_items))
        free = open_items - before.keys()
        for item in batch.items:
            if item.arm is Arm.ACTIVE and free:
                assert item.item_id in free
            free.discard(item.item_id)
        if labelled and batch.lease:
            given = [LabelInput(item.item_id, label_of(item.item_id)) for item in batch.items]
            self.session.labels.submit(given, lease_id=batch.lease.lease_id)

    @rule()
    def restart(self) -> None:
        before = held(self.session), list(self.session.score_pool())
        self.session = self.bench.open()
        assert (held(self.session), list(self.session.score_pool())) == before

    @invariant()
    def items_are_filtered_as_the_rules_say(self) -> None:
        if not hasattr(self, "session"):
            return
        told = held(self.session)
        assert told == self.session.read(by_the_rules)
        assert not told.keys() & self.restored
        counts = self.session.view().filtered
        assert (counts.confident, counts.outliers) == (
            list(told.values()).count(FilterReason.CONFIDENT),
            list(told.values()).count(FilterReason.OUTLIER),
        )
        scored = {item.item_id for item in self.session.score_pool()}
        assert scored == (self.open_items() - told.keys() or scored)

    def open_items(self) -> set[str]:
        return {item.item_id for item in self.session.list_items([ItemState.UNLABELLED], limit=1000)[0]}


TestFilterMachine = pytest.mark.slow(FilterMachine.TestCase)
TestFilterMachine.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def test_noise_is_listed_and_explained(bench):
    session = opened(bench)
    assert held(session) == dict.fromkeys(OUTLIERS, FilterReason.OUTLIER)
    told = session.explain(IDS[-1])
    assert told.filter_decision is not None
    assert told.filter_decision.filtered is FilterReason.OUTLIER
    assert told.filter_decision.density < told.filter_decision.least_density
    assert "below" in told.filter_decision.message
    assert (told.score, told.rank, told.eligible_items) == (None, None, CLUSTERED)
    free = session.explain(IDS[0])
    assert free.filter_decision is not None
    assert free.filter_decision.filtered is None
    assert free.filter_decision.density > free.filter_decision.least_density


def test_known_items_are_listed_and_explained_and_come_back(bench):
    session = opened(bench)
    label(session, *LABELLED)
    confident = held(session, FilterReason.CONFIDENT)
    assert len(confident) > 20
    told = session.explain(next(iter(confident))).filter_decision
    assert told is not None
    assert told.probability >= told.confidence_filter == CONFIDENCE_FILTER
    assert told.evidence >= told.min_evidence > 0
    assert told.agreement >= CONFIDENCE_FILTER
    assert "restore" in told.message.lower()
    session.labels.remove(LABELLED)
    assert not held(session, FilterReason.CONFIDENT)


def test_pages_of_filtered_items(bench):
    session = opened(bench)
    label(session, *LABELLED)
    everything = list(held(session))
    page, cursor = session.list_items(limit=5, filtered=tuple(FilterReason))
    found = [item.item_id for item in page]
    while cursor is not None:
        page, cursor = session.list_items((), cursor, 5, filtered=tuple(FilterReason))
        found += [item.item_id for item in page]
    assert found == everything


def test_restoring_is_a_line_of_the_log_and_lasts(bench):
    session = opened(bench)
    outlier = IDS[-1]
    assert session.items.restore([outlier, IDS[0]]) == 1
    assert [event.kind for event in session.history()] == [EventKind.RESTORED]
    assert session.items.restore([outlier]) == 0
    assert outlier not in held(session)
    reopened = bench.open()
    assert held(reopened).keys() == OUTLIERS - {outlier}
    assert outlier in {item.item_id for item in reopened.score_pool()}
    label(reopened, outlier)
    reopened.labels.remove([outlier])
    assert outlier not in held(reopened)


def test_whoever_asks_gets_an_item_while_there_are_any(bench):
    session = opened(bench)
    label(session, *LABELLED)
    confident = held(session, FilterReason.CONFIDENT)
    batch = session.leases.open(ITEMS)
    asked = [item.item_id for item in batch.items]
    assert len(asked) == ITEMS - len(LABELLED)
    free = len(asked) - len(confident) - len(OUTLIERS)
    assert not set(asked[:free]) & (confident.keys() | OUTLIERS)
    assert set(asked[free:-NOISE]) == confident.keys()
    assert set(asked[-NOISE:]) == OUTLIERS


def test_a_batch_equals_single_suggestions(bench):
    session = opened(bench)
    label(session, *LABELLED[:6])
    batch = [item.item_id for item in session.leases.open(40).items]
    again = bench.open()
    held_lease = again.list_items([ItemState.LEASED], limit=1000)[0][0].lease_id
    again.leases.release([held_lease])
    assert [again.leases.open().items[0].item_id for _ in range(40)] == batch


def test_chance_draws_from_all_open_items(make_bench):
    session = opened(
        make_bench(confidence_filter=CONFIDENCE_FILTER, outlier_filter=OUTLIER_FILTER, control_share=0.9)
    )
    label(session, *LABELLED)
    hidden = held(session)
    drawn = {
        item.item_id: item.arm
        for _ in range(10)
        for item in session.leases.open().items
        if item.item_id in hidden
    }
    assert len(drawn) > 2
    assert set(drawn.values()) == {Arm.CONTROL}
    first = session.read(lambda state: state.suggestions.last(next(iter(drawn))))
    assert first is not None
    assert first.eligible == ITEMS - len(LABELLED) - first.number + 1


def test_the_holdout_is_never_filtered(make_bench):
    session = make_bench(confidence_filter=CONFIDENCE_FILTER, outlier_filter=OUTLIER_FILTER).open()
    items = [replace(item, holdout=item.item_id in OUTLIERS) for item in items_of(ITEMS)]
    session.items.add(items, vectors())
    label(session, *LABELLED)
    assert not held(session).keys() & OUTLIERS
    assert {item.item_id for item in session.leases.open(9, arm=Arm.HOLDOUT).items} == OUTLIERS


@pytest.mark.parametrize("strategy", ["random", "classic", "margin", "k_center"])
def test_the_pools_setting_holds_for_any_strategy(make_bench, strategy):
    session = opened(
        make_bench(strategy=strategy, confidence_filter=CONFIDENCE_FILTER, outlier_filter=OUTLIER_FILTER)
    )
    label(session, *IDS[:48])
    hidden = held(session)
    assert hidden.keys() >= OUTLIERS
    assert FilterReason.CONFIDENT in hidden.values()
    batch = session.leases.open(ITEMS)
    places = [item.item_id in hidden for item in batch.items]
    assert places == sorted(places)


@pytest.mark.parametrize("strategy", ["classic", "random", "margin"])
def test_other_strategies_hold_nothing_back_by_themselves(make_bench, strategy):
    session = opened(make_bench(strategy=strategy))
    label(session, *LABELLED)
    assert not held(session)
    assert session.explain(IDS[-1]).filter_decision is None


def test_zero_turns_it_off(make_bench):
    session = opened(make_bench(confidence_filter=0.0, outlier_filter=0.0))
    label(session, *LABELLED)
    assert not held(session)
    assert len(list(session.score_pool())) == ITEMS - len(LABELLED)
