import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.duplicates.exact import ExactDuplicates


def taken(*digests):
    exact = ExactDuplicates()
    for each in digests:
        exact.add(each)
    return exact


@pytest.fixture
def exact():
    return taken(("b1", "p1"), ("b2", "p1"), ("b3", "p3"), (), ("b1", "p1"), ("b3",))


def test_holders_of_the_first_digest_come_first(exact):
    assert list(exact.holders(("b1", "p1"), 9).items()) == [(0, 0), (4, 0), (1, 1)]
    assert exact.holders(("b9", "p3"), 9) == {2: 1}
    assert exact.holders(("p1",), 9) == {}, "digests of another kind are not the same"
    assert exact.holders((), 9) == {}


def test_levels(exact):
    assert [exact.level(0, other) for other in range(6)] == [0, 1, None, None, 0, None]
    assert exact.level(2, 5) == 0
    assert exact.level(3, 3) is None
    assert [exact.knows(item) for item in range(6)] == [True, True, True, False, True, True]


def test_duplicates_among_some(exact):
    assert exact.exact_duplicates(range(6)) == {0: [0, 1, 4], 2: [2, 5], 3: [3]}
    assert exact.exact_duplicates([1, 3, 4, 5]) == {1: [1, 4], 3: [3], 5: [5]}


def test_only_so_many_are_named(exact):
    assert list(exact.holders(("b1", "p1"), 2).items()) == [(0, 0), (4, 0)]
    assert list(exact.holders(("b2", "p1"), 2).items()) == [(1, 0), (0, 1)]
    assert exact.list_exact_duplicates(0, 2) == [0, 1]
    assert exact.list_exact_duplicates(3, 2) == [3]


def test_which_of_the_next_are_like_none(exact):
    next_ones = [("b9", "p9"), ("b8", "p9"), (), ("b7", "p1"), ("b6", "p6")]
    assert exact.are_new(next_ones) == [True, False, True, False, True]


files = st.tuples(st.integers(0, 6), st.integers(0, 2)).map(lambda made: (f"b{made}", f"p{made[1]}"))


@given(st.lists(st.one_of(files, st.just(())), max_size=25))
def test_as_by_comparing_all(digests):
    exact = taken(*digests)
    assert len(exact) == len(digests)
    for position, each in enumerate(digests):
        like = {other for other, theirs in enumerate(digests) if set(each) & set(theirs)}
        assert set(exact.holders(each, 99)) == like
        assert {other for other in range(len(digests)) if exact.level(position, other) is not None} == like
        exact_duplicates = exact.exact_duplicates(range(len(digests)))
        assert next(set(members) for members in exact_duplicates.values() if position in members) == like | {
            position
        }
        assert list(exact.holders(each, 3)) == list(exact.holders(each, 99))[:3]
        assert {other for other in range(len(digests)) if exact.level_of(each, other) is not None} == like
        assert exact.find_first_match(each) == min(like, default=None)
        assert exact.first_of(position) == min(like, default=position)
        assert exact.list_exact_duplicates(exact.first_of(position), 99) == sorted(like | {position})
    assert exact.are_new(digests) == [not each for each in digests]
    alone = [
        not set(each) & {d for other in digests[:place] for d in other} for place, each in enumerate(digests)
    ]
    assert taken().are_new(digests) == alone
