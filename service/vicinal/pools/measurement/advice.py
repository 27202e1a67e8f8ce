"""Whether to stop labelling a pool: the rules' verdicts in plain sentences, with what speaks against them."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from vicinal.core.field_rules import differ_in_case_only
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.statistics import stopping
from vicinal.core.statistics.stopping import RuleResult, StopSettings
from vicinal.pools.measurement.comparison import compare, replay
from vicinal.pools.measurement.curve import MeasuredLabels, accuracy_now, evidence_of
from vicinal.pools.state.pool import PoolState
from vicinal.records.measurement import Accuracy, Advice, Benefit, StopReason, StopSign

# Predictions are compared on at most so many items of the pool.
STOP_SET = 2000
# Fewer labelled holdout items cannot show a plateau; fewer measured items make an accuracy doubtful.
LEAST_FOR_PLATEAU, LEAST_MEASURED = 50, 50
# Of so many labels, each class should have more than this on average; ids given by mistake have one each.
LEAST_TO_REPEAT, REPEATS = 50, 1.5
# Groups of classes that differ in case only that are named.
MOST_PAIRS = 3
# A class with fewer labels is hardly learned.
LEAST_OF_CLASS = 5

SENTENCES = {
    StopReason.BUDGET_SPENT: (
        "{figure:.0f} labels are given, and the budget was {threshold:.0f}.",
        "The budget is not spent: {figure:.0f} of {threshold:.0f} labels are given.",
    ),
    StopReason.TARGET_REACHED: (
        "The target of {threshold:.1%} is reached: accuracy is at least {figure:.1%}, with 95 % confidence.",
        "The target of {threshold:.1%} is not sure to be reached: accuracy may be as low as {figure:.1%}.",
    ),
    StopReason.PLATEAU: (
        "Accuracy hardly gains any more: {figure:+.1%} lately (threshold {threshold:.1%} over 30 labels).",
        "Accuracy has not settled: {figure:+.1%} lately (threshold {threshold:.1%} over 30 labels).",
    ),
    StopReason.PREDICTIONS_STABLE: (
        "Predictions are stable: 20 labels change {figure:.1%} of them (threshold {threshold:.1%}).",
        "Predictions still change: 20 labels change {figure:.1%} of them (threshold {threshold:.1%}).",
    ),
    StopReason.NOTHING_UNCERTAIN: (
        "The votes are sure of every item left: the largest uncertainty is {figure:.2f} of {threshold:.2f}.",
        "Some items are uncertain: the largest uncertainty is {figure:.2f}, above {threshold:.2f}.",
    ),
}


def advise(state: PoolState, settings: StopSettings) -> Advice:
    """Whether to stop, with all that speaks for it and against it.

    One rule that holds is a reason to stop. The rules on learning look back by learning the labels again.
    """
    state.scorer.refresh()
    evidence = evidence_of(state)
    now, result = accuracy_now(state, evidence), compare(state, evidence.learned, evidence.holdout)
    found = _apply_rules(state, evidence, now, settings)
    against = [_sign(rule) for rule in found if not rule.holds] + _doubts(evidence, now, settings)
    if result.benefit is Benefit.NOT_HELPING:
        against.append(StopSign(None, result.difference, 0.0, result.message))
    reasons = [_sign(rule) for rule in found if rule.holds]
    return Advice(reasons, against, len(evidence.learned), evidence.source, now, result)


def _apply_rules(
    state: PoolState, evidence: MeasuredLabels, now: Accuracy | None, settings: StopSettings
) -> list[RuleResult]:
    count = len(evidence.learned)
    rules = [
        stopping.budget_spent(count, settings),
        stopping.target_reached(now, settings),
    ]
    if count and state.scorer.votes.rows:
        accuracies, changes = _recent(state, evidence)
        if len(evidence.holdout) >= LEAST_FOR_PLATEAU:
            rules.append(stopping.plateau(count, accuracies, changes, settings))
        uncertainty = state.scorer.votes.uncertainty(Uncertainty.MARGIN)
        left = uncertainty[state.scorer.scorable(state.items.eligible)]
        rules.append(stopping.predictions_stable(changes, settings))
        # With a single class the votes know of nothing to be unsure about.
        if len(state.scorer.votes.classes) > 1:
            rules.append(stopping.nothing_uncertain(left, settings))
    return [rule for rule in rules if rule is not None]


def _recent(state: PoolState, evidence: MeasuredLabels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Accuracies on the holdout, and changes of predictions in the pool, over the last labels."""
    rows = state.scorer.votes.rows
    sample = np.random.default_rng(state.config.seed).permutation(rows)[:STOP_SET].astype(np.int64)
    asked = np.concatenate([sample, evidence.holdout.positions])
    stops = stopping.recent_stops(len(evidence.learned))
    predicted = replay(state, evidence.learned, stops, asked)
    right = predicted[:, len(sample) :] == evidence.holdout.classes
    accuracies = right.mean(axis=1) if right.size else np.zeros(len(stops))
    return accuracies, stopping.recent_changes(predicted[:, : len(sample)])


def _doubts(evidence: MeasuredLabels, now: Accuracy | None, settings: StopSettings) -> list[StopSign]:
    """What no rule sees."""
    doubts = []
    if now is None:
        wanted = "the target cannot be checked" if settings.target_accuracy else "nobody knows how good it is"
        text = f"Nothing measures the accuracy, so {wanted}: label holdout items, or use a control share."
        doubts.append(StopSign(None, 0, LEAST_MEASURED, text))
    elif now.items < LEAST_MEASURED:
        text = f"Accuracy is measured on {now.items} items only; below {LEAST_MEASURED} it says little."
        doubts.append(StopSign(None, now.items, LEAST_MEASURED, text))
    counts = Counter(event.label for event in evidence.learned.events)
    doubts += _odd_classes(counts)
    rare = sorted(label for label, count in counts.items() if count < LEAST_OF_CLASS)
    if rare:
        named = ", ".join(map(repr, rare[:5])) + (f" and {len(rare) - 5} more" if len(rare) > 5 else "")
        text = f"Fewer than {LEAST_OF_CLASS} labels each are given of {named}."
        doubts.append(StopSign(None, min(counts.values()), LEAST_OF_CLASS, text))
    return doubts


def _odd_classes(counts: Counter[str]) -> list[StopSign]:
    """What looks like a mistake in the labels themselves."""
    signs, label_count = [], counts.total()
    if LEAST_TO_REPEAT <= label_count < REPEATS * len(counts):
        text = (
            f"{label_count:,} labels are of {len(counts):,} classes: hardly any repeats, so votes learn "
            "nothing. Were ids or free text given as labels?"
        )
        signs.append(StopSign(None, label_count / len(counts), REPEATS, text))
    for similar in differ_in_case_only(sorted(counts))[:MOST_PAIRS]:
        named = " and ".join(map(repr, similar))
        text = f"{named} differ in capital letters or full-width forms only, and are separate classes."
        signs.append(StopSign(None, len(similar), 1, text))
    return signs


def _sign(rule: RuleResult) -> StopSign:
    text = SENTENCES[rule.reason][0 if rule.holds else 1].format(figure=rule.figure, threshold=rule.threshold)
    return StopSign(rule.reason, rule.figure, rule.threshold, text)
