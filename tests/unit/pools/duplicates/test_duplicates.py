"""Items that are duplicates of one another: one is shown, the others are left out until restored."""

import numpy as np
import pytest

from tests.support.reference_finder import ReferenceFinder
from tests.support.sessions import Bench, vectors_of
from vicinal.core.errors import InvalidInput, ItemNotFound, SearchUnderWay, StorageFailed, WrongItemState
from vicinal.pools.results import GroupCursor, ItemsOutcome, LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.duplicates import DuplicateSummary
from vicinal.records.items import ItemState
from vicinal.records.pool_options import Duplicates
from vicinal.records.pools import DuplicateCounts

EXCLUDED, UNLABELLED, LEASED = ItemState.EXCLUDED, ItemState.UNLABELLED, ItemState.LEASED


def add(session: PoolSession, **contents: str) -> ItemsOutcome:
    """Adds items with these contents; each item has a vector of its own."""
    items = [PreparedItem(item_id, content) for item_id, content in contents.items()]
    return session.items.add(items, vectors_of(len(items), seed=len(session.list_items()[0])))


def label(session: PoolSession, item_id: str, name: str, lease_id: str = "") -> None:
    session.labels.submit([LabelInput(item_id, name, relabel=True)], lease_id=lease_id)


def states(session: PoolSession) -> dict[str, ItemState]:
    return {item.item_id: item.state for item in session.list_items()[0]}


def representative_ids(session: PoolSession) -> dict[str, str]:
    groups, _ = session.duplicates.list()
    return {member.item_id: group.representative.item_id for group in groups for member in group.duplicates}


def found(session: PoolSession) -> DuplicateSummary:
    return session.duplicates.find(lambda *_: None)


@pytest.fixture
def bench(make_bench) -> Bench:
    made = make_bench()
    made.make_finder = ReferenceFinder
    return made


@pytest.fixture
def session(bench: Bench) -> PoolSession:
    session = bench.open()
    assert add(session, a="x", b="y", c="x", d="x").duplicates == 2
    return session


def check_restart(bench: Bench, session: PoolSession) -> None:
    again = bench.open()
    assert again.list_items() == session.list_items()
    assert again.duplicates.list() == session.duplicates.list()
    assert list(again.score_pool()) == list(session.score_pool())


def test_duplicates_are_left_out_as_they_come(bench, session):
    assert states(session) == {"a": UNLABELLED, "b": UNLABELLED, "c": EXCLUDED, "d": EXCLUDED}
    assert session.explain("c").item.reason == "duplicate of 'a'"
    assert add(session, e="y", f="z").duplicates == 1
    assert {item.item_id for item in session.leases.open(9).items} == {"a", "b", "f"}
    view = session.view()
    assert (view.counts.excluded, view.duplicate_counts) == (3, DuplicateCounts(2, 3, 0))
    assert representative_ids(session) == {"c": "a", "d": "a", "e": "b"}
    check_restart(bench, session)


def test_an_item_that_comes_again_is_no_duplicate_of_itself(session):
    assert add(session, a="x", b="y") == ItemsOutcome(0, 2)
    assert representative_ids(session) == {"c": "a", "d": "a"}


def test_a_duplicate_of_an_item_that_is_not_taken_is_none(session):
    vectors = vectors_of(3)
    vectors[0] = np.nan
    items = [PreparedItem("bad", "w"), PreparedItem("b", "other"), PreparedItem("good", "w")]
    added = session.items.add(items, vectors)
    assert (added.added, added.duplicates, sorted(added.failures)) == (1, 0, [0, 1])
    assert states(session)["good"] is UNLABELLED


def test_nothing_changes_where_the_store_fails(bench, session, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise StorageFailed("the disk is full; make room")

    with monkeypatch.context() as patched:
        patched.setattr(bench.store.open_pool("fruits"), "append_items", refuse)
        with pytest.raises(StorageFailed):
            add(session, e="x", f="f")
    assert add(session, f="f", g="f").duplicates == 1
    assert representative_ids(session) == {"c": "a", "d": "a", "g": "f"}


def test_what_a_transaction_adds_is_told_of_duplicates(session):
    items = [PreparedItem("e", "x"), PreparedItem("f", "new")]
    with (
        session.duplicates.search.look_up(items) as known,
        session.transactions.begin("r", "digest") as transaction,
    ):
        assert session.items.add(items, vectors_of(2), known) == ItemsOutcome(2, 0, {}, 1)
        transaction.commit(b"added")
    assert representative_ids(session)["e"] == "a"
    # The finder took the items in.
    assert add(session, g="new").duplicates == 1
    assert representative_ids(session)["g"] == "f"


def test_a_pool_may_keep_its_duplicates(make_bench):
    bench = make_bench(duplicates=Duplicates.OFF)
    bench.make_finder = ReferenceFinder
    session = bench.open()
    assert add(session, a="x", b="x").duplicates == 0
    assert states(session) == {"a": UNLABELLED, "b": UNLABELLED}
    for act in (
        lambda: found(session),
        lambda: session.duplicates.check(session.duplicates.search.sketch("x")),
    ):
        with pytest.raises(InvalidInput, match="does not look for duplicates"):
            act()


class TestWhatPeopleSay:
    def test_a_duplicate_is_not_labelled_by_mistake(self, session):
        for act in (lambda: label(session, "c", "ripe"), lambda: session.labels.skip(["c"])):
            with pytest.raises(WrongItemState, match="'c' is a duplicate of 'a'; label that one, or restore"):
                act()

    def test_restored_duplicates_stay_apart(self, bench, session):
        assert session.items.restore(["c"]) == 1
        assert states(session)["c"] is UNLABELLED
        assert session.explain("c").item.duplicate_of.restored
        assert found(session) == DuplicateSummary(1, 1, 0, 0)
        assert session.view().duplicate_counts == DuplicateCounts(1, 1, 1)
        label(session, "c", "ripe")
        session.labels.remove(["c"])
        assert states(session)["c"] is UNLABELLED
        assert add(session, e="x").duplicates == 1
        assert representative_ids(session) == {"d": "a", "e": "a"}
        assert next(event.kind.value for event in session.history()) == "restored"
        check_restart(bench, session)

    def test_split(self, bench, session):
        session.items.exclude(["d"], "blurred")
        assert session.duplicates.split("a", "ana") == 2
        assert states(session) == {"a": UNLABELLED, "b": UNLABELLED, "c": UNLABELLED, "d": EXCLUDED}
        assert session.explain("d").item.reason == "blurred"
        assert found(session) == DuplicateSummary(0, 0, 0, 0)
        with pytest.raises(WrongItemState, match="'a' stands for no other item"):
            session.duplicates.split("a")
        with pytest.raises(ItemNotFound, match="representative_id"):
            session.duplicates.split("nope")
        check_restart(bench, session)

    def test_a_duplicate_is_not_split(self, session):
        with pytest.raises(WrongItemState, match="'c' is a duplicate itself; split the group of 'a'"):
            session.duplicates.split("c")

    def test_duplicates_stay_out_when_the_kept_item_is_excluded(self, bench, session):
        session.items.exclude(["a"], "broken")
        assert add(session, e="x").duplicates == 1
        assert session.view().counts.excluded == 4
        assert {item.item_id for item in session.leases.open(9).items} == {"b"}
        check_restart(bench, session)


class TestLeasesAndLabels:
    @pytest.fixture
    def open_bench(self, make_bench) -> Bench:
        """A pool of four items that came before duplicates were found."""
        bench = make_bench()
        add(bench.open(), a="x", b="x", c="x", d="y")
        bench.make_finder = ReferenceFinder
        return bench

    def test_a_leased_duplicate_is_excluded_when_its_lease_ends(self, open_bench):
        session = open_bench.open()
        batch = session.leases.open(2, "ana", 30)
        held = [item.item_id for item in batch.items if item.item_id != "d"]
        found(session)
        assert all(states(session)[item_id] is LEASED for item_id in held)
        check_restart(open_bench, session)
        open_bench.clock.pass_seconds(31)
        shown = {item_id for item_id, state in states(session).items() if state is UNLABELLED}
        assert shown == {held[0] if len(held) == 1 else min(held), "d"}
        check_restart(open_bench, session)

    def test_a_released_duplicate_too(self, open_bench):
        session = open_bench.open()
        batch = session.leases.open(4, "ana", 30)
        found(session)
        session.leases.release([batch.lease.lease_id])
        assert states(session) == {"a": UNLABELLED, "b": EXCLUDED, "c": EXCLUDED, "d": UNLABELLED}

    def test_a_leased_duplicate_can_be_labelled_and_restored(self, open_bench):
        session = open_bench.open()
        batch = session.leases.open(4, "ana", 30)
        found(session)
        label(session, "b", "ripe", batch.lease.lease_id)
        assert session.items.restore(["c"]) == 1
        assert states(session)["c"] is LEASED
        session.leases.release([batch.lease.lease_id])
        assert states(session)["c"] is UNLABELLED
        session.labels.remove(["b"])
        assert states(session)["b"] is EXCLUDED
        check_restart(open_bench, session)

    def test_labelled_items_are_kept_then_leased_ones(self, open_bench):
        session = open_bench.open()
        label(session, "c", "ripe")
        batch = session.leases.open(3, "ana", 30)
        assert batch.lease is not None
        assert found(session) == DuplicateSummary(1, 2, 2, 0)
        assert representative_ids(session) == {"a": "c", "b": "c"}

    def test_what_became_of_items_meanwhile_counts(self, open_bench):
        session = open_bench.open()

        def meddle(step: str, done: int, of: int) -> None:
            if done == of:
                label(session, "b", "ripe")

        session.duplicates.find(meddle)
        assert representative_ids(session) == {"a": "b", "c": "b"}
        session.duplicates.split("b")
        session.labels.remove(["b"])
        check_restart(open_bench, session)

    def test_items_restored_meanwhile_stay_apart(self, open_bench):
        session = open_bench.open()
        found(session)

        def meddle(step: str, done: int, of: int) -> None:
            if done == of:
                session.items.restore(["c"])

        assert session.duplicates.find(meddle) == DuplicateSummary(1, 1, 0, 0)
        assert representative_ids(session) == {"b": "a"}

    def test_items_added_meanwhile_follow_their_kept_item(self, open_bench):
        session = open_bench.open()

        def meddle(step: str, done: int, of: int) -> None:
            if done == of:
                assert add(session, e="x").duplicates == 1
                assert representative_ids(session) == {"e": "a"}
                label(session, "b", "ripe")

        assert session.duplicates.find(meddle) == DuplicateSummary(1, 3, 2, 0)
        assert representative_ids(session) == {"a": "b", "c": "b", "e": "b"}
        check_restart(open_bench, session)


class TestSearches:
    def test_progress_and_what_it_finds(self, session):
        told: list[tuple[str, int, int]] = []
        assert session.duplicates.find(lambda *step: told.append(step)) == DuplicateSummary(1, 2, 0, 0)
        assert told == [("comparing", done, 4) for done in range(1, 5)]

    def test_a_cancelled_search_changes_nothing(self, session):
        def cancel(step: str, done: int, of: int) -> None:
            raise KeyboardInterrupt

        before = session.list_items()
        with pytest.raises(KeyboardInterrupt):
            session.duplicates.find(cancel)
        assert session.list_items() == before
        assert found(session) == DuplicateSummary(1, 2, 0, 0)

    def test_one_at_a_time(self, session):
        refused: list[Exception] = []

        def again(step: str, done: int, of: int) -> None:
            with pytest.raises(SearchUnderWay, match="under way") as caught:
                found(session)
            refused.append(caught.value)

        session.duplicates.find(again)
        assert len(refused) == 4

    def test_duplicates_that_are_none_go(self, bench, session, monkeypatch):
        monkeypatch.setattr(ReferenceFinder, "groups", lambda *_: [])
        assert found(session) == DuplicateSummary(0, 0, 0, 2)
        assert session.view().counts.unlabelled == 4
        check_restart(bench, session)

    def test_a_finder_that_failed_is_filled_anew(self, session, monkeypatch):
        def fail(self: ReferenceFinder, sketches: object) -> None:
            raise StorageFailed("a body is damaged")

        with session.duplicates.search.look_up([]):
            pass
        grow = ReferenceFinder.grow
        calls = []

        def once(self: ReferenceFinder, sketches: list) -> None:
            calls.append(len(sketches))
            # The items themselves are looked up first, each filed by itself.
            (fail if len(calls) == 3 else grow)(self, sketches)

        monkeypatch.setattr(ReferenceFinder, "grow", once)
        assert add(session, e="new", f="y").added == 2
        assert add(session, g="new").duplicates == 1
        assert representative_ids(session) == {"c": "a", "d": "a", "f": "b", "g": "e"}

    def test_a_content_is_held_against_the_pool(self, session):
        vector = session.read(lambda state: state.scorer.pool[0])
        matches = session.duplicates.check(session.duplicates.search.sketch(vector, "x"))
        assert [(each.item_id, each.representative_id) for each in matches] == [
            ("a", "a"),
            ("c", "a"),
            ("d", "a"),
        ]
        assert session.duplicates.check(session.duplicates.search.sketch(vector, "unknown")) == []
        assert len(session.list_items()[0]) == 4

    def test_pages_of_groups(self, session):
        add(session, e="y", f="z", g="z")
        first, after = session.duplicates.list(limit=2)
        assert ([group.representative.item_id for group in first], after) == (["a", "b"], GroupCursor("b"))
        rest, end = session.duplicates.list(after, 2)
        assert ([group.representative.item_id for group in rest], end) == (["f"], None)
        assert session.duplicates.of("e").representative.item_id == "b"
        session.duplicates.split("b")
        assert session.duplicates.of("e") is None
