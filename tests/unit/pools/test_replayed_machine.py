"""Two sessions do the same; one of them is replaced by one read from its store, again and again.

Nothing that can be asked may tell them apart. The ids of leases differ, and their order in one is the reverse
of that in the other, so that nothing may depend on them either.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from tests.support.reference_finder import ReferenceFinder
from tests.support.sessions import Bench, TurnableClock, lease_ids_going_down, vectors_of
from vicinal.core.errors import VicinalError
from vicinal.core.pool_config import PoolConfig
from vicinal.core.statistics.stopping import StopSettings
from vicinal.pools.measurement.advice import advise
from vicinal.pools.measurement.curve import learning_curve
from vicinal.pools.results import BatchRequest, LabelInput, PreparedExample, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Arm, Batch
from vicinal.records.pool_options import Duplicates, VoteModel
from vicinal.storage import MemoryStore

MOST, AT_FIRST = 24, 16
VECTORS = vectors_of(MOST, seed=3)
QUERIES = vectors_of(3, seed=9)
ALL_NAMES = ["ana", "bo", "cy"]
NAMES = st.sampled_from(ALL_NAMES)
PLACES = st.integers(0, MOST - 1)
SOME = st.lists(PLACES, min_size=1, max_size=3, unique=True)
LABELS = st.sampled_from(["a", "b", "c"])
ARMS = st.sampled_from([Arm.ACTIVE, Arm.ACTIVE, Arm.HOLDOUT, Arm.REVIEW])
CONFIGS = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(["default", "classic", "random"]),
        "vote_model": st.sampled_from([None, *VoteModel]),
        "overlap": st.sampled_from([1, 2, 2, 3]),
        "gold_share": st.sampled_from([0.0, 0.3]),
        "control_share": st.sampled_from([0.0, 0.3]),
        "holdout_share": st.sampled_from([0.0, 0.3]),
        "duplicates": st.sampled_from([Duplicates.OFF, Duplicates.EXACT]),
        "carry_labels": st.booleans(),
        # Low enough for items to be filtered in so small a pool.
        "confidence_filter": st.sampled_from([None, 0.5]),
        "outlier_filter": st.sampled_from([None, 0.5]),
        "seed": st.integers(0, 2),
    }
)


def item_id(place: int) -> str:
    return f"item-{place:02d}"


def new_item(place: int) -> PreparedItem:
    """Every fourth has the content of the one before, and every seventh is gold."""
    content = place - 1 if place % 4 == 3 else place
    return PreparedItem(item_id(place), f"hash-{content}", gold="ab"[place % 2] if place % 7 == 5 else "")


class Twins(RuleBasedStateMachine):
    """Leases are known by the number of the call that opened them."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.ends = ExitStack()
        self.ends.enter_context(lease_ids_going_down())

    def teardown(self) -> None:
        self.ends.close()

    @initialize(config=CONFIGS)
    def start(self, config: dict[str, object]) -> None:
        self.clock = TurnableClock()
        self.benches: list[Bench] = []
        for _ in range(2):
            store = MemoryStore(self.clock)
            made = PoolConfig("fruits", 8, vote_neighbours=3, **config)  # type: ignore[arg-type]
            store.create_pool(made)
            self.benches.append(Bench(self.clock, store, made, make_finder=ReferenceFinder))
        self.sessions = [bench.open() for bench in self.benches]
        self.opened: list[list[str]] = []
        self.count = 0
        self.add(AT_FIRST)
        # A pool in use: what is filtered in others is not told before somebody asks for items.
        self.lease("ana", 3, 60.0, Arm.ACTIVE)

    def both(self, action) -> object:
        """Does something in both sessions, with the same outcome, refusals among them."""
        outcomes = []
        for number, session in enumerate(self.sessions):
            try:
                outcomes.append(action(session, number))
            except VicinalError as error:
                outcomes.append((type(error), error.message.replace(*self.own_ids(number, error.message))))
        assert self.shown(outcomes[0], 0) == self.shown(outcomes[1], 1)
        return outcomes

    def own_ids(self, number: int, text: str) -> tuple[str, str]:
        """The lease's id that a message names, if it names one."""
        found = [ids[number] for ids in self.opened if ids[number] in text]
        return (found[0], "a lease") if found else ("no lease", "no lease")

    def lease_number(self, lease_id: str, number: int) -> int:
        return next((row for row, ids in enumerate(self.opened) if ids[number] == lease_id), -1)

    def shown(self, outcome: object, number: int) -> object:
        """The same without the ids of leases."""
        if isinstance(outcome, Batch):
            lease = outcome.lease and replace(outcome.lease, lease_id="")
            return replace(outcome, lease=lease)
        if hasattr(outcome, "next") and outcome.next:
            return replace(outcome, next=self.shown(outcome.next, number))
        return outcome

    def note(self, batches: list[Batch | None]) -> int:
        """The number of the leases that two calls opened; -1 if they opened none."""
        first, second = batches
        if first is None or second is None or first.lease is None or second.lease is None:
            return -1
        self.opened.append([first.lease.lease_id, second.lease.lease_id])
        return len(self.opened) - 1

    def lease_id(self, lease: int, number: int) -> str:
        return self.opened[lease][number] if lease >= 0 else "none"

    @rule(count=st.integers(1, 4))
    def add(self, count: int) -> None:
        places = range(self.count, min(self.count + count, MOST))
        if places:
            items = [new_item(place) for place in places]
            self.both(lambda session, _: session.items.add(items, VECTORS[places.start : places.stop]))
            self.count = places.stop

    @rule(target=leases, name=NAMES, size=st.integers(1, 5), seconds=st.sampled_from([20.0, 60.0]), arm=ARMS)
    def lease(self, name: str, size: int, seconds: float, arm: Arm) -> int:
        return self.note(self.both(lambda session, _: session.leases.open(size, name, seconds, arm=arm)))

    @rule(
        target=leases,
        name=NAMES,
        places=SOME,
        label=LABELS,
        lease=st.one_of(st.just(-1), leases),
        next_arm=st.sampled_from([None, Arm.ACTIVE]),
    )
    def label(self, *, name, places, label, lease, next_arm) -> int:
        given = [LabelInput(item_id(place), label, relabel=True) for place in places]
        wanted = BatchRequest(2, 60.0, arm=next_arm) if next_arm else None
        return self.submit(name, [given, given], lease, wanted)

    @rule(target=leases, lease=leases, label=LABELS)
    def label_all_leased(self, lease: int, label: str) -> int:
        return self.answer(lease, label)

    @rule(lease=leases)
    def label_all_by_place(self, lease: int) -> None:
        """So that there are classes to be learned."""
        self.answer(lease, "")

    def answer(self, lease: int, label: str) -> int:
        found = [self.held(session, number, lease) for number, session in enumerate(self.sessions)]
        if found[0] is None or found[1] is None:
            assert found[0] is found[1]
            return -1
        given = [
            [LabelInput(each, label or "ab"[int(each[5:]) % 2], relabel=True) for each in open_lease.item_ids]
            for open_lease in found
        ]
        return self.submit(found[0].annotator, given, lease, BatchRequest(1, 60.0))

    def held(self, session: PoolSession, number: int, lease: int):
        # Ends what has expired first.
        session.view()
        return session.read(lambda state: state.leases.find(self.lease_id(lease, number)))

    def submit(self, name, given, lease, wanted) -> int:
        outcomes = self.both(
            lambda session, number: session.labels.submit(
                given[number], name, self.lease_id(lease, number), wanted
            )
        )
        return self.note([getattr(each, "next", None) for each in outcomes])

    @rule(name=NAMES, places=SOME, lease=st.one_of(st.just(-1), leases))
    def skip(self, name: str, places: list[int], lease: int) -> None:
        named = list(map(item_id, places))
        self.both(lambda session, number: session.labels.skip(named, "", name, self.lease_id(lease, number)))

    @rule(lease=leases)
    def release(self, lease: int) -> None:
        self.both(lambda session, number: session.leases.release([self.lease_id(lease, number)]))

    @rule(lease=leases, seconds=st.sampled_from([5.0, 90.0]))
    def renew(self, lease: int, seconds: float) -> None:
        self.both(
            lambda session, number: [
                (each.annotator, each.item_ids, each.expires_at)
                for each in session.leases.renew([self.lease_id(lease, number)], seconds)
            ]
        )

    @rule(name=st.one_of(st.just(""), NAMES), place=PLACES)
    def take_back(self, name: str, place: int) -> None:
        self.both(lambda session, _: session.labels.remove([item_id(place)], name))

    @rule(name=NAMES, place=PLACES, label=LABELS)
    def resolve(self, name: str, place: int, label: str) -> None:
        given = [LabelInput(item_id(place), label)]
        self.both(lambda session, _: session.annotators.resolve(given, name))

    @rule(name=NAMES, place=PLACES, restore=st.booleans())
    def exclude_or_restore(self, name: str, place: int, restore: bool) -> None:
        def change(session: PoolSession, _: int) -> int:
            if restore:
                return session.items.restore([item_id(place)], name)
            return session.items.exclude([item_id(place)], "", name)

        self.both(change)

    @rule(split=st.booleans(), place=PLACES)
    def find_or_split_duplicates(self, split: bool, place: int) -> None:
        def change(session: PoolSession, _: int) -> object:
            return (
                session.duplicates.split(item_id(place))
                if split
                else session.duplicates.find(lambda *_: None)
            )

        self.both(change)

    @rule(row=st.integers(0, 2), label=LABELS, remove=st.booleans())
    def change_example(self, row: int, label: str, remove: bool) -> None:
        example = PreparedExample(f"example-{row}", f"hash of {row}", label, relabel=True)

        def change(session: PoolSession, _: int) -> object:
            if remove:
                return session.examples.remove([example.example_id])
            return session.examples.add([example], QUERIES[row : row + 1]).added

        self.both(change)

    @rule(seconds=st.sampled_from([1.0, 21.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.clock.pass_seconds(seconds)

    @rule()
    def restart_unnoticed(self) -> None:
        """Whatever comes next is the first that the new session is asked."""
        self.sessions[1] = self.benches[1].open()

    @rule(first=st.integers(0, 11))
    def restart(self, first: int) -> None:
        self.sessions[1] = self.benches[1].open()
        told = [self.told(session, number, first) for number, session in enumerate(self.sessions)]
        for one, other in zip(*told, strict=True):
            assert one == other

    @rule()
    def restart_and_let_all_ask(self) -> None:
        """One by one and in batches; what they get goes back."""
        self.sessions[1] = self.benches[1].open()
        for size in (1, 1, 4):
            for name in ALL_NAMES:
                for arm in (Arm.ACTIVE, Arm.HOLDOUT, Arm.REVIEW):
                    self.lease(name, size, 300.0, arm)
        for lease in range(len(self.opened)):
            self.release(lease)

    def told(self, session: PoolSession, number: int, first: int) -> list[object]:
        """All that can be asked, beginning with any of it: each may be what the graph is needed for first."""

        def without_ids(page):
            return [replace(view, lease_id=str(self.lease_number(view.lease_id, number))) for view in page[0]]

        def votes() -> object:
            if not session.read(lambda state: state.scorer.votes.label_count):
                return None
            return session.classify(QUERIES, with_neighbours=True)

        asked: list[Callable[[], object]] = [
            session.view,
            lambda: without_ids(session.list_items()),
            lambda: without_ids(session.annotators.disputed()),
            session.annotators.list,
            lambda: [(each.example_id, each.label) for each in session.examples.list()[0]],
            lambda: session.export_labels(with_duplicates=True),
            lambda: list(session.history()),
            votes,
            lambda: list(session.score_pool()),
            lambda: list(session.score_pool("classic")),
            lambda: session.read(learning_curve),
            lambda: session.read(lambda state: advise(state, StopSettings())),
        ]
        return [ask() for ask in asked[first:] + asked[:first]]


TestDuplicates = pytest.mark.slow(Twins.TestCase)
if settings.get_current_profile_name() != "long":
    TestDuplicates.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
