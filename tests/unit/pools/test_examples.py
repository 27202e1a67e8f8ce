"""Examples beside the pool: they vote, are never suggested, and leave no trace."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.gated_graphs import GatedNeighbourhoods, build, session_over
from tests.support.sessions import Bench, TurnableClock, items_of, label, numbers, vectors_of
from vicinal.core.errors import (
    ExampleExists,
    ExampleNotFound,
    InvalidInput,
    LimitExceeded,
    NoLabelsYet,
    StorageFailed,
)
from vicinal.core.pool_config import PoolConfig
from vicinal.pools import examples as use_cases
from vicinal.pools.results import ExamplesOutcome, LabelInput, PreparedExample
from vicinal.pools.scoring import graphs
from vicinal.pools.session import PoolSession
from vicinal.storage import MemoryStore

MODELS = ("direct", "diffused", "blended")
VECTORS = vectors_of(8, seed=4)


def new(row: int, label: str, relabel: bool = False) -> PreparedExample:
    return PreparedExample(f"ex-{row}", f"hash-{row}", label, relabel)


def add(session: PoolSession, *examples: PreparedExample) -> ExamplesOutcome:
    rows = [int(example.example_id.removeprefix("ex-")) for example in examples]
    return session.examples.add(examples, VECTORS[rows], "ann")


def numbers_now(session: PoolSession) -> object:
    """All that suggestions and predictions depend on, with no labels of items too."""
    predictions = []
    if session.view().label_counts or session.view().examples:
        predictions = session.classify(vectors_of(5, seed=9), with_neighbours=True)
    return list(session.score_pool()), list(session.score_pool("classic")), predictions


@pytest.fixture(params=MODELS)
def session(request, make_bench) -> PoolSession:
    session = make_bench(vote_model=request.param).open()
    session.items.add(items_of(30), vectors_of(30))
    return session


def test_an_example_alone_is_a_label_to_predict_from(session: PoolSession) -> None:
    with pytest.raises(NoLabelsYet):
        session.classify(VECTORS[:1])
    assert add(session, new(0, "a"), new(1, "b")) == ExamplesOutcome(2, 0, 0)
    told = session.classify(VECTORS[:1], with_neighbours=True)[0]
    assert told.label == "a"
    assert {(each.item_id, each.example_id) for each in told.neighbours} == {("", "ex-0"), ("", "ex-1")}
    assert session.explain("item-003").voters[0].example_id in {"ex-0", "ex-1"}
    assert session.view().examples == 2
    assert session.view().label_counts == {}
    assert len(list(session.score_pool())) == 30
    assert len(session.leases.open(40).items) == 30


def test_examples_fade_density_as_labels_do(session: PoolSession) -> None:
    before = next(session.score_pool("default")).score.density_exponent
    add(session, new(0, "a"), new(1, "b"))
    by_examples = next(session.score_pool("default")).score.density_exponent
    assert by_examples < before
    session.examples.remove(["ex-0", "ex-1"])
    label(session, _000="a", _001="b")
    assert next(session.score_pool("default")).score.density_exponent == by_examples


def test_items_around_an_example_are_less_diverse(make_bench) -> None:
    session = make_bench(confidence_filter=0.0).open()
    session.items.add(items_of(30), vectors_of(30))
    label(session, _000="a", _001="b")
    before = {item.item_id: item.score.diversity for item in session.score_pool()}
    session.examples.add([new(0, "a")], vectors_of(30)[7:8])
    after = {item.item_id: item.score.diversity for item in session.score_pool()}
    assert after["item-007"] < before["item-007"]
    assert all(after[item_id] <= before[item_id] for item_id in before)
    distances = {item.item_id: item.score.diversity for item in session.score_pool("classic")}
    session.examples.remove(["ex-0"])
    assert {item.item_id: item.score.diversity for item in session.score_pool()} == before
    assert {item.item_id: item.score.diversity for item in session.score_pool("classic")} == distances


def test_the_same_again_is_counted_and_other_is_refused_alone(make_bench) -> None:
    session = make_bench(classes=("a", "b")).open()
    session.items.add(items_of(30), vectors_of(30))
    add(session, new(0, "a"), new(1, "a"))
    given = [
        new(0, "a"),
        new(0, "b"),
        PreparedExample("ex-1", "another hash", "a"),
        new(2, "c"),
        new(3, "b"),
        new(3, "b"),
        new(3, "a", relabel=True),
        new(1, "b", relabel=True),
        new(4, "a"),
    ]
    vectors = VECTORS[[0, 0, 1, 2, 3, 3, 3, 1, 4]].copy()
    vectors[8] = 0
    done = session.examples.add(given, vectors)
    assert (done.added, done.relabelled, done.existing) == (1, 1, 2)
    kinds = {row: type(error) for row, error in done.failures.items()}
    assert kinds == {1: ExampleExists, 2: ExampleExists, 3: InvalidInput, 6: ExampleExists, 8: InvalidInput}
    assert "none of this pool's classes: a, b" in done.failures[3].message
    assert "set relabel" in done.failures[1].message
    page, rest = session.examples.list()
    assert [(each.example_id, each.label, each.annotator) for each in page] == [
        ("ex-0", "a", "ann"),
        ("ex-1", "b", ""),
        ("ex-3", "b", ""),
    ]
    assert rest is None


def test_pages_go_by_id_whatever_comes_and_goes(session: PoolSession) -> None:
    add(session, *(new(row, "a") for row in (5, 2, 7, 0)))
    page, after = session.examples.list(limit=2)
    assert ([each.example_id for each in page], after) == (["ex-0", "ex-2"], "ex-2")
    session.examples.remove(["ex-2"])
    add(session, new(1, "a"))
    page, after = session.examples.list(after, limit=2)
    assert ([each.example_id for each in page], after) == (["ex-5", "ex-7"], None)


def test_wrong_removals_are_all_named_and_change_nothing(session: PoolSession) -> None:
    add(session, new(0, "a"), new(1, "b"))
    before = numbers_now(session)
    with pytest.raises(ExampleNotFound, match="and 1 more") as caught:
        session.examples.remove(["ex-0", "nobody", "ex-0"])
    assert [each.field for each in caught.value.violations] == ["example_ids[1]", "example_ids[2]"]
    assert numbers_now(session) == before
    assert session.examples.remove(["ex-1", "ex-0"]) == 2
    assert session.view().examples == 0


def test_a_pool_takes_a_bounded_number(session: PoolSession, monkeypatch) -> None:
    monkeypatch.setattr(use_cases, "MAX_EXAMPLES", 2)
    add(session, new(0, "a"))
    with pytest.raises(LimitExceeded, match="at most 2 examples, this one would have 3"):
        add(session, new(1, "a"), new(2, "a"))
    assert add(session, new(0, "a"), new(1, "b")) == ExamplesOutcome(1, 0, 1)


def test_a_failed_write_changes_nothing(session: PoolSession, monkeypatch) -> None:
    add(session, new(0, "a"))
    before = numbers_now(session)

    def fail(change: object) -> None:
        raise StorageFailed("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(session.store, "commit", fail)
        for attempt in (
            lambda: add(session, new(1, "b")),
            lambda: add(session, new(0, "b", relabel=True)),
            lambda: session.examples.remove(["ex-0"]),
        ):
            with pytest.raises(StorageFailed):
                attempt()
    assert numbers_now(session) == before
    assert session.view().examples == 1


def test_a_response_is_stored_for_a_retry(session: PoolSession) -> None:
    with session.transactions.begin("id-1", "digest") as transaction:
        outcome = session.examples.add([new(0, "a")], VECTORS[:1])
        transaction.commit(str(outcome.added).encode())
    assert session.transactions.stored_response("id-1", "digest") == b"1"
    assert session.view().examples == 1
    with session.transactions.begin("id-2", "digest") as transaction:
        transaction.commit(str(session.examples.remove(["ex-0"])).encode())
    assert session.transactions.stored_response("id-2", "digest") == b"1"
    assert session.view().examples == 0


@pytest.mark.parametrize("vote_model", MODELS)
def test_examples_given_while_the_graph_is_built_are_in_it(make_bench, monkeypatch, vote_model) -> None:
    monkeypatch.setattr(graphs, "QUICK_WORK", 0)
    bench = make_bench(vote_model=vote_model)
    gated = GatedNeighbourhoods(bench)
    session = session_over(bench, gated)
    add(session, new(0, "a"))
    session.items.add(items_of(30), vectors_of(30))
    session.leases.open()
    add(session, new(1, "b"), new(2, "c"))
    session.examples.remove(["ex-1"])
    build(session, gated)
    session.classify(VECTORS)
    add(session, new(3, "b"))
    gated.gate.clear()
    session.items.add(items_of(10, first=30), vectors_of(10, seed=1))
    list(session.score_pool())
    session.classify(VECTORS)
    add(session, new(4, "a"))
    build(session, gated)
    fresh = bench.open()
    list(fresh.score_pool())
    fresh.read(lambda state: state.scorer.graphs).wait()
    assert numbers_now(session) == numbers_now(fresh)


class ExampleMachine(RuleBasedStateMachine):
    """Whatever happens, the numbers are those of a session that was opened just now."""

    @initialize(vote_model=st.sampled_from(MODELS), seed=st.integers(0, 3))
    def start(self, vote_model: str, seed: int) -> None:
        clock = TurnableClock()
        store = MemoryStore(clock)
        config = PoolConfig("pool", 8, vote_model=vote_model, vote_neighbours=3)
        store.create_pool(config)
        self.bench, self.whole = Bench(clock, store, config), vectors_of(24, seed=seed)
        self.session = self.bench.open()
        self.rows, self.items, self.examples = 0, dict[int, str](), dict[str, str]()

    @rule(by=st.integers(1, 6))
    def grow(self, by: int) -> None:
        start, self.rows = self.rows, min(self.rows + by, 24)
        self.session.items.add(items_of(self.rows - start, start), self.whole[start : self.rows])

    @rule(row=st.integers(0, 23), label=st.sampled_from("ab"))
    def label(self, row: int, label: str) -> None:
        if row < self.rows:
            self.session.labels.submit([LabelInput(f"item-{row:03d}", label, relabel=True)])

    @rule(rows=st.sets(st.integers(0, 7), min_size=1), label=st.sampled_from("bc"))
    def add(self, rows: set[int], label: str) -> None:
        done = add(self.session, *(new(row, label, relabel=True) for row in rows))
        assert not done.failures
        self.examples |= {f"ex-{row}": label for row in rows}

    @rule(row=st.integers(0, 7))
    def remove(self, row: int) -> None:
        if self.examples.pop(f"ex-{row}", None):
            self.session.examples.remove([f"ex-{row}"])

    @rule()
    def restart(self) -> None:
        self.session = self.bench.open()

    @invariant()
    def it_is_as_if_opened_just_now(self) -> None:
        if not hasattr(self, "session"):
            return
        kept, _ = self.session.examples.list()
        assert {each.example_id: each.label for each in kept} == self.examples
        assert numbers_now(self.session) == numbers_now(self.bench.open())


TestExampleMachine = pytest.mark.slow(ExampleMachine.TestCase)
TestExampleMachine.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)


def test_numbers_see_examples(make_bench) -> None:
    """The comparison above would notice: what two examples more change."""
    one, other = (make_bench().open() for _ in range(2))
    for session in (one, other):
        session.items.add(items_of(30), vectors_of(30))
        label(session, _000="a", _001="b")
    assert numbers(one) == numbers(other)
    add(other, new(0, "a"), new(1, "b"))
    assert numbers(one) != numbers(other)
    assert not np.allclose(VECTORS[0], VECTORS[1])
