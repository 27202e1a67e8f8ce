"""What an item costs must not grow with the group that it joins: counted in calls and rows, not in time."""

import numpy as np
import pytest

from tests.support.sessions import Bench, vectors_of
from vicinal.core.duplicates import MOST_EXACT
from vicinal.core.records import Sketch
from vicinal.duplicates import TextDuplicateFinder
from vicinal.pools.duplicates.use_cases import page_of_groups
from vicinal.pools.results import FIRST_GROUP, GroupCursor, LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Duplicates
from vicinal.records.pools import Fingerprint, Medium

TEXT = "the quick brown fox jumps over the lazy dog and runs away from it"
MODEL = Fingerprint("words", "1", "none", 8, Medium.TEXT)


class CountedItem(str):
    """An id that counts how often it is compared with another."""

    compared = 0

    def __lt__(self, other: str) -> bool:
        type(self).compared += 1
        return str.__lt__(self, other)

    __hash__ = str.__hash__


@pytest.fixture
def bench(make_bench) -> Bench:
    made = make_bench(duplicates=Duplicates.NEAR, featurizer="words", fingerprint=MODEL, carry_labels=True)
    made.make_finder = lambda config, source: TextDuplicateFinder(source.bodies)
    return made


def grow(session: PoolSession, first: int, count: int) -> int:
    """Adds texts that differ in bytes but not in what they say."""
    texts = {
        CountedItem(f"i{row * 7919 % 10007:05d}"): f"@user{row} {TEXT}" for row in range(first, first + count)
    }
    items = [
        PreparedItem(item_id, f"hash of {text}", sketch=session.duplicates.search.sketch(text))
        for item_id, text in texts.items()
    ]
    return session.items.add(items, vectors_of(count, seed=first)).duplicates


def bodies_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    asked: list[int] = []
    store = bench.store.open_pool("fruits")
    read = store.bodies
    monkeypatch.setattr(store, "bodies", lambda positions: asked.extend(positions) or read(positions))
    return asked


@pytest.mark.slow
def test_an_item_reads_and_compares_as_much_in_a_large_group_as_in_a_small_one(bench, monkeypatch):
    asked = bodies_asked(bench, monkeypatch)
    session = bench.open()
    assert grow(session, 0, 100) == 99
    costs = []
    for first in (100, 1100):
        asked.clear()
        CountedItem.compared = 0
        assert grow(session, first, 50) == 50
        costs.append((len(asked), CountedItem.compared))
        grow(session, first + 50, 950)
    (reads, compares), (late_reads, late_compares) = costs
    assert 0 < late_reads <= reads <= 50 * 3 * MOST_EXACT
    # To sort the group takes thousands; to find a place in it as many as its size has binary digits.
    assert late_compares <= 2 * compares
    assert late_compares <= 50 * 40


@pytest.mark.slow
def test_only_what_is_new_is_written(bench, monkeypatch):
    session = bench.open()
    grow(session, 0, 500)
    store = bench.store.open_pool("fruits")
    written: list[str] = []
    append = store.append_items

    def counted(records, vectors, response=None, *, sketches=(), duplicates=()):
        written.extend(record.item_id for record in duplicates)
        return append(records, vectors, response, sketches=sketches, duplicates=duplicates)

    monkeypatch.setattr(store, "append_items", counted)
    monkeypatch.setattr(store, "commit", lambda change: pytest.fail(f"wrote {change}"))
    assert grow(session, 500, 3) == 3
    assert len(written) == 3


@pytest.mark.slow
@pytest.mark.parametrize(("carry_labels", "expected"), [(False, 1), (True, 60)])
def test_votes_of_duplicates_are_set_only_where_labels_are_carried(
    make_bench, monkeypatch, carry_labels, expected
):
    bench = make_bench(
        duplicates=Duplicates.NEAR, featurizer="words", fingerprint=MODEL, carry_labels=carry_labels
    )
    bench.make_finder = lambda config, source: TextDuplicateFinder(source.bodies)
    session = bench.open()
    grow(session, 0, 60)
    ((group,), _) = session.duplicates.list()
    votes = session.read(lambda state: state.scorer.votes)
    set_vote, changed = votes.set_vote, list[int]()
    monkeypatch.setattr(
        votes, "set_vote", lambda at, *more, **named: changed.append(at) or set_vote(at, *more, **named)
    )
    session.labels.submit([LabelInput(group.representative.item_id, "animal")])
    assert len(changed) == expected


def test_the_very_same_text_is_found_behind_many_others(bench):
    """Where most of the group that are asked disagree, the same bytes still decide, however far behind."""
    session = bench.open()
    grow(session, 0, 4 * MOST_EXACT)
    before = session.duplicates.list()[0][0]
    same = f"@user{3 * MOST_EXACT} {TEXT}"
    item = PreparedItem("same", f"hash of {same}", sketch=session.duplicates.search.sketch(same))
    assert session.items.add([item], vectors_of(1)).duplicates == 1
    record = session.explain("same").item.duplicate_of
    assert (record.representative_id, record.compared_with) == (
        before.representative.item_id,
        before.representative.item_id,
    )
    holds = session.read(
        lambda state: state.duplicates.has_content(before.representative.item_id, item.content_hash)
    )
    assert holds
    session.items.restore(["same", before.duplicates[0].item_id])
    counts = session.view().duplicate_counts
    assert (counts.groups, counts.duplicates, counts.restored) == (1, 4 * MOST_EXACT - 2, 2)


@pytest.mark.slow
@pytest.mark.parametrize("most_items", [2, 3, 5, 9, 100])
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_are_bounded_and_tell_every_group_once(bench, most_items, limit):
    session = bench.open()
    grow(session, 0, 9)
    others = {f"b{row}": "nothing like the others at all, but the same twice" for row in range(3)}
    more = {f"c{row}": "a third thing that nobody said before this day" for row in range(2)}
    texts = others | more
    session.items.add(
        [
            PreparedItem(key, f"hash {text}", sketch=session.duplicates.search.sketch(text))
            for key, text in texts.items()
        ],
        vectors_of(len(texts), seed=5),
    )
    told: dict[str, list[str]] = {}
    after: GroupCursor | None = FIRST_GROUP
    while after is not None:
        page, after = session.read(lambda state, at=after: page_of_groups(state, at, limit, most_items))
        assert page
        assert len(page) <= limit
        assert sum(1 + len(group.duplicates) for group in page) <= most_items
        for group in page:
            assert group.duplicates
            told.setdefault(group.representative.item_id, []).extend(
                each.item_id for each in group.duplicates
            )
    whole, _ = session.duplicates.list()
    assert told == {
        group.representative.item_id: [each.item_id for each in group.duplicates] for group in whole
    }
    assert [group.duplicate_count for group in whole] == [2, 1, 8]
    assert list(told) == sorted(told)


def test_a_page_goes_on_where_its_group_is_gone(bench):
    session = bench.open()
    grow(session, 0, 9)
    page, after = session.read(lambda state: page_of_groups(state, FIRST_GROUP, 10, 4))
    assert after == GroupCursor(page[0].representative.item_id, page[0].duplicates[-1].item_id)
    session.duplicates.split(page[0].representative.item_id)
    assert session.duplicates.list(after) == ([], None)


def test_a_pool_of_identical_vectors_names_a_few_of_them(make_bench):
    from vicinal.duplicates import VectorDuplicateFinder

    bench = make_bench()
    bench.make_finder = lambda config, source: VectorDuplicateFinder(
        source.bodies, source.neighbours, source.nearest, config.metric, near=False
    )
    session = bench.open()
    rows = np.ones((200, 8), dtype=np.float32)
    items = [PreparedItem(f"i{row:03d}", "same") for row in range(200)]
    assert session.items.add(items, rows).duplicates == 199
    matches = session.duplicates.check(Sketch(("same",)))
    assert [match.item_id for match in matches] == [f"i{row:03d}" for row in range(MOST_EXACT)]
    assert {match.representative_id for match in matches} == {"i000"}
