"""The use cases on a pool's annotators: who they are, how right they are, and what they agree on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from vicinal.core.errors import InvalidInput
from vicinal.core.records import Event
from vicinal.core.statistics.accuracy import wilson
from vicinal.core.statistics.consensus import dawid_skene, is_time_to_settle, majority
from vicinal.pools import queries, rules
from vicinal.pools.clock import moment_of
from vicinal.pools.journal import Journal
from vicinal.pools.results import LabelInput
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import Item
from vicinal.records.labels import EventKind
from vicinal.records.measurement import Annotator, MeasuredShare
from vicinal.records.pool_options import Consensus

Counts = dict[str, list[bool]]

SETTLED = Consensus.DAWID_SKENE.value
"""Reason of the label log's lines that a consensus over all annotations wrote."""


def query_annotators(state: PoolState) -> list[Annotator]:
    """All who have current labels, or items in their hands, by name; nameless ones are left out."""
    labels: Counter[str] = Counter()
    last: dict[str, float] = {}
    for event in _labels(state):
        labels[event.annotator] += 1
        last[event.annotator] = max(event.at, last.get(event.annotator, 0.0))
    agreement, gold = _count_by_annotator(state, _agrees), _count_by_annotator(state, _is_right)
    holders = {lease.annotator for lease in state.leases}
    return [
        Annotator(
            annotator,
            labels[annotator],
            state.leases.items_of(annotator),
            moment_of(last.get(annotator, 0.0)),
            _share(agreement.get(annotator, [])),
            _share(gold.get(annotator, [])),
        )
        for annotator in sorted({*labels, *holders} - {""})
    ]


def _labels(state: PoolState) -> Iterator[Event]:
    """The line of the log behind each current label, each annotation for itself."""
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


def _share(answers: list[bool]) -> MeasuredShare | None:
    if not answers:
        return None
    share = sum(answers) / len(answers)
    return MeasuredShare(share, *wilson(share, len(answers)), len(answers))


class PoolAnnotators:
    """Lists annotators and settles what they disagree on. All methods may be called from any thread.

    Args:
        current: gives the pool's state with its lock held.
        journal: the pool's.
    """

    def __init__(self, current: Callable[[], AbstractContextManager[PoolState]], journal: Journal) -> None:
        self._current = current
        self._journal = journal

    def disputed(self, after: int = 0, limit: int = 100) -> tuple[list[Item], int | None]:
        """A page of the items whose annotators disagree and that nobody has resolved, most disputed first.

        Returns:
            The page, and what to pass as `after` for the next one (None: this is the last).
        """
        with self._current() as state:
            positions = state.items.disputed()
            page = [queries.query_item(state, position) for position in positions[after : after + limit]]
            return page, after + limit if len(positions) > after + limit else None

    def resolve(self, labels: Sequence[LabelInput], annotator: str, *, hides_gold: bool = False) -> int:
        """Settles what items of several annotators are labelled, whatever else is said of them later.

        Where gold items are to be hidden, they are refused in the words for items that nobody labelled.

        Returns:
            How many items that settles again.

        Raises:
            InvalidInput, ItemNotFound, WrongItemState: naming the items at fault; nothing is changed.
        """
        if not annotator:
            raise InvalidInput.at("annotator", "is missing; the log keeps who resolved an item")
        with self._current() as state:
            steps = rules.resolve_steps(state, labels, hides_gold=hides_gold)
            self._journal.take(steps, annotator)
            return len(steps)

    def settle(self) -> int:
        """Labels all items that no person resolved by the consensus of Dawid and Skene.

        Returns:
            How many labels that changes.

        Raises:
            ConsensusUnavailable: crowd-kit is not installed.
        """
        with self._current() as state:
            steps = _settling(state)
            self._journal.take(steps, "", SETTLED)
            return len(steps)

    def settle_in_time(self, before: int) -> None:
        """Settles, where the pool asks for it and there are enough more annotations than `before`."""
        with self._current() as state:
            wants = state.config.consensus is Consensus.DAWID_SKENE
            if wants and is_time_to_settle(before, state.items.annotations.count):
                self.settle()

    def list(self) -> list[Annotator]:
        """All who have current labels, or items in their hands, by name."""
        with self._current() as state:
            return query_annotators(state)


def _settling(state: PoolState) -> list[rules.Step]:
    book, ids = state.items.annotations, state.items.ids
    annotations = [
        (ids[position], annotator, event.label)
        for position in book.positions()
        for annotator, event in book.of(position).items()
    ]
    gold = {ids[position]: state.items.records[position].gold for position in state.items.gold}
    answered = {item_id for item_id, _, _ in annotations}
    known = {item_id: label for item_id, label in gold.items() if item_id in answered}
    return [
        rules.Step(EventKind.RESOLVED, item_id, label)
        for item_id, label in dawid_skene(annotations, known).items()
        if item_id not in gold and _is_to_change(state, state.items.position(item_id), label)
    ]


def _is_to_change(state: PoolState, position: int, label: str) -> bool:
    book = state.items.annotations
    return book.consensus(position) != label and not book.is_settled_by_person(position)
