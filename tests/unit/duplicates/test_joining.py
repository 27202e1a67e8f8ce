from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.duplicates.grouping import GroupBuilder


def joined(items, pairs, is_duplicate):
    joining = GroupBuilder(items, is_duplicate)
    joining.consider(pairs)
    return joining


def among(families):
    """Verdicts that are always right."""
    return lambda pair: families[pair[0]] == families[pair[1]]


FAMILIES = st.lists(st.integers(0, 5), min_size=1, max_size=24)


@given(FAMILIES, st.randoms())
def test_right_verdicts_give_the_families_whatever_the_order(families, random):
    pairs = list(combinations(range(len(families)), 2))
    random.shuffle(pairs)
    true = {}
    for item, family in enumerate(families):
        true.setdefault(family, []).append(item)
    expected = sorted(members for members in true.values() if len(members) > 1)
    assert joined(len(families), pairs, among(families)).groups() == expected


@given(FAMILIES, st.data())
def test_one_wrong_verdict_between_two_groups_joins_nothing(families, data):
    pairs = list(combinations(range(len(families)), 2))
    wrong = {data.draw(st.sampled_from(pairs))} if pairs else set()
    right = among(families)
    order = data.draw(st.permutations(pairs))
    within = [pair for pair in order if right(pair)]
    across = [pair for pair in order if not right(pair)]
    joining = joined(len(families), within + across, lambda pair: right(pair) or pair in wrong)
    sizes = {family: families.count(family) for family in families}
    for members in joining.groups():
        kinds = {families[item] for item in members}
        assert len(kinds) == 1 or all(sizes[family] == 1 for family in kinds)


VERDICTS = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]), st.booleans()
)


@given(VERDICTS, st.randoms())
def test_whatever_the_verdicts_groups_are_apart_and_hold_together(verdicts, random):
    order = list(verdicts)
    random.shuffle(order)
    asked = []

    def is_duplicate(pair):
        asked.append(pair)
        assert pair[0] < pair[1]
        return verdicts.get(pair, False)

    joining = joined(12, order, is_duplicate)
    groups = joining.groups()
    assert len(asked) == len(set(asked))
    members = [item for group in groups for item in group]
    assert len(members) == len(set(members))
    for group in groups:
        reached, waiting = set(), [group[0]]
        while waiting:
            item = waiting.pop()
            reached.add(item)
            partners = joining.partners(item)
            assert all(verdicts[min(item, each), max(item, each)] for each in partners)
            waiting += [each for each in partners if each not in reached]
        assert reached == set(group)


def test_a_chain_of_accidents_does_not_run_on():
    """0-1-2-3-...: each like the next, none like the one after it."""
    chain = [(item, item + 1) for item in range(19)]
    groups = joined(20, chain, lambda pair: pair[1] - pair[0] == 1).groups()
    assert max(map(len, groups)) == 2


def test_a_member_may_be_unlike_a_third_of_its_group():
    verdicts = {(0, 1), (1, 2), (0, 3), (1, 3), (0, 2)}
    assert joined(4, sorted(verdicts), verdicts.__contains__).groups() == [[0, 1, 2, 3]]


def test_a_member_that_is_unlike_most_stays_out():
    verdicts = {(0, 1), (1, 2), (0, 2), (0, 3)}
    assert joined(4, sorted(verdicts), verdicts.__contains__).groups() == [[0, 1, 2]]


def test_a_large_family_is_joined_without_asking_about_all_its_pairs():
    asked = []
    pairs = list(combinations(range(60), 2))
    groups = joined(60, pairs, lambda pair: asked.append(pair) or True).groups()
    assert groups == [list(range(60))]
    assert len(asked) <= 6 * 60


def test_nothing_to_join():
    assert joined(3, [], lambda pair: True).groups() == []
    assert joined(0, [], lambda pair: True).groups() == []


class Counted(GroupBuilder):
    """Counts how often a member's place among the others is asked for."""

    ranked = 0

    def _rank_of(self, item):
        type(self).ranked += 1
        return super()._rank_of(item)


@pytest.mark.slow
def test_what_a_pair_costs_does_not_grow_with_the_group():
    costs = []
    for items in (500, 2000):
        Counted.ranked = 0
        joining = Counted(items, lambda pair: True)
        joining.consider((at, at + 1) for at in range(items - 1))
        assert joining.groups() == [list(range(items))]
        costs.append(Counted.ranked / items)
    assert costs[1] < 1.5 * costs[0]


class Sorting(GroupBuilder):
    """Finds the central members by looking at all."""

    def _central(self, group):
        ranked = sorted(self._members[group], key=lambda item: (-len(self._partners[item]), item))
        return ranked[:6]


@given(VERDICTS, st.randoms())
def test_central_members_are_those_with_the_most_partners(verdicts, random):
    order = list(verdicts)
    random.shuffle(order)
    asked = {kind: [] for kind in (GroupBuilder, Sorting)}
    groups = {}
    for kind, said in asked.items():
        joining = kind(12, lambda pair, said=said: said.append(pair) or verdicts.get(pair, False))
        joining.consider(order)
        groups[kind] = joining.groups()
    assert asked[GroupBuilder] == asked[Sorting]
    assert groups[GroupBuilder] == groups[Sorting]
