"""ScorePool, GetItem, ListItems, Classify, Embed."""

import io

import grpc
import numpy as np
import pytest
from PIL import Image

from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import Content, PoolConfig

CLUSTERS = np.array([[1, 0, 0], [0, 1, 0]], dtype="<f4")


def _input(vector):
    return {"content": {"vector": np.asarray(vector, dtype="<f4").tobytes()}}


def _label(stub, pool_id, labels):
    given = [service.Label(item_id=key, label=label) for key, label in labels.items()]
    stub.SubmitLabels(service.SubmitLabelsRequest(pool_id=pool_id, labels=given))


@pytest.fixture
def two_classes(stub, make_pool):
    """A pool of six items about two axes; the first of each is labelled."""
    pool_id = make_pool(0, dimension=3).pool_id
    noise = np.random.default_rng(1).normal(scale=0.05, size=(6, 3))
    vectors = (CLUSTERS[[0, 0, 0, 1, 1, 1]] + noise).astype("<f4")
    items = [{"item_id": f"{row}", "content": {"vector": v.tobytes()}} for row, v in enumerate(vectors)]
    stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items))
    _label(stub, pool_id, {"0": "left", "3": "right"})
    return pool_id


def test_every_eligible_item_is_scored_best_first(stub, make_pool):
    pool = make_pool(1100)
    _label(stub, pool.pool_id, {"item-7": "cat"})
    responses = list(stub.ScorePool(service.ScorePoolRequest(pool_id=pool.pool_id)))
    items = [item for response in responses for item in response.items]
    assert len(responses) > 1
    assert [item.rank for item in items] == list(range(1, 1100))
    assert {item.item_id for item in items} == set(pool.item_ids) - {"item-7"}
    scores = [item.score.score for item in items]
    assert scores == sorted(scores, reverse=True)
    batch = stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool.pool_id)).batch
    assert batch.items[0].item_id == items[0].item_id
    assert batch.items[0].score == items[0].score


def test_an_item_is_explained(stub, two_classes):
    response = stub.GetItem(service.GetItemRequest(pool_id=two_classes, item_id="1"))
    assert response.item.state == resources.ITEM_STATE_UNLABELLED
    assert response.probabilities[0].label == "left"
    assert {voter.item_id for voter in response.voters} == {"0", "3"}
    assert sum(voter.weight for voter in response.voters) == pytest.approx(1)
    assert response.pool_neighbours[0].item_id in {"0", "2"}
    assert (response.HasField("score"), response.eligible_items) == (True, 4)
    assert 1 <= response.rank <= 4


def test_an_item_that_is_not_eligible_has_no_score(stub, two_classes):
    response = stub.GetItem(service.GetItemRequest(pool_id=two_classes, item_id="0"))
    assert (response.HasField("score"), response.rank) == (False, 0)
    assert (response.item.label, response.item.update_time.seconds > 0) == ("left", True)


def test_an_unknown_item_is_said(stub, two_classes, failure_of):
    failure = failure_of(lambda: stub.GetItem(service.GetItemRequest(pool_id=two_classes, item_id="9")))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "ITEM_NOT_FOUND")


def test_items_are_listed_page_by_page(stub, make_pool):
    pool = make_pool(25)
    listed, token = [], ""
    while True:
        request = service.ListItemsRequest(pool_id=pool.pool_id, page_size=10, page_token=token)
        page = stub.ListItems(request)
        listed += [item.item_id for item in page.items]
        token = page.next_page_token
        if not token:
            break
    assert listed == pool.item_ids


def test_items_are_listed_by_state(stub, two_classes):
    request = service.ListItemsRequest(pool_id=two_classes, states=[resources.ITEM_STATE_LABELLED])
    assert [item.item_id for item in stub.ListItems(request).items] == ["0", "3"]


def test_a_page_token_is_of_one_listing(stub, make_pool, failure_of):
    pool_id = make_pool(5).pool_id
    first = stub.ListItems(service.ListItemsRequest(pool_id=pool_id, page_size=2))
    wrong = [
        service.ListItemsRequest(pool_id=pool_id, page_token="nonsense"),
        service.ListItemsRequest(
            pool_id=pool_id, page_token=first.next_page_token, states=[resources.ITEM_STATE_LABELLED]
        ),
    ]
    for request in wrong:
        failure = failure_of(lambda request=request: stub.ListItems(request))
        assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("page_token",))


def test_contents_and_items_are_classified_and_wrong_ones_fail_alone(stub, two_classes):
    inputs = [
        _input([0, 1, 0]),
        {"item_id": "1"},
        {"item_id": "nobody"},
        _input([0, 0, 0]),
        _input([1, 0]),
        {},
        _input([1, 0.1, 0]),
    ]
    response = stub.Classify(service.ClassifyRequest(pool_id=two_classes, inputs=inputs))
    found = {prediction.index: prediction.label for prediction in response.predictions}
    assert found == {0: "right", 1: "left", 6: "left"}
    assert [prediction.index for prediction in response.predictions] == [0, 1, 6]
    failed = {error.index: (error.item_id, error.reason) for error in response.errors}
    assert failed == {
        2: ("nobody", "ITEM_NOT_FOUND"),
        3: ("", "INVALID_INPUT"),
        4: ("", "INVALID_INPUT"),
        5: ("", "INVALID_INPUT"),
    }
    assert not response.predictions[0].neighbours


def test_the_neighbours_that_voted_come_along_when_asked_for(stub, two_classes):
    request = service.ClassifyRequest(pool_id=two_classes, inputs=[_input([0, 1, 0])], with_neighbours=True)
    neighbours = stub.Classify(request).predictions[0].neighbours
    assert [(each.item_id, each.label) for each in neighbours] == [("3", "right"), ("0", "left")]
    assert neighbours[0].weight > neighbours[1].weight


def test_without_labels_nothing_is_classified(stub, make_pool, failure_of):
    pool_id = make_pool(2, dimension=3).pool_id
    request = service.ClassifyRequest(pool_id=pool_id, inputs=[_input([0, 1, 0])])
    failure = failure_of(lambda: stub.Classify(request))
    assert (failure.code, failure.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NO_LABELS_YET")


def _png(size, mode="RGB", colour=90):
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format="PNG")
    return file.getvalue()


def test_pictures_are_classified_through_the_pools_featurizer(stub, pool_id):
    config = PoolConfig(pool_id=pool_id, featurizer="image-statistics")
    stub.CreatePool(service.CreatePoolRequest(config=config))
    pictures = {"dark": _png((20, 20), colour=(20, 0, 0)), "light": _png((20, 20), colour=(0, 250, 0))}
    items = [{"item_id": name, "content": {"image": raw}} for name, raw in pictures.items()]
    assert stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items)).added == 2
    _label(stub, pool_id, {"dark": "night", "light": "day"})
    inputs = [{"content": {"image": raw}} for raw in pictures.values()] + [{"content": {"image": b"GIF"}}]
    response = stub.Classify(service.ClassifyRequest(pool_id=pool_id, inputs=inputs, with_neighbours=True))
    nearest = [prediction.neighbours[0].similarity for prediction in response.predictions]
    assert nearest == pytest.approx([1, 1], abs=1e-4)
    assert [(error.index, error.reason) for error in response.errors] == [(2, "CONTENT_UNREADABLE")]


def test_contents_are_embedded_each_by_itself(stub):
    contents = [
        Content(image=_png((30, 20))),
        Content(image=b"no picture"),
        Content(vector=b"\0\0\0\0"),
        Content(text="no picture either"),
        Content(),
        Content(image=_png((9, 9), mode="L")),
    ]
    response = stub.Embed(service.EmbedRequest(featurizer="image-statistics", contents=contents))
    assert [embedding.index for embedding in response.embeddings] == [0, 5]
    for embedding in response.embeddings:
        assert len(np.frombuffer(embedding.vector, dtype="<f4")) == response.fingerprint.dimension
    reasons = {error.index: error.reason for error in response.errors}
    assert reasons == {
        1: "CONTENT_UNREADABLE",
        2: "INVALID_INPUT",
        3: "CONTENT_UNREADABLE",
        4: "INVALID_INPUT",
    }
