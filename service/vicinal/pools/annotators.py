"""The use cases on a pool's annotators: who they are, how right they are, and what they agree on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from vicinal.core.errors import InvalidInput
from vicinal.core.records import Event
from vicinal.core.statistics.accuracy import wilson
from vicinal.core.statistics.consensus import majority
from vicinal.pools import queries
from vicinal.pools.changes import ChangeWriter, plan_change, plan_consensus
from vicinal.pools.clock import moment_of
from vicinal.pools.labelling import plan_resolutions
from vicinal.pools.results import LabelInput
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import Item
from vicinal.records.measurement import Annotator, MeasuredShare

Counts = dict[str, list[bool]]


def query_annotators(state: PoolState) -> list[Annotator]:
    """All who have current labels, or leased items, by name; nameless ones are left out."""
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
    given = state.items.annotations
    for position in given.positions():
        yield from given.of(position).values()
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
    """Lists annotators and decides what they disagree on. All methods may be called from any thread.

    Args:
        changes: of the pool.
    """

    def __init__(self, changes: ChangeWriter) -> None:
        self._changes = changes

    def disputed(self, after: int = 0, limit: int = 100) -> tuple[list[Item], int | None]:
        """A page of the items whose annotators disagree and that nobody has resolved, most disputed first.

        Returns:
            The page, and what to pass as `after` for the next one (None: this is the last).
        """
        with self._changes.lock_state() as state:
            positions = state.items.disputed()
            page = [queries.query_item(state, position) for position in positions[after : after + limit]]
            return page, after + limit if len(positions) > after + limit else None

    def resolve(self, labels: Sequence[LabelInput], annotator: str, *, hides_gold: bool = False) -> int:
        """Decides the labels of items of several annotators, whatever else is said of them later.

        Where gold items are to be hidden, they are refused in the words for items that nobody labelled.

        Returns:
            How many labels that changes.

        Raises:
            InvalidInput, ItemNotFound, WrongItemState: naming the items at fault; nothing is changed.
        """
        if not annotator:
            raise InvalidInput.at("annotator", "is missing; the log keeps who resolved an item")
        with self._changes.lock_state() as state:
            planned = plan_resolutions(state, labels, hides_gold=hides_gold)
            self._changes.write(plan_change(state, planned, self._changes.now(), annotator))
            return len(planned)

    def settle(self) -> int:
        """Labels all items that no person resolved by the consensus of Dawid and Skene.

        Returns:
            How many labels that changes.

        Raises:
            ConsensusUnavailable: crowd-kit is not installed.
        """
        with self._changes.lock_state() as state:
            change = plan_consensus(state, self._changes.now())
            self._changes.write(change)
            return len(change.events)

    def list(self) -> list[Annotator]:
        """All who have current labels, or leased items, by name."""
        with self._changes.lock_state() as state:
            return query_annotators(state)
