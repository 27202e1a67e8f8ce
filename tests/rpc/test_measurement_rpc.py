"""Holdout, control arm, learning curve and advice over the wire."""

from dataclasses import replace

import numpy as np
import pytest

from vicinal.client import Client, InvalidArgumentError, NewItem
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import sampler_service_pb2 as service

CLASSES, ITEMS = 3, 240
CENTRES = np.random.default_rng(1).normal(size=(CLASSES, 8))
TRUTH = np.random.default_rng(2).integers(0, CLASSES, ITEMS)
VECTORS = CENTRES[TRUTH] * 1.5 + np.random.default_rng(3).normal(size=(ITEMS, 8))


def truth(item_id: str) -> str:
    return f"class-{TRUTH[int(item_id)]}"


def make(client: Client, pool_id: str, **config) -> None:
    client.create_pool(pool_id, dimension=8, **config)
    client.add_vectors(pool_id, [str(row) for row in range(ITEMS)], VECTORS)


def label(
    client: Client, pool_id: str, count: int, arm: str = "active", size: int = 1
) -> list[tuple[str, str]]:
    """Labels so many suggestions rightly; returns their arms and ids."""
    told: list[tuple[str, str]] = []
    while len(told) < count:
        batch = client.lease_batch(pool_id, size, arm=arm)
        given = {item.item_id: truth(item.item_id) for item in batch.items}
        client.submit_labels(pool_id, given, lease_id=batch.lease_id)
        told += [(item.arm, item.item_id) for item in batch.items]
    return told


def seen(client: Client, pool_id: str) -> object:
    """All that suggestions and predictions depend on."""
    predictions = client.classify(pool_id, VECTORS[:20]).predictions
    return list(client.score_pool(pool_id)), predictions


def test_holdout_labels_never_change_suggestions_or_predictions(client, pool_id):
    without, labelled = f"{pool_id}-a", f"{pool_id}-b"
    for name in (without, labelled):
        make(client, name, holdout_share=0.3, control_share=0.2)
        label(client, name, 10)
    held = label(client, labelled, 40, arm="holdout", size=8)
    assert {arm for arm, _ in held} == {"holdout"}
    assert seen(client, without) == seen(client, labelled)
    assert label(client, without, 10) == label(client, labelled, 10)
    pool = client.get_pool(labelled)
    assert pool.holdout.labelled == 40
    assert 0.15 * ITEMS < pool.holdout.items < 0.45 * ITEMS
    suggested = {item_id for _, item_id in label(client, labelled, 60, size=10)}
    assert not any(client.get_item(labelled, item_id).item.holdout for item_id in suggested)


def test_the_control_share_holds_over_many_suggestions(client, pool_id):
    make(client, pool_id, control_share=0.25)
    arms = [arm for arm, _ in label(client, pool_id, 120, size=3)]
    assert arms.count("control") in (29, 30, 31)
    assert client.get_pool(pool_id).suggestions.control == arms.count("control")
    told = {event.item_id: event for event in client.export_labels(pool_id)}
    assert sorted(event.arm for event in told.values()) == sorted(arms)
    assert {event.suggestion_number for event in told.values()} == set(range(1, 121))
    assert [event.eligible_items for event in told.values()] == [ITEMS - row for row in range(120)]
    assert sum(event.predicted_label == event.label for event in told.values()) > 40


def test_items_can_be_named_for_the_holdout(client, pool_id):
    client.create_pool(pool_id, dimension=8)
    items = [NewItem(str(row), VECTORS[row], holdout=row < 5) for row in range(10)]
    assert client.add_items(pool_id, items).added == 10
    assert {item.item_id for item in client.list_items(pool_id) if item.holdout} == set("01234")
    again = client.add_items(pool_id, [replace(item, holdout=True) for item in items])
    assert (again.existing, [error.item_id for error in again.errors]) == (5, list("56789"))
    assert {error.reason for error in again.errors} == {"ITEM_EXISTS"}
    batch = client.lease_batch(pool_id, 10, arm="holdout")
    assert {item.item_id for item in batch.items} == set("01234")
    assert batch.strategy == "random"
    assert not client.get_item(pool_id, "0").rank


def test_a_retried_lease_draws_once(stub, make_pool):
    pool = make_pool(20, control_share=0.5)
    request = service.LeaseBatchRequest(pool_id=pool.pool_id, size=4, request_id=f"{pool.pool_id}-1")
    first = stub.LeaseBatch(request)
    assert stub.LeaseBatch(request) == first
    made = stub.GetPool(service.GetPoolRequest(pool_id=pool.pool_id)).pool.suggestions
    assert (made.active, made.control) == (2, 2)


def test_the_curve_is_measured_on_the_holdout(client, pool_id):
    make(client, pool_id, holdout_share=0.4, control_share=0.4)
    assert client.get_learning_curve(pool_id).now is None
    assert client.get_learning_curve(pool_id).notes
    label(client, pool_id, 60, arm="holdout", size=20)
    label(client, pool_id, 80)
    curve = client.get_learning_curve(pool_id)
    assert (curve.source, curve.points[-1].label_count, curve.points[-1].items) == ("holdout", 80, 60)
    assert curve.points[-1] == curve.now
    counts = [point.label_count for point in curve.points]
    assert counts == sorted(set(counts))
    assert all(0 <= point.low <= point.value <= point.high <= 1 for point in curve.points)
    kept = [item.item_id for item in client.list_items(pool_id, states=["labelled"]) if item.holdout]
    predictions = client.classify_items(pool_id, kept).predictions
    right = [said.label == truth(key) for said, key in zip(predictions, kept, strict=True) if said]
    assert curve.now.value == pytest.approx(np.mean(right))
    verdict = curve.active_against_random
    assert verdict.low <= verdict.difference <= verdict.high
    assert (verdict.labels_each, verdict.items) == (16, 60)
    assert curve.random is not None
    assert curve.random.label_count > 0


def test_without_a_holdout_the_curve_is_measured_on_the_control_arm(client, pool_id):
    make(client, pool_id, control_share=0.5)
    label(client, pool_id, 100)
    curve = client.get_learning_curve(pool_id)
    assert (curve.source, curve.now.items) == ("control", 25)
    assert [point.items for point in curve.points] == [10] * 5
    assert curve.now.low < curve.now.value <= curve.now.high
    assert curve.active_against_random.items == 49


def test_advice_names_its_reasons_and_what_speaks_against(client, pool_id):
    make(client, pool_id, holdout_share=0.4)
    empty = client.get_advice(pool_id, budget=10, target_accuracy=0.5)
    assert (empty.stop, empty.now, empty.label_count) == (False, None, 0)
    assert "budget_spent" in [sign.reason for sign in empty.against]
    label(client, pool_id, 60, arm="holdout", size=20)
    label(client, pool_id, 20)
    early = client.get_advice(pool_id, budget=1000, target_accuracy=1.0)
    assert not early.stop
    assert {"budget_spent", "target_reached", "predictions_stable"} <= {sign.reason for sign in early.against}
    label(client, pool_id, 80, size=4)
    late = client.get_advice(pool_id, budget=100, target_accuracy=0.5)
    assert late.stop
    assert {"budget_spent", "target_reached"} <= {sign.reason for sign in late.reasons}
    budget = next(sign for sign in late.reasons if sign.reason == "budget_spent")
    assert (budget.figure, budget.threshold) == (100, 100)
    assert "100 labels" in budget.message
    lax = client.get_advice(pool_id, plateau_gain=1.0, changed_share=1.0, sure_uncertainty=1.0)
    assert {sign.reason for sign in lax.reasons} >= {"predictions_stable", "nothing_uncertain"}


def test_wrong_arms_are_refused_by_the_client_too(client):
    with pytest.raises(InvalidArgumentError, match="arm"):
        client.lease_batch("any", arm="treatment")


def test_everything_measured_outlives_a_kill(own_server):
    def told(client: Client) -> object:
        return (
            client.get_learning_curve("p"),
            client.get_advice("p", budget=50, target_accuracy=0.9),
            list(client.export_labels("p", history=True)),
            client.get_pool("p").suggestions,
            client.get_pool("p").holdout,
        )

    with Client(own_server.target) as client:
        make(client, "p", holdout_share=0.3, control_share=0.3)
        label(client, "p", 30, arm="holdout", size=10)
        label(client, "p", 70, size=7)
        client.submit_labels("p", {label(client, "p", 1)[0][1]: "other"}, relabel=True)
        before = told(client)
        copy = client.lease_batch("p", 6, lease_seconds=1000)
        client.release_leases("p", [copy.lease_id])
    own_server.kill()
    own_server.start()
    with Client(own_server.target) as client:
        after = told(client)
        assert after[:3] == before[:3]
        assert after[3].active + after[3].control == before[3].active + before[3].control + 6
        assert after[4] == before[4]


def test_the_wire_says_which_arm(stub, make_pool):
    pool = make_pool(10, holdout_share=0.5)
    request = service.LeaseBatchRequest(pool_id=pool.pool_id, size=2, arm=measurement.ARM_HOLDOUT)
    items = stub.LeaseBatch(request).batch.items
    assert [item.arm for item in items] == [measurement.ARM_HOLDOUT] * 2
    given = [service.Label(item_id="item-0", label="cat")]
    answer = stub.SubmitLabels(
        service.SubmitLabelsRequest(
            pool_id=pool.pool_id, labels=given, next={"size": 1, "arm": measurement.ARM_HOLDOUT}
        )
    )
    assert answer.next.items[0].arm == measurement.ARM_HOLDOUT
