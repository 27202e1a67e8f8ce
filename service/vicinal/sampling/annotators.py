"""The use cases on a pool's annotators: who they are, how right they are, and what they come to together."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from vicinal.core.annotations import Consensus, is_time_to_settle
from vicinal.core.dawid_skene import dawid_skene
from vicinal.core.errors import InvalidInput
from vicinal.core.ports import EventKind
from vicinal.sampling import queries, rules
from vicinal.sampling.annotator_queries import AnnotatorSummary, query_annotators
from vicinal.sampling.journal import Journal
from vicinal.sampling.results import ItemSummary, LabelInput
from vicinal.sampling.state import PoolState

SETTLED = Consensus.DAWID_SKENE.value
"""Reason of the label log's lines that a consensus over all annotations wrote."""


class PoolAnnotators:
    """Lists annotators and settles what they disagree on. All methods may be called from any thread.

    Args:
        current: gives the pool's state with its lock held.
        journal: the pool's.
    """

    def __init__(self, current: Callable[[], AbstractContextManager[PoolState]], journal: Journal) -> None:
        self._current = current
        self._journal = journal

    def disputed(self, after: int = 0, limit: int = 100) -> tuple[list[ItemSummary], int | None]:
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
        """Labels items by the consensus of Dawid and Skene over all annotations; what a person resolved stands.

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
        """Settles, where the pool asks for it and there are enough new annotations since there were `before`."""
        with self._current() as state:
            wants = state.config.consensus is Consensus.DAWID_SKENE
            if wants and is_time_to_settle(before, state.items.annotations.count):
                self.settle()

    def list(self) -> list[AnnotatorSummary]:
        """All who have labels that stand, or items in their hands, by name."""
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
