"""What the votes would have said with fewer labels: labels of the log, learned again from the first on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.arrays import Positions
from vicinal.core.ports import Arm, Event
from vicinal.sampling.queries import current_labels
from vicinal.sampling.state import PoolState

# At most so many checkpoints over all labels: each predicts again.
MOST_CHECKPOINTS = 40
# Between checkpoints; the first that makes few enough of them.
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
NOT_PREDICTED = -1


@dataclass(frozen=True, eq=False)
class CurrentLabels:
    """Labels that stand, in the order they were given.

    Attributes:
        positions: (n,) of the items.
        classes: (n,) place of each label in `names`.
        names: all labels that stand in the pool, those of examples too, in alphabetical order.
        events: the log's lines behind them.
    """

    positions: Positions
    classes: Positions
    names: Sequence[str]
    events: Sequence[Event]

    def __len__(self) -> int:
        return len(self.events)

    def of(self, *arms: Arm) -> "CurrentLabels":
        """Those of items that were suggested under one of these arms."""
        return self.where(
            [event.suggestion is not None and event.suggestion.arm in arms for event in self.events]
        )

    def where(self, flags: Sequence[bool]) -> "CurrentLabels":
        """Those that are flagged."""
        rows = np.flatnonzero(np.array(flags, dtype=bool))
        events = [self.events[row] for row in rows.tolist()]
        return CurrentLabels(self.positions[rows], self.classes[rows], self.names, events)


def labels_of(state: PoolState) -> tuple[CurrentLabels, CurrentLabels]:
    """The labels that are learned from, and those of the holdout."""
    events = current_labels(state)
    names = sorted({event.label for event in events} | set(state.scorer.votes.classes))
    place = {name: number for number, name in enumerate(names)}
    positions = np.array([state.items.position(event.item_id) for event in events], dtype=np.int64)
    classes = np.array([place[event.label] for event in events], dtype=np.int64)
    kept = state.items.holdout[positions] if len(positions) else np.zeros(0, dtype=bool)
    everything = CurrentLabels(positions, classes, names, events)
    return everything.where((~kept).tolist()), everything.where(kept.tolist())


def checkpoints(count: int) -> list[int]:
    """Label counts at which a replay of `count` labels stops to predict; the last is `count`.

    >>> checkpoints(3), checkpoints(95)[:3], checkpoints(95)[-2:]
    ([1, 2, 3], [5, 10, 15], [90, 95])
    """
    step = next((step for step in STEPS if count <= step * MOST_CHECKPOINTS), count)
    marks = list(range(step, count + 1, step))
    return marks if marks and marks[-1] == count else [*marks, count] if count else []


def carriers(state: PoolState, item_id: str) -> list[int]:
    """Positions of the items that carry this one's label now."""
    duplicates = map(state.items.position, state.duplicates.duplicates_of(item_id))
    return [position for position in duplicates if state.carried_label(position)]


def replay(state: PoolState, labels: CurrentLabels, stops: Sequence[int], asked: Positions) -> Positions:
    """Predictions after so many of the labels.

    Args:
        state: of the pool.
        labels: to learn from, in order.
        stops: rising label counts, 0 or more.
        asked: (m,) positions to predict.

    Returns:
        (len(stops), m) places in `labels.names`; NOT_PREDICTED before the first label or example.
    """
    votes, given = state.scorer.votes.blank(), 0
    predicted = np.full((len(stops), len(asked)), NOT_PREDICTED, dtype=np.int64)
    place = {name: number for number, name in enumerate(labels.names)}
    for row, stop in enumerate(stops):
        for position, event in zip(labels.positions[given:stop], labels.events[given:stop], strict=True):
            votes.settle(int(position), event.label)
            for duplicate in carriers(state, event.item_id):
                votes.settle(duplicate, event.label, is_carried=True)
        given = stop
        if votes.label_count and len(asked):
            columns = np.array([place[name] for name in votes.classes], dtype=np.int64)
            predicted[row] = columns[votes.probabilities(asked).argmax(axis=1)]
    return predicted
