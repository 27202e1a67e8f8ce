"""What each annotator said of the items that several are asked about."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from vicinal.core.opinions import disagreement, majority
from vicinal.core.ports import Event, EventKind

NONE_GIVEN: Mapping[str, Event] = MappingProxyType({})


class OpinionBook:
    """Opinions by item and annotator, and the label that they come to.

    An item's label is what it was resolved to, or else what most of its annotators say.

    Args:
        overlap: how many different annotators an item is to have.
    """

    def __init__(self, overlap: int) -> None:
        self.overlap = overlap
        self.count = 0
        # Of each item, by annotator in the order of their first opinions.
        self._given: dict[int, dict[str, Event]] = {}
        self._resolved: dict[int, Event] = {}
        self._passed: dict[int, set[str]] = {}
        # Items that wait for more opinions, in the order of their first; a dict, since sets have no order.
        self._wanting: dict[int, None] = {}

    def take(self, position: int, event: Event) -> None:
        """Takes in what happened to an item."""
        if event.kind in (EventKind.LABELLED, EventKind.RELABELLED):
            given = self._given.setdefault(position, {})
            self.count += event.annotator not in given
            given[event.annotator] = event
            if not self.is_settled_by_person(position):
                self._resolved.pop(position, None)
        elif event.kind is EventKind.LABEL_REMOVED:
            self._remove(position, event.annotator)
        elif event.kind is EventKind.RESOLVED:
            self._resolved[position] = event
        elif event.kind is EventKind.SKIPPED:
            self._passed.setdefault(position, set()).add(event.annotator)
        elif event.kind is EventKind.RESTORED:
            self._passed.pop(position, None)
        self._keep_wanting(position)

    def of(self, position: int) -> Mapping[str, Event]:
        """Each annotator's newest opinion of an item, in the order of their first."""
        return self._given.get(position, NONE_GIVEN)

    def labels(self, position: int) -> list[str]:
        """The labels that an item's annotators gave, in the order of their first opinions."""
        return [event.label for event in self.of(position).values()]

    def consensus(self, position: int) -> str:
        """The label that an item's opinions come to; empty without any."""
        resolved = self._resolved.get(position)
        return resolved.label if resolved else majority(self.labels(position))

    def resolution(self, position: int) -> Event | None:
        """What an item was resolved by: a person, or a consensus over all opinions (no annotator)."""
        return self._resolved.get(position)

    def standing(self, position: int) -> Event | None:
        """The first opinion's line of the log, with the label that all come to; None without any."""
        first = next(iter(self.of(position).values()), None)
        return None if first is None else replace(first, label=self.consensus(position))

    def has_seen(self, position: int, annotator: str) -> bool:
        """Whether the annotator has labelled or skipped the item."""
        return annotator in self.of(position) or annotator in self._passed.get(position, ())

    def wanting(self) -> Iterator[int]:
        """Items with an opinion and fewer than the overlap asks for, in the order of their first."""
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
        """Whether somebody resolved the item, which no further opinion changes."""
        resolved = self._resolved.get(position)
        return resolved is not None and bool(resolved.annotator)

    def positions(self) -> Iterator[int]:
        """Items with an opinion, in the order of their first."""
        return iter(self._given)

    def _remove(self, position: int, annotator: str) -> None:
        """Takes one annotator's opinion out; with no name, all of them."""
        given = self._given.get(position, {})
        for name in [annotator] if annotator else list(given):
            if given.pop(name, None) is not None:
                self.count -= 1
        if not given:
            self._given.pop(position, None)
            self._resolved.pop(position, None)

    def _keep_wanting(self, position: int) -> None:
        opinions = len(self.of(position))
        if 0 < opinions < self.overlap and not self.is_settled_by_person(position):
            self._wanting[position] = None
        else:
            self._wanting.pop(position, None)
