import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.evaluation.trials import folds_by_group, split_by_group

ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=60)


def columns(rows):
    """Group and class of each row; a group's number decides its class."""
    return [f"g{group}" for group, _ in rows], [f"c{group % 3}" for group, _ in rows]


@given(ROWS, st.floats(0.01, 0.99), st.integers(0, 2**32))
def test_no_group_straddles_and_no_row_is_lost(rows, share, seed):
    groups, classes = columns(rows)
    split = split_by_group(groups, classes, share, seed)
    assert sorted([*split.train, *split.test]) == list(range(len(rows)))
    assert {groups[row] for row in split.train}.isdisjoint({groups[row] for row in split.test})


@given(ROWS, st.floats(0.01, 0.99), st.integers(0, 2**32))
def test_each_class_with_two_groups_is_on_both_sides(rows, share, seed):
    groups, classes = columns(rows)
    split = split_by_group(groups, classes, share, seed)
    for name in set(classes):
        members = {group for group, label in zip(groups, classes, strict=True) if label == name}
        tested = {groups[row] for row in split.test if classes[row] == name}
        assert len(tested) == min(max(round(share * len(members)), 1), len(members) - 1)


def test_the_seed_decides():
    groups = [f"g{number // 2}" for number in range(200)]
    classes = ["even" if number // 2 % 2 else "odd" for number in range(200)]
    first, again, other = (split_by_group(groups, classes, 0.1, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.test, again.test)
    assert first.test.tolist() != other.test.tolist()
    assert len(first.test) == 20


def test_the_order_of_rows_does_not_matter():
    groups, classes = [f"g{number}" for number in range(40)], ["a", "b"] * 20
    forward = split_by_group(groups, classes, 0.25, 3)
    backward = split_by_group(groups[::-1], classes[::-1], 0.25, 3)
    assert {groups[row] for row in forward.test} == {groups[::-1][row] for row in backward.test}


@pytest.mark.parametrize("share", [0, 1, -0.5, float("nan")])
def test_a_share_that_leaves_nothing_is_refused(share):
    with pytest.raises(ValueError, match="test_share"):
        split_by_group(["g"], ["c"], share, 0)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 groups for 1 classes"):
        split_by_group(["g", "h"], ["c"], 0.5, 0)


@given(ROWS, st.integers(2, 5), st.integers(0, 2**32))
def test_folds_test_each_group_once_and_share_none(rows, folds, seed):
    groups, classes = columns(rows)
    members = {
        name: {g for g, label in zip(groups, classes, strict=True) if label == name} for name in classes
    }
    testable = {group for name in members if len(members[name]) > 1 for group in members[name]}
    if len(testable) < folds:
        with pytest.raises(InvalidInput, match=f"there are {len(testable)}"):
            folds_by_group(groups, classes, folds, seed)
        return
    splits = folds_by_group(groups, classes, folds, seed)
    assert len(splits) == folds
    tested = [{groups[row] for row in split.test} for split in splits]
    assert set().union(*tested) == testable
    assert sum(map(len, tested)) == len(testable)
    for split, held in zip(splits, tested, strict=True):
        assert held
        assert sorted([*split.train, *split.test]) == list(range(len(rows)))
        assert held.isdisjoint({groups[row] for row in split.train})
        for name, its_groups in members.items():
            assert len(held & its_groups) <= -(-len(its_groups) // folds), name


def test_folds_hang_on_the_seed():
    groups, classes = [f"g{row}" for row in range(40)], ["a", "b"] * 20
    first, again, other = (folds_by_group(groups, classes, 4, seed) for seed in (1, 1, 2))
    assert [split.test.tolist() for split in first] == [split.test.tolist() for split in again]
    assert first[0].test.tolist() != other[0].test.tolist()
    assert [len(split.test) for split in first] == [10] * 4


@pytest.mark.parametrize(("groups", "folds"), [(["g"], 2), (["g", "h"], 1)])
def test_folds_that_are_no_folds_are_refused(groups, folds):
    with pytest.raises(ValueError, match=r"folds|groups for"):
        folds_by_group(groups, ["c", "c"], folds, 0)
