"""What the client sends and reads where pools are measured."""

import numpy as np
import pytest

from vicinal.client import (
    Accuracy,
    HoldoutCounts,
    InvalidArgumentError,
    NewItem,
    RandomLabels,
    StopSign,
    SuggestionCounts,
    requests,
)
from vicinal.v1 import measurement_pb2 as v1
from vicinal.v1 import resources_pb2 as resources
from vicinal.wire import codecs

POINT = v1.Accuracy(label_count=3, value=0.5, low=0.25, high=0.75, items=9)
AGAINST = v1.ActiveAgainstRandom(
    benefit=v1.ACTIVE_BENEFIT_NOT_HELPING,
    difference=-0.5,
    low=-0.75,
    high=-0.25,
    labels_each=4,
    items=5,
    message="no",
)


def test_a_learning_curve_is_read_whole():
    curve = codecs.LEARNING_CURVE.decode(
        v1.GetLearningCurveResponse(
            source=v1.ARM_CONTROL,
            points=[POINT],
            now=POINT,
            random=v1.RandomLabels(label_count=7.5, is_lower_bound=True, message="more"),
            active_against_random=AGAINST,
            notes=["a", "b"],
        )
    )
    assert (curve.source, curve.points, curve.now) == (
        "control",
        [Accuracy(3, 0.5, 0.25, 0.75, 9)],
        Accuracy(3, 0.5, 0.25, 0.75, 9),
    )
    assert (curve.random, curve.notes) == (RandomLabels(7.5, True, "more"), ["a", "b"])
    told = curve.active_against_random
    assert (told.benefit, told.difference, told.low, told.high) == ("not_helping", -0.5, -0.75, -0.25)
    assert (told.labels_each, told.items, told.message) == (4, 5, "no")


def test_what_is_not_measured_is_none():
    curve = codecs.LEARNING_CURVE.decode(v1.GetLearningCurveResponse())
    assert (curve.source, curve.points, curve.now, curve.random) == (None, [], None, None)


def test_advice_is_read_whole():
    advice = codecs.ADVICE.decode(
        v1.GetAdviceResponse(
            stop=True,
            reasons=[v1.StopSign(reason=v1.STOP_REASON_PLATEAU, figure=1, threshold=2, message="flat")],
            against=[v1.StopSign(figure=3, threshold=4, message="few")],
            label_count=8,
            source=v1.ARM_HOLDOUT,
            now=POINT,
            active_against_random=AGAINST,
        )
    )
    assert advice.reasons == [StopSign("plateau", 1, 2, "flat")]
    assert advice.against == [StopSign(None, 3, 4, "few")]
    assert (advice.stop, advice.label_count, advice.source) == (True, 8, "holdout")
    assert advice.now == Accuracy(3, 0.5, 0.25, 0.75, 9)
    assert advice.active_against_random.items == 5


def test_thresholds_are_sent_only_if_given(client, sent):
    client.get_advice("p", target_accuracy=0.9, plateau_gain=0.0)
    request = sent[-1]
    assert request == v1.GetAdviceRequest(pool_id="p", target_accuracy=0.9, plateau_gain=0.0)
    assert [field.name for field, _ in request.ListFields()] == [
        "pool_id",
        "target_accuracy",
        "plateau_gain",
    ]
    client.get_advice("p", budget=2**40)
    assert sent[-1].budget == 2**40
    with pytest.raises(InvalidArgumentError, match="budget"):
        client.get_advice("p", budget=-1)


def _arm(number):
    return codecs.LABEL_EVENT.decode(resources.LabelEvent(arm=number)).arm


def test_arms_are_words(client, sent):
    client.lease_batch("p", arm="holdout")
    assert sent[-1].arm == v1.ARM_HOLDOUT
    client.lease_batch("p")
    assert sent[-1].arm == v1.ARM_ACTIVE
    client.submit_labels("p", {"a": "b"}, next_size=1, next_arm="holdout")
    assert sent[-1].next.arm == v1.ARM_HOLDOUT
    for wrong in (lambda: client.lease_batch("p", arm="placebo"), lambda: client.lease_batch("p", arm="")):
        with pytest.raises(InvalidArgumentError, match="arm"):
            wrong()
    assert [_arm(number) for number in (0, 1, 2, 3, 9)] == [None, "active", "control", "holdout", "9"]


def test_probabilities_and_holdout_are_sent(client, sent):
    client.create_pool("p", dimension=2, holdout_share=0.25, control_share=0.5)
    config = sent[-1].config
    assert (config.holdout_share, config.control_share) == (0.25, 0.5)
    assert requests.new_item(NewItem("a", np.zeros(2), holdout=True), 0).holdout
    assert not requests.new_item(NewItem("a", np.zeros(2)), 0).holdout


def test_arms_of_pools_items_and_labels_are_read():
    pool = codecs.POOL.decode(
        resources.Pool(
            config=resources.PoolConfig(holdout_share=0.25, control_share=0.5),
            holdout=v1.HoldoutCounts(items=4, labelled=3),
            suggestions=v1.SuggestionCounts(active=2, control=1),
        )
    )
    assert (pool.holdout_share, pool.control_share) == (0.25, 0.5)
    assert (pool.holdout, pool.suggestions) == (HoldoutCounts(4, 3), SuggestionCounts(2, 1))
    assert codecs.ITEM.decode(resources.Item(holdout=True)).holdout
    suggested = resources.SuggestedItem(item_id="a", arm=v1.ARM_CONTROL)
    assert codecs.BATCH.decode(resources.Batch(items=[suggested])).items[0].arm == "control"
    event = resources.LabelEvent(
        arm=v1.ARM_CONTROL, suggestion_number=4, eligible_items=9, predicted_label="x"
    )
    told = codecs.LABEL_EVENT.decode(event)
    assert (told.arm, told.suggestion_number, told.eligible_items, told.predicted_label) == (
        "control",
        4,
        9,
        "x",
    )
