"""The suggestions that a pool has made."""

from collections import Counter
from collections.abc import Iterable

from vicinal.core.arms import Arm, Draw
from vicinal.sampling.pool_views import SuggestionCounts


class DrawBook:
    """Every item's last draw, and how many draws there were of each arm."""

    def __init__(self) -> None:
        self._last: dict[str, Draw] = {}
        self._counts: Counter[Arm] = Counter()

    def put(self, draws: Iterable[Draw]) -> None:
        """Takes in draws, in order."""
        for draw in draws:
            self._last[draw.item_id] = draw
            self._counts[draw.arm] += 1

    def last(self, item_id: str) -> Draw | None:
        """The item's last draw; None if it was never suggested."""
        return self._last.get(item_id)

    @property
    def count(self) -> int:
        """All draws; the next one's number is one more."""
        return self._counts.total()

    @property
    def place(self) -> int:
        """Draws of active and control arm: what the next one's chance hangs on."""
        return self._counts[Arm.ACTIVE] + self._counts[Arm.CONTROL]

    def counts(self) -> SuggestionCounts:
        """Draws of active and control arm."""
        return SuggestionCounts(self._counts[Arm.ACTIVE], self._counts[Arm.CONTROL])
