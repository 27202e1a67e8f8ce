"""Curve, comparison and advice of a session, against sessions that were given fewer labels."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.sessions import Bench, items_of
from vicinal.core.statistics.accuracy import holdout_accuracy
from vicinal.core.statistics.stopping import StopSettings
from vicinal.pools.measurement import comparison
from vicinal.pools.measurement.advice import advise
from vicinal.pools.measurement.comparison import NOT_PREDICTED, checkpoints, labels_of, replay
from vicinal.pools.measurement.curve import evidence_of, learning_curve
from vicinal.pools.results import LabelInput, PreparedExample
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Arm
from vicinal.records.measurement import Benefit, MeasuredShare, StopReason
from vicinal.records.pool_options import VoteModel

ITEMS, HELD_OUT = 160, 60
TRUTH = np.random.default_rng(5).integers(0, 3, ITEMS)
CENTRES = np.random.default_rng(6).normal(size=(3, 8))
VECTORS = (1.2 * CENTRES[TRUTH] + np.random.default_rng(7).normal(size=(ITEMS, 8))).astype(np.float32)


def truth(item_id: str) -> str:
    return f"class-{TRUTH[int(item_id[-3:])]}"


def filled(bench: Bench) -> PoolSession:
    session = bench.open()
    items = [replace(item, holdout=row < HELD_OUT) for row, item in enumerate(items_of(ITEMS))]
    session.items.add(items, VECTORS)
    return session


def answer(session: PoolSession, count: int, arm: Arm = Arm.ACTIVE) -> None:
    for _ in range(count):
        batch = session.leases.open(arm=arm)
        assert batch.lease is not None
        item_id = batch.items[0].item_id
        session.labels.submit([LabelInput(item_id, truth(item_id))], lease_id=batch.lease.lease_id)


@pytest.mark.slow
@pytest.mark.parametrize("model", VoteModel)
def test_a_replay_predicts_as_a_session_with_those_labels_did(make_bench, model):
    bench = make_bench(vote_model=model, control_share=0.3)
    session, asked = filled(bench), np.arange(0, ITEMS, 7)
    ids = [f"item-{row:03d}" for row in asked]
    seen = []
    for _ in range(12):
        answer(session, 1)
        seen.append([said.label for said in session.classify_items(ids)])
    learned, _ = session.read(labels_of)
    for reader in (session, bench.open()):
        reader.read(lambda state: state.scorer.refresh())
        predicted = reader.read(lambda state: replay(state, learned, [0, *range(1, 13)], asked))
        assert (predicted[0] == NOT_PREDICTED).all()
        assert [[learned.names[place] for place in row] for row in predicted[1:]] == seen


def test_a_replay_changes_nothing(make_bench):
    session = filled(make_bench(control_share=0.3))
    answer(session, 30)
    before = list(session.score_pool())
    session.read(learning_curve)
    session.read(lambda state: advise(state, StopSettings()))
    assert list(session.score_pool()) == before


def test_removed_labels_are_not_learned_again(make_bench):
    session = filled(make_bench())
    answer(session, 5)
    first = session.export_labels()[0]
    session.labels.remove([first.item_id])
    session.labels.submit([LabelInput(session.export_labels()[0].item_id, "class-9", relabel=True)])
    learned, _ = session.read(labels_of)
    assert len(learned) == 4
    assert first.item_id not in {event.item_id for event in learned.events}
    assert learned.events[-1].label == "class-9"


@pytest.mark.parametrize("count", [0, 1, 7, 40, 41, 500, 12345])
def test_checkpoints_rise_to_the_last_label(count):
    marks = checkpoints(count)
    assert len(marks) <= 41
    assert marks == sorted(set(marks))
    assert (marks[-1] if marks else 0) == count


def test_the_holdout_curve_is_that_of_each_moment(make_bench):
    session = filled(make_bench())
    answer(session, 40, Arm.HOLDOUT)
    kept = [event.item_id for event in session.export_labels()]
    seen = []
    for _ in range(10):
        answer(session, 1)
        said = session.classify_items(kept)
        seen.append(np.array([each.label == truth(key) for each, key in zip(said, kept, strict=True)]))
    curve = session.read(learning_curve)
    assert curve.source is Arm.HOLDOUT
    assert [point.label_count for point in curve.points] == list(range(1, 11))
    assert [MeasuredShare(each.value, each.low, each.high, each.items) for each in curve.points] == [
        holdout_accuracy(right) for right in seen
    ]
    assert curve.now == curve.points[-1]


def test_few_holdout_labels_give_way_to_more_control_labels(make_bench):
    session = filled(make_bench(control_share=0.5))
    assert session.read(evidence_of).source is None
    answer(session, 3, Arm.HOLDOUT)
    assert session.read(evidence_of).source is Arm.HOLDOUT
    answer(session, 20)
    assert session.read(evidence_of).source is Arm.CONTROL
    answer(session, 17, Arm.HOLDOUT)
    assert session.read(evidence_of).source is Arm.HOLDOUT


def test_labels_of_holdout_and_of_unsuggested_items_are_no_progressive_ones(make_bench):
    session = filled(make_bench(control_share=0.5))
    session.labels.submit([LabelInput("item-150", "class-0")])
    answer(session, 10)
    answer(session, 5, Arm.HOLDOUT)
    progressive = session.read(evidence_of).progressive
    assert progressive.label_counts.tolist() == list(range(2, 12))
    assert progressive.is_control.sum() == 5
    assert progressive.eligible.tolist() == list(range(99, 89, -1))


@pytest.mark.slow
def test_the_comparison_needs_labels_of_both_arms(make_bench):
    session = filled(make_bench(control_share=0.5))
    answer(session, 38)
    told = session.read(learning_curve).active_against_random
    assert (told.benefit, told.items) == (Benefit.UNKNOWN, 0)
    answer(session, 2)
    assert session.read(learning_curve).active_against_random.items == 19


@pytest.mark.slow
def test_in_turn_each_item_is_asked_before_it_is_learned(make_bench):
    session = filled(make_bench(control_share=0.5))
    answer(session, 40)
    learned, _ = session.read(labels_of)
    control = learned.of(Arm.CONTROL)
    right = session.read(lambda state: comparison.in_turn(state, [learned, control], control))
    assert right.shape == (len(control) - 1, 2)
    for row in (0, 5, len(control) - 2):
        asked = control.positions[row + 1 : row + 2]
        for column, teacher in enumerate((learned, control)):
            said = session.read(lambda state: replay(state, teacher, [row + 1], asked))  # noqa: B023
            assert right[row, column] == (said[0, 0] == control.classes[row + 1])


def test_active_choice_that_misses_a_class_is_told_not_to_help(make_bench):
    """Labels of one class alone, against labels of all."""
    session = filled(make_bench())
    answer(session, 40, Arm.HOLDOUT)
    one_class = [row for row in range(HELD_OUT, ITEMS) if TRUTH[row] == 0]
    others = [row for row in range(HELD_OUT, ITEMS) if TRUTH[row] != 0]
    for row in (*one_class[:25], *others[:45]):
        session.labels.submit([LabelInput(f"item-{row:03d}", truth(f"item-{row:03d}"))])
    learned, holdout = session.read(labels_of)
    narrow = learned.where([row < 25 for row in range(70)])
    wide = learned.where([row % 2 == 1 for row in range(70)])
    compared = session.read(lambda state: comparison.compare_on_holdout(state, narrow, wide, holdout, 15))
    assert compared.benefit is Benefit.NOT_HELPING
    swapped = session.read(lambda state: comparison.compare_on_holdout(state, wide, narrow, holdout, 15))
    assert swapped.benefit is Benefit.HELPING


@pytest.mark.slow
def test_random_labels_are_told_from_the_control_arm_alone(make_bench):
    session = filled(make_bench(control_share=0.5))
    answer(session, 80)
    curve = session.read(learning_curve)
    learned, holdout = session.read(labels_of)
    assert curve.now is not None
    only = session.read(
        lambda state: comparison.random_labels(state, learned.of(Arm.CONTROL), holdout, curve.now)
    )
    assert curve.random == only


def test_advice_without_any_label_goes_on(make_bench):
    advice = filled(make_bench()).read(lambda state: advise(state, StopSettings(budget=5)))
    assert not advice.reasons
    assert [sign.reason for sign in advice.against] == [StopReason.BUDGET_SPENT, None]


def test_advice_tells_what_it_doubts(make_bench):
    session = filled(make_bench())
    answer(session, 10, Arm.HOLDOUT)
    answer(session, 12)
    settings = StopSettings(budget=12, target_accuracy=0.99)
    advice = session.read(lambda state: advise(state, settings))
    assert [sign.reason for sign in advice.reasons] == [StopReason.BUDGET_SPENT]
    told = " ".join(sign.message for sign in advice.against)
    assert "measured on 10 items only" in told
    assert "Fewer than 5 labels each are given of 'class-" in told
    assert "may be as low as" in told
    assert "Predictions still change" in told


@pytest.mark.slow
def test_a_plateau_is_told_on_a_labelled_holdout_alone(make_bench):
    session = filled(make_bench())
    answer(session, 50)
    lax = StopSettings(plateau_gain=1.0, changed_share=1.0)

    def reasons() -> set[StopReason | None]:
        return {sign.reason for sign in session.read(lambda state: advise(state, lax)).reasons}

    assert StopReason.PLATEAU not in reasons()
    answer(session, 50, Arm.HOLDOUT)
    assert StopReason.PREDICTIONS_STABLE in reasons()


def test_new_classes_and_single_classes_are_no_trouble(make_bench):
    session = filled(make_bench(control_share=0.5))
    answer(session, 10, Arm.HOLDOUT)
    for row, name in enumerate("aab"):
        session.labels.submit([LabelInput(f"item-{HELD_OUT + row:03d}", name)])
        curve = session.read(learning_curve)
        assert curve.now is not None
        assert curve.now.value == 0
        session.read(lambda state: advise(state, StopSettings()))


@pytest.mark.parametrize("model", VoteModel)
def test_examples_vote_in_a_replay_from_the_beginning(make_bench, model):
    session = filled(make_bench(vote_model=model, control_share=0.3))
    examples = [PreparedExample(f"e{row}", f"hash-{row}", f"class-{row}") for row in range(3)]
    session.examples.add(examples, CENTRES.astype(np.float32))
    asked = np.arange(0, ITEMS, 7)
    ids = [f"item-{row:03d}" for row in asked]
    seen = [[said.label for said in session.classify_items(ids)]]
    for _ in range(8):
        answer(session, 1)
        seen.append([said.label for said in session.classify_items(ids)])
    learned, _ = session.read(labels_of)
    assert set(learned.names) == {"class-0", "class-1", "class-2"}
    predicted = session.read(lambda state: replay(state, learned, list(range(9)), asked))
    assert [[learned.names[place] for place in row] for row in predicted] == seen
    before = list(session.score_pool())
    session.read(learning_curve)
    assert list(session.score_pool()) == before
    session.examples.remove(["e1"])
    assert [event.predicted != "" for event in session.export_labels()] == [True] * 8
