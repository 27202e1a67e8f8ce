"""Active choice against random sampling: models learned again from suggested and from control labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.arrays import Mask, Positions
from vicinal.core.records import Event
from vicinal.core.statistics.learning import Comparison, compare_in_turn, compare_on_sample, random_effort
from vicinal.pools.queries import current_labels
from vicinal.pools.state.pool import PoolState
from vicinal.records.labels import Arm
from vicinal.records.measurement import Accuracy, ActiveAgainstRandom, Benefit, RandomLabels

# At most so many checkpoints over all labels: each predicts again.
MOST_CHECKPOINTS = 40
# Between checkpoints; the first that makes few enough of them.
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
NOT_PREDICTED = -1


# Labels of either arm, and of the holdout, that a comparison takes.
LEAST_LABELS, LEAST_HOLDOUT = 20, 30
# Models of random halves of the control labels, and the most labels that each learns from.
HALVES, MOST_EACH = 8, 50
# Control items that are predicted in turn, at most.
MOST_TURNS = 200

OVER_RANDOM = (
    "{difference:+.1%} accuracy over as many random labels (95 % interval {low:+.1%} to {high:+.1%})."
)
BY_BENEFIT = {
    Benefit.HELPING: f"Active choice helps: {OVER_RANDOM}",
    Benefit.NOT_HELPING: f"Active choice is not helping here: {OVER_RANDOM} "
    "Consider the strategy 'random', or another featurizer.",
    Benefit.UNKNOWN: f"Whether active choice helps is not clear yet: {OVER_RANDOM}",
}
TOO_FEW = (
    "Whether active choice helps is not clear yet: that takes {least} labels each of active and of control "
    "items, and there are {active} and {control}."
)


@dataclass(frozen=True, eq=False)
class CurrentLabels:
    """Labels that stand, in the order they were given.

    Attributes:
        positions: (n,) of the items.
        classes: (n,) index of each label in `names`.
        names: all current labels of the pool, those of examples too, in alphabetical order.
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
    column_of = {name: number for number, name in enumerate(names)}
    positions = np.array([state.items.position(event.item_id) for event in events], dtype=np.int64)
    classes = np.array([column_of[event.label] for event in events], dtype=np.int64)
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
        (len(stops), m) indexes in `labels.names`; NOT_PREDICTED before the first label or example.
    """
    votes, given = state.scorer.votes.blank(), 0
    predicted = np.full((len(stops), len(asked)), NOT_PREDICTED, dtype=np.int64)
    column_of = {name: number for number, name in enumerate(labels.names)}
    for row, stop in enumerate(stops):
        for position, event in zip(labels.positions[given:stop], labels.events[given:stop], strict=True):
            votes.set_vote(int(position), event.label)
            for duplicate in carriers(state, event.item_id):
                votes.set_vote(duplicate, event.label, is_carried=True)
        given = stop
        if votes.label_count and len(asked):
            columns = np.array([column_of[name] for name in votes.classes], dtype=np.int64)
            predicted[row] = columns[votes.probabilities(asked).argmax(axis=1)]
    return predicted


def compare(state: PoolState, learned: CurrentLabels, holdout: CurrentLabels) -> ActiveAgainstRandom:
    """A model of the first labels as they were suggested, against one of as many control labels.

    The suggested labels are taken as they came, control suggestions among them. Active picks alone would be
    no fair sample of what active choice does: it knew the control labels, and left their surroundings out.

    On the holdout, where enough of it is labelled: the first m suggested labels, against random halves of the
    control labels. Otherwise on the control items themselves, each predicted in turn by the control labels
    before it and by as many of the first suggested labels: neither model could know of it, and active choice
    could not yet stay away from it.
    """
    suggested, control = learned.of(Arm.ACTIVE, Arm.CONTROL), learned.of(Arm.CONTROL)
    active = len(suggested) - len(control)
    if min(active, len(control)) < LEAST_LABELS:
        text = TOO_FEW.format(least=LEAST_LABELS, active=active, control=len(control))
        return ActiveAgainstRandom(Benefit.UNKNOWN, 0.0, -1.0, 1.0, 0, 0, text)
    if len(holdout) >= LEAST_HOLDOUT:
        each = min(len(control) // 2, MOST_EACH)
        return _describe(compare_on_holdout(state, suggested, control, holdout, each), each, len(holdout))
    right = in_turn(state, [suggested, control], control)
    return _describe(compare_in_turn(right[:, 0], right[:, 1]), len(right), len(right))


def compare_on_holdout(
    state: PoolState, suggested: CurrentLabels, control: CurrentLabels, holdout: CurrentLabels, each: int
) -> Comparison:
    """The first `each` suggested labels, against random halves of the control labels, on the holdout."""
    first = replay(state, suggested, [each], holdout.positions)[0] == holdout.classes
    chance = np.random.default_rng(state.config.seed)
    halves = []
    for _ in range(HALVES):
        rows = chance.permutation(len(control))[: len(control) // 2][:each]
        chosen = control.where(np.isin(np.arange(len(control)), rows).tolist())
        halves.append(replay(state, chosen, [each], holdout.positions)[0] == holdout.classes)
    return compare_on_sample(first, np.stack(halves))


def in_turn(state: PoolState, teachers: Sequence[CurrentLabels], control: CurrentLabels) -> Mask:
    """Whether each control item was predicted rightly by models of as many labels as control had before it.

    Args:
        state: of the pool.
        teachers: the labels that each model learns from, in order.
        control: what is asked.

    Returns:
        (t, models), for the second control item, the third, ..., as long as each teacher had labels enough
        before it.
    """
    models = [state.scorer.votes.blank() for _ in teachers]
    right = np.zeros((min(len(control) - 1, MOST_TURNS), len(teachers)), dtype=bool)
    for row in range(len(right)):
        asked = control.events[row + 1]
        for column, (votes, teacher) in enumerate(zip(models, teachers, strict=True)):
            if row >= len(teacher) or teacher.events[row].sequence > asked.sequence:
                return right[:row]
            event = teacher.events[row]
            votes.set_vote(int(teacher.positions[row]), event.label)
            for duplicate in carriers(state, event.item_id):
                votes.set_vote(duplicate, event.label, is_carried=True)
            probabilities = votes.probabilities(control.positions[row + 1 : row + 2])
            right[row, column] = votes.classes[int(probabilities[0].argmax())] == asked.label
    return right


def _describe(compared: Comparison, each: int, items: int) -> ActiveAgainstRandom:
    text = BY_BENEFIT[compared.benefit].format(
        difference=compared.difference, low=compared.low, high=compared.high
    )
    return ActiveAgainstRandom(
        compared.benefit, compared.difference, compared.low, compared.high, each, items, text
    )


def random_labels(
    state: PoolState, learned: CurrentLabels, holdout: CurrentLabels, now: Accuracy
) -> RandomLabels | None:
    """Labels that random sampling would have needed for the accuracy of now; None where nothing shows it.

    From the learning curve of a model that learns from the control labels alone, measured on the holdout
    where enough of it is labelled, otherwise on each control item before its own label.
    """
    control = learned.of(Arm.CONTROL)
    if len(control) < LEAST_LABELS:
        return None
    if len(holdout) >= LEAST_HOLDOUT:
        counts = checkpoints(len(control))
        right = replay(state, control, counts, holdout.positions) == holdout.classes
        accuracies, trials = right.mean(axis=1), np.full(len(counts), float(len(holdout)))
    else:
        accuracies = in_turn(state, [control], control)[:, 0].astype(np.float64)
        counts, trials = list(range(1, len(accuracies) + 1)), np.ones(len(accuracies))
    label_counts = np.array(counts, dtype=np.int64)
    effort = random_effort(label_counts, accuracies, trials, now.value)
    if effort is None:
        return None
    measured = f"the curve of {len(control)} random labels"
    if effort.is_lower_bound:
        text = (
            f"Random sampling would have needed more than {effort.label_count:.0f} labels for this accuracy"
        )
        return RandomLabels(effort.label_count, True, f"{text}: {measured} does not get there.")
    text = f"Random sampling would have needed about {effort.label_count:.0f} labels for this accuracy"
    return RandomLabels(
        effort.label_count, False, f"{text}, where {now.label_count} were given ({measured})."
    )
