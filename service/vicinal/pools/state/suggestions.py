"""The suggestions that a pool has made."""

from collections import Counter
from collections.abc import Iterable

from vicinal.core.arms import SuggestionRecord
from vicinal.records.labels import Arm
from vicinal.records.pools import SuggestionCounts


class SuggestionTable:
    """Every item's last suggestion, and how many suggestions there were of each arm."""

    def __init__(self) -> None:
        self._last: dict[str, SuggestionRecord] = {}
        self._counts: Counter[Arm] = Counter()

    def put(self, suggestions: Iterable[SuggestionRecord]) -> None:
        """Takes in suggestions, in order."""
        for suggestion in suggestions:
            self._last[suggestion.item_id] = suggestion
            self._counts[suggestion.arm] += 1

    def last(self, item_id: str) -> SuggestionRecord | None:
        """The item's last suggestion; None if it was never suggested."""
        return self._last.get(item_id)

    @property
    def count(self) -> int:
        """All suggestions; the next one's number is one more."""
        return self._counts.total()

    @property
    def place(self) -> int:
        """Suggestions of active and control arm: what the next one's chance depends on."""
        return self._counts[Arm.ACTIVE] + self._counts[Arm.CONTROL]

    def counts(self) -> SuggestionCounts:
        """Suggestions of active and control arm."""
        return SuggestionCounts(self._counts[Arm.ACTIVE], self._counts[Arm.CONTROL])
