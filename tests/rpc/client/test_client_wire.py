"""What the client makes of arguments and answers over a real socket."""

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2

from vicinal.client import (
    InvalidArgumentError,
    ItemError,
    NewItem,
    NotFoundError,
    ResourceExhaustedError,
    Violation,
)
from vicinal.client.channel import MAX_MESSAGE_BYTES
from vicinal.records.pools import Fingerprint, Medium
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1


def added_all(request):
    return v1.AddItemsResponse(added=len(request.items))


def failing_first(request):
    error = resources.ItemError(index=0, item_id=request.items[0].item_id, reason="CONTENT_UNREADABLE")
    return v1.AddItemsResponse(added=len(request.items) - 1, errors=[error])


def test_rich_errors_arrive_whole(script, scripted_client, fault):
    details = [
        error_details_pb2.ErrorInfo(reason="POOL_NOT_FOUND", domain="vicinal", metadata={"pool_id": "p"}),
        error_details_pb2.BadRequest(
            field_violations=[error_details_pb2.BadRequest.FieldViolation(field="pool_id", description="no")]
        ),
    ]
    script.answers("GetPool", fault(grpc.StatusCode.NOT_FOUND, "no pool 'p'", details))
    with pytest.raises(NotFoundError, match="no pool 'p'") as caught:
        scripted_client.get_pool("p")
    error = caught.value
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "POOL_NOT_FOUND")
    assert error.details == {"pool_id": "p"}
    assert error.violations == (Violation("pool_id", "no"),)
    assert isinstance(error.__cause__, grpc.RpcError)


def test_rich_errors_of_a_stream_arrive_whole(script, scripted_client, fault):
    info = error_details_pb2.ErrorInfo(reason="POOL_NOT_FOUND", domain="vicinal")
    script.answers("ScorePool", [fault(grpc.StatusCode.NOT_FOUND, "no pool", [info])])
    with pytest.raises(NotFoundError) as caught:
        list(scripted_client.score_pool("p"))
    assert caught.value.reason == "POOL_NOT_FOUND"


def test_adding_many_items_is_split_and_errors_count_through(script, scripted_client):
    script.answers("AddItems", failing_first, failing_first, failing_first)
    added = scripted_client.add_items("p", (NewItem(f"i{n}", f"text {n}") for n in range(600)))
    sizes = [len(request.items) for request in script.requests("AddItems")]
    assert sizes == [256, 256, 88]
    assert (added.added, added.error_count) == (597, 3)
    assert [(error.index, error.item_id) for error in added.errors] == [
        (0, "i0"),
        (256, "i256"),
        (512, "i512"),
    ]


def test_an_item_too_large_for_the_wire_fails_alone(script, scripted_client):
    huge = NewItem("huge", bytes(MAX_MESSAGE_BYTES))
    script.answers("AddItems", added_all, added_all)
    added = scripted_client.add_items("p", [NewItem("a", "x"), huge, NewItem("b", "y")])
    assert added.added == 2
    assert [(error.index, error.item_id, error.reason) for error in added.errors] == [
        (1, "huge", "LIMIT_EXCEEDED")
    ]


def test_the_largest_item_the_client_sends_gets_through(script, scripted_client):
    script.answers("AddItems", added_all)
    added = scripted_client.add_items("p", [NewItem("large", bytes(MAX_MESSAGE_BYTES - 70_000))])
    assert added.added == 1


def test_a_content_too_large_for_the_wire_is_refused(script, scripted_client):
    with pytest.raises(ResourceExhaustedError, match="Sent message larger than max"):
        scripted_client.embed("m", [bytes(MAX_MESSAGE_BYTES)])
    assert not script.seen


def test_answers_may_be_as_large_as_requests(script, scripted_client):
    dimension = (MAX_MESSAGE_BYTES - 70_000) // 4
    embedding = v1.EmbedResponse.Embedding(index=0, vector=bytes(4 * dimension))
    fingerprint = resources.Fingerprint(dimension=dimension)
    script.answers("Embed", v1.EmbedResponse(fingerprint=fingerprint, embeddings=[embedding]))
    assert scripted_client.embed("m", ["text"]).vectors.shape == (1, dimension)


def test_nothing_to_add_asks_nothing(script, scripted_client):
    added = scripted_client.add_items("p", [])
    assert (added.added, added.existing, added.errors) == (0, 0, [])
    assert not script.seen


def test_vectors_travel_as_little_endian_float32(script, scripted_client):
    script.answers("AddItems", added_all)
    vectors = np.arange(6, dtype=">f8").reshape(2, 3)
    scripted_client.add_vectors("p", ["a", "b"], vectors, metadata=[{"k": "v"}, {}], fingerprint_digest="f")
    (request,) = script.requests("AddItems")
    assert request.fingerprint_digest == "f"
    sent = [np.frombuffer(item.content.vector, "<f4").tolist() for item in request.items]
    assert sent == [[0, 1, 2], [3, 4, 5]]
    assert [dict(item.metadata) for item in request.items] == [{"k": "v"}, {}]


def test_import_sends_header_then_chunks(script, scripted_client):
    answer = v1.ImportItemsResponse(
        added=1199, errors=[resources.ItemError(index=257, item_id="i258")], error_count=1
    )
    script.answers("ImportItems", answer)
    items = [NewItem(f"i{n}", "x") for n in range(1200)]
    items.insert(1, NewItem("huge", bytes(MAX_MESSAGE_BYTES)))
    added = scripted_client.import_items("p", items, fingerprint_digest="f")
    header, *chunks = script.requests("ImportItems")
    assert header.header == v1.ImportItemsRequest.Header(pool_id="p", fingerprint_digest="f")
    assert [len(chunk.chunk.items) for chunk in chunks] == [1, 1024, 175]
    assert (added.added, added.error_count) == (1199, 2)
    assert [error.index for error in added.errors] == [1, 258]


def test_a_failure_while_items_are_read_is_raised_as_it_is(script, scripted_client):
    script.answers("ImportItems", v1.ImportItemsResponse())

    def items():
        yield NewItem("a", "x")
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        scripted_client.import_items("p", items())


def test_an_import_the_server_refuses_raises_its_error(script, scripted_client, fault):
    script.answers("ImportItems", fault(grpc.StatusCode.NOT_FOUND, "no pool"))
    with pytest.raises(NotFoundError, match="no pool"):
        scripted_client.import_items("p", (NewItem(f"i{n}", "x" * 1000) for n in range(20_000)))


def test_pages_are_followed_and_fetched_as_they_are_read(script, scripted_client):
    first = v1.ListItemsResponse(items=[resources.Item(item_id="a")], next_page_token="t")
    second = v1.ListItemsResponse(items=[resources.Item(item_id="b", state=resources.ITEM_STATE_LABELLED)])
    script.answers("ListItems", first, second)
    rows = scripted_client.list_items("p", states=["labelled"])
    assert next(rows).item_id == "a"
    assert len(script.seen) == 1
    assert [(item.item_id, item.state) for item in rows] == [("b", "labelled")]
    assert [request.page_token for request in script.requests("ListItems")] == ["", "t"]
    assert all(
        list(request.states) == [resources.ITEM_STATE_LABELLED] for request in script.requests("ListItems")
    )


def test_predictions_go_to_the_places_of_their_inputs(script, scripted_client):
    def answer(request):
        error = resources.ItemError(index=1, reason="CONTENT_UNREADABLE", message="broken")
        voted = [
            v1.Prediction(index=index, label=f"l{index}")
            for index in range(len(request.inputs))
            if index != 1
        ]
        return v1.ClassifyResponse(predictions=voted, errors=[error])

    script.answers("Classify", answer, answer)
    classified = scripted_client.classify("p", np.ones((300, 2), np.float32))
    assert len(classified.predictions) == 300
    assert [place for place, one in enumerate(classified.predictions) if one is None] == [1, 257]
    assert classified.predictions[256].label == "l0"
    assert classified.errors[1] == ItemError(257, "", "CONTENT_UNREADABLE", "broken")


def test_embeddings_have_nan_where_a_content_failed(script, scripted_client):
    def answer(request):
        vector = np.asarray([1, 2], "<f4").tobytes()
        return v1.EmbedResponse(
            fingerprint=resources.Fingerprint(
                name="m", version="1", preprocessing="none", dimension=2, medium=resources.MEDIUM_TEXT
            ),
            embeddings=[v1.EmbedResponse.Embedding(index=1, vector=vector)],
            errors=[resources.ItemError(index=0, reason="CONTENT_UNREADABLE")],
        )

    script.answers("Embed", answer, answer)
    embeddings = scripted_client.embed("m", ["a text"] * 258)
    assert (embeddings.vectors.shape, embeddings.vectors.dtype) == ((258, 2), np.float32)
    assert np.flatnonzero(~np.isnan(embeddings.vectors).any(axis=1)).tolist() == [1, 257]
    np.testing.assert_array_equal(embeddings.vectors[[1, 257]], [[1, 2], [1, 2]])
    assert [error.index for error in embeddings.errors] == [0, 256]
    assert embeddings.fingerprint == Fingerprint("m", "1", "none", 2, Medium.TEXT)


def test_next_batch_is_asked_for_only_when_wanted(script, scripted_client):
    script.answers("SubmitLabels", v1.SubmitLabelsResponse(), v1.SubmitLabelsResponse(next=resources.Batch()))
    assert scripted_client.submit_labels("p", {"a": "x"}).next is None
    submitted = scripted_client.submit_labels(
        "p", {"a": "x"}, relabel=True, next_size=3, next_lease_seconds=1.5
    )
    assert submitted.next is not None
    assert (submitted.next.lease_id, submitted.next.items, submitted.next.expires_at) == ("", [], None)
    plain, asking = script.requests("SubmitLabels")
    assert not plain.HasField("next")
    assert (asking.next.size, asking.next.lease_duration.ToTimedelta().total_seconds()) == (3, 1.5)
    assert asking.labels[0].relabel


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda client: client.lease_batch("p", -1), "size"),
        (lambda client: client.lease_batch("p", lease_seconds=float("nan")), "lease_seconds"),
        (lambda client: client.lease_batch("p", lease_seconds=1e300), "lease_seconds"),
        (lambda client: client.submit_labels("p", {"a": "x"}, next_size=2**40), "next_size"),
        (lambda client: client.create_pool("p", metric="manhattan"), "metric"),
        (lambda client: client.create_pool("p", vote_weighting=""), "vote_weighting"),
        (lambda client: client.create_pool("p", seed=-1), "seed"),
        (lambda client: client.create_pool("\ud800"), "config"),
        (lambda client: client.list_items("p", states=["labelled", "lost"]), "states[1]"),
        (lambda client: client.skip_items("p", "a"), "item_ids"),
        (lambda client: client.release_leases("p", "a"), "lease_ids"),
        (lambda client: client.classify_items("p", "a"), "item_ids"),
        (lambda client: client.classify("p", "a text"), "contents"),
        (lambda client: client.classify("p", np.ones((2, 2, 2))), "contents"),
        (lambda client: client.classify("p", np.ones(3)), "contents"),
        (lambda client: client.classify("p", [np.ones(2), np.ones((2, 2))]), "contents[1]"),
        (lambda client: client.embed("m", "a text"), "contents"),
        (lambda client: client.embed("m", []), "contents"),
        (lambda client: client.add_items("p", [NewItem("a", 7)]), "items[0].content"),
        (lambda client: client.add_items("p", [NewItem("a", "x" + "\ud800")]), "items[0].content"),
        (lambda client: client.add_items("p", [NewItem("\ud800", "x")]), "items[0]"),
        (lambda client: client.import_items("p", [NewItem("a", np.ones((2, 2)))]), "items[0].content"),
        (lambda client: client.add_vectors("p", ["a"], np.ones((2, 2))), "vectors"),
        (lambda client: client.add_vectors("p", ["a"], np.ones((1, 2)), metadata=[]), "metadata"),
        (lambda client: client.add_vectors("p", ["a"], [["x"]]), "vectors"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_field(script, scripted_client, call, field):
    script.answers("ImportItems", v1.ImportItemsResponse())
    with pytest.raises(InvalidArgumentError) as caught:
        call(scripted_client)
    assert caught.value.reason == "INVALID_INPUT"
    assert [violation.field for violation in caught.value.violations] == [field]
