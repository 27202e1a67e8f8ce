"""Which items an annotator gets next: gold, those that others have begun, new ones."""

from vicinal.core.arms import Arm
from vicinal.core.strategies import Strategy
from vicinal.sampling.overlap import begun_by_others, gold_turns, looked_at_again
from vicinal.sampling.results import NextBatch
from vicinal.sampling.state import PoolState
from vicinal.sampling.suggestions import Suggestion, new_holdout, new_items


def choose(state: PoolState, wanted: NextBatch, strategy: Strategy, annotator: str) -> list[Suggestion]:
    """The next items of the wanted arm for an annotator, in order; fewer than wanted where there are no more.

    Items that others have begun and that are to have more annotators come before new ones.
    """
    if wanted.arm is Arm.REVIEW:
        return looked_at_again(state, wanted.size, strategy, annotator)
    is_holdout = wanted.arm is Arm.HOLDOUT
    gold = {} if is_holdout else gold_turns(state, wanted.size, strategy, annotator)
    room = wanted.size - len(gold)
    others = begun_by_others(state, room, strategy, annotator, is_holdout=is_holdout)
    room -= len(others)
    if room:
        others += new_holdout(state, room) if is_holdout else new_items(state, room, strategy)
    for slot, suggestion in sorted(gold.items()):
        others.insert(slot, suggestion)
    return others
