"""What each annotator said of the items that several are asked about."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from vicinal.core.records import Event
from vicinal.core.statistics.consensus import disagreement, majority
from vicinal.records.labels import EventKind

NONE_GIVEN: Mapping[str, Event] = MappingProxyType({})


class AnnotationTable:
    """Annotations and skips by item and annotator, and the label that they come to.

    An item's label is what it was resolved to, or else what most of its annotators say. An annotator's newest
    word on an item counts: a label takes the place of the own skip. A skip stands until the item is restored,
    whatever others do. What a person resolved stands until that person, or all labels, are taken back; what
    a consensus over all annotations said, until the item's annotations change.

    Args:
        overlap: how many different annotators an item is to have.
    """

    def __init__(self, overlap: int) -> None:
        self.overlap = overlap
        self.count = 0
        # Of each item, by annotator in the order of their first annotations.
        self._given: dict[int, dict[str, Event]] = {}
        self._resolved: dict[int, Event] = {}
        self._skipped_by: dict[int, set[str]] = {}
        # Items that wait for more annotations, in the order of their first; a dict, since sets have no order.
        self._wanting: dict[int, None] = {}

    def take(self, position: int, event: Event) -> None:
        """Takes in what happened to an item."""
        if event.kind in (EventKind.LABELLED, EventKind.RELABELLED):
            self._give(position, event)
        elif event.kind is EventKind.LABEL_REMOVED:
            self._remove(position, event.annotator)
        elif event.kind is EventKind.RESOLVED:
            self._resolved[position] = event
        elif event.kind is EventKind.SKIPPED:
            self._skipped_by.setdefault(position, set()).add(event.annotator)
        elif event.kind is EventKind.RESTORED:
            self._skipped_by.pop(position, None)
        self._keep_wanting(position)

    def of(self, position: int) -> Mapping[str, Event]:
        """Each annotator's newest annotation of an item, in the order of their first."""
        return self._given.get(position, NONE_GIVEN)

    def labels(self, position: int) -> list[str]:
        """The labels that an item's annotators gave, in the order of their first annotations."""
        return [event.label for event in self.of(position).values()]

    def consensus(self, position: int) -> str:
        """The label that an item was resolved to, or that its annotations come to; empty without any."""
        resolved = self._resolved.get(position)
        return resolved.label if resolved else majority(self.labels(position))

    def resolver(self, position: int) -> str:
        """The person who resolved the item; empty if nobody did."""
        resolved = self._resolved.get(position)
        return resolved.annotator if resolved else ""

    def current_event(self, position: int) -> Event | None:
        """The log's line of the label that all come to: the first annotation's, or else the resolution's.

        None where there is neither.
        """
        first = next(iter(self.of(position).values()), None) or self._resolved.get(position)
        return None if first is None else replace(first, label=self.consensus(position))

    def has_seen(self, position: int, annotator: str) -> bool:
        """Whether the annotator has labelled or skipped the item."""
        return annotator in self.of(position) or self.has_skipped(position, annotator)

    def has_skipped(self, position: int, annotator: str) -> bool:
        """Whether the annotator's skip of the item stands."""
        return annotator in self._skipped_by.get(position, ())

    def is_skipped(self, position: int) -> bool:
        """Whether anybody's skip of the item stands."""
        return bool(self._skipped_by.get(position))

    def wanting(self) -> Iterator[int]:
        """Items with an annotation and fewer than the overlap asks for, in the order of their first."""
        return iter(self._wanting)

    def disputed(self) -> list[int]:
        """Items whose annotators disagree and that no person resolved, the most disputed first."""
        found = [
            (-disagreement(self.labels(position)), position)
            for position in self._given
            if not self.is_settled_by_person(position)
        ]
        return [position for apart, position in sorted(found) if apart < 0]

    def is_settled_by_person(self, position: int) -> bool:
        """Whether somebody resolved the item, which no further annotation changes."""
        return bool(self.resolver(position))

    def positions(self) -> Iterator[int]:
        """Items with an annotation, in the order of their first."""
        return iter(self._given)

    def _give(self, position: int, event: Event) -> None:
        given = self._given.setdefault(position, {})
        self.count += event.annotator not in given
        given[event.annotator] = event
        self._skipped_by.get(position, set()).discard(event.annotator)
        self._drop_consensus(position)

    def _remove(self, position: int, annotator: str) -> None:
        """Takes back one annotator's annotation, or else resolution; with no name, all of both."""
        given = self._given.get(position, {})
        if not annotator:
            self.count -= len(given)
            given.clear()
            self._resolved.pop(position, None)
        elif annotator in given:
            del given[annotator]
            self.count -= 1
            self._drop_consensus(position)
        elif annotator == self.resolver(position):
            del self._resolved[position]
        if not given:
            self._given.pop(position, None)

    def _drop_consensus(self, position: int) -> None:
        if not self.is_settled_by_person(position):
            self._resolved.pop(position, None)

    def _keep_wanting(self, position: int) -> None:
        annotations = len(self.of(position))
        if 0 < annotations < self.overlap and not self.is_settled_by_person(position):
            self._wanting[position] = None
        else:
            self._wanting.pop(position, None)
