"""What a pool's labels tell of those who gave them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vicinal.core.accuracy import Interval, wilson
from vicinal.core.opinions import majority
from vicinal.core.ports import Event
from vicinal.sampling.state import PoolState

Tally = dict[str, list[bool]]


@dataclass(frozen=True)
class AnnotatorView:
    """One annotator's work.

    Attributes:
        labels: that stand.
        items_leased: in the annotator's hands now.
        last_at: seconds since the epoch of the newest label that stands; 0 without any.
        agreement: share of the opinions that are those of the other annotators' majority; None without any.
        gold: share of the gold items that were labelled rightly; None without any.
    """

    annotator: str
    labels: int
    items_leased: int
    last_at: float
    agreement: Interval | None
    gold: Interval | None


def view_annotators(state: PoolState) -> list[AnnotatorView]:
    """All who have labels that stand, or items in their hands, by name; nameless ones are left out."""
    labels: Counter[str] = Counter()
    last: dict[str, float] = {}
    for event in _labels(state):
        labels[event.annotator] += 1
        last[event.annotator] = max(event.at, last.get(event.annotator, 0.0))
    agreement, gold = _tally(state, _agrees), _tally(state, _is_right)
    holders = {lease.annotator for lease in state.leases}
    return [
        AnnotatorView(
            annotator,
            labels[annotator],
            state.leases.items_of(annotator),
            last.get(annotator, 0.0),
            _share(agreement.get(annotator, [])),
            _share(gold.get(annotator, [])),
        )
        for annotator in sorted({*labels, *holders} - {""})
    ]


def _labels(state: PoolState) -> Iterator[Event]:
    """The line of the log behind each label that stands, each opinion for itself."""
    book = state.items.opinions
    for position in book.positions():
        yield from book.of(position).values()
    for event in state.items.standing():
        if not state.items.is_shared(state.items.position(event.item_id)):
            yield event


def _tally(state: PoolState, judge: Callable[[PoolState, int, str], bool | None]) -> Tally:
    """By annotator, the verdicts on those opinions that there is one of."""
    tally: Tally = {}
    for position in state.items.opinions.positions():
        for annotator in state.items.opinions.of(position):
            verdict = judge(state, position, annotator)
            if verdict is not None:
                tally.setdefault(annotator, []).append(verdict)
    return tally


def _agrees(state: PoolState, position: int, annotator: str) -> bool | None:
    given = state.items.opinions.of(position)
    others = [event.label for name, event in given.items() if name != annotator]
    if not others or state.items.records[position].gold:
        return None
    return given[annotator].label == majority(others)


def _is_right(state: PoolState, position: int, annotator: str) -> bool | None:
    gold = state.items.records[position].gold
    return state.items.opinions.of(position)[annotator].label == gold if gold else None


def _share(verdicts: list[bool]) -> Interval | None:
    if not verdicts:
        return None
    share = sum(verdicts) / len(verdicts)
    return Interval(share, *wilson(share, len(verdicts)), len(verdicts))
