"""What a pool's labels tell of those who gave them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vicinal.core.accuracy import Interval, wilson
from vicinal.core.annotations import majority
from vicinal.core.ports import Event
from vicinal.sampling.state import PoolState

Counts = dict[str, list[bool]]


@dataclass(frozen=True)
class AnnotatorSummary:
    """One annotator's work.

    Attributes:
        labels: that stand.
        items_leased: in the annotator's hands now.
        last_at: seconds since the epoch of the newest label that stands; 0 without any.
        agreement: share of the annotations that are those of the other annotators' majority; None without any.
        gold: share of the gold items that were labelled rightly; None without any.
    """

    annotator: str
    labels: int
    items_leased: int
    last_at: float
    agreement: Interval | None
    gold: Interval | None


def query_annotators(state: PoolState) -> list[AnnotatorSummary]:
    """All who have labels that stand, or items in their hands, by name; nameless ones are left out."""
    labels: Counter[str] = Counter()
    last: dict[str, float] = {}
    for event in _labels(state):
        labels[event.annotator] += 1
        last[event.annotator] = max(event.at, last.get(event.annotator, 0.0))
    agreement, gold = _count_by_annotator(state, _agrees), _count_by_annotator(state, _is_right)
    holders = {lease.annotator for lease in state.leases}
    return [
        AnnotatorSummary(
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
    """The line of the log behind each label that stands, each annotation for itself."""
    book = state.items.annotations
    for position in book.positions():
        yield from book.of(position).values()
    for event in state.items.current_events():
        if not state.items.is_shared(state.items.position(event.item_id)):
            yield event


def _count_by_annotator(state: PoolState, judge: Callable[[PoolState, int, str], bool | None]) -> Counts:
    """By annotator, the verdicts on those annotations that there is one of."""
    counts: Counts = {}
    for position in state.items.annotations.positions():
        for annotator in state.items.annotations.of(position):
            is_right = judge(state, position, annotator)
            if is_right is not None:
                counts.setdefault(annotator, []).append(is_right)
    return counts


def _agrees(state: PoolState, position: int, annotator: str) -> bool | None:
    given = state.items.annotations.of(position)
    others = [event.label for name, event in given.items() if name != annotator]
    if not others or state.items.records[position].gold:
        return None
    return given[annotator].label == majority(others)


def _is_right(state: PoolState, position: int, annotator: str) -> bool | None:
    gold = state.items.records[position].gold
    return state.items.annotations.of(position)[annotator].label == gold if gold else None


def _share(answers: list[bool]) -> Interval | None:
    if not answers:
        return None
    share = sum(answers) / len(answers)
    return Interval(share, *wilson(share, len(answers)), len(answers))
