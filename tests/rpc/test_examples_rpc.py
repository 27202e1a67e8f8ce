"""Examples over a real socket: they vote, survive a kill, and wrong ones are named."""

import grpc
import numpy as np
import pytest

from vicinal.v1 import examples_pb2 as v1
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import Content, PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


def vectors(count: int = 4, dimension: int = 8) -> list[bytes]:
    return [row.tobytes() for row in np.random.default_rng(5).normal(size=(count, dimension)).astype("<f4")]


def new(row: int, label: str, **more: object) -> v1.NewExample:
    return v1.NewExample(example_id=f"ex-{row}", content=Content(vector=vectors()[row]), label=label, **more)


def add(stub: SamplerServiceStub, pool_id: str, *examples: v1.NewExample, **more: object):
    return stub.AddExamples(v1.AddExamplesRequest(pool_id=pool_id, examples=examples, **more))


def classified(stub: SamplerServiceStub, pool_id: str) -> service.Prediction:
    inputs = [service.ClassifyRequest.Input(content=Content(vector=vectors()[0]))]
    request = service.ClassifyRequest(pool_id=pool_id, inputs=inputs, with_neighbours=True)
    return stub.Classify(request).predictions[0]


def test_examples_vote_and_are_named_but_never_suggested(stub, make_pool):
    pool_id = make_pool().pool_id
    answer = add(stub, pool_id, new(0, "cat"), new(1, "dog"), annotator="ana")
    assert (answer.added, answer.relabelled, answer.existing, len(answer.errors)) == (2, 0, 0, 0)
    prediction = classified(stub, pool_id)
    assert prediction.label == "cat"
    assert {(each.item_id, each.example_id) for each in prediction.neighbours} == {("", "ex-0"), ("", "ex-1")}
    item = stub.GetItem(service.GetItemRequest(pool_id=pool_id, item_id="item-0"))
    assert {each.example_id for each in item.voters} <= {"ex-0", "ex-1"}
    pool = stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool
    assert (pool.examples, pool.counts.total, dict(pool.label_counts)) == (2, 30, {})
    listed = stub.ListExamples(v1.ListExamplesRequest(pool_id=pool_id)).examples
    assert [(each.example_id, each.label, each.annotator) for each in listed] == [
        ("ex-0", "cat", "ana"),
        ("ex-1", "dog", "ana"),
    ]
    assert listed[0].create_time.seconds > 1_600_000_000
    batch = stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool_id, size=100)).batch
    assert len(batch.items) == 30


def test_what_is_taken_back_leaves_no_trace(stub, make_pool):
    pool_id = make_pool().pool_id
    labels = [service.Label(item_id=f"item-{row}", label="ab"[row % 2]) for row in range(4)]
    stub.SubmitLabels(service.SubmitLabelsRequest(pool_id=pool_id, labels=labels))
    request = service.ScorePoolRequest(pool_id=pool_id)
    scores = [part.SerializeToString() for part in stub.ScorePool(request)]
    before = classified(stub, pool_id)
    add(stub, pool_id, new(0, "cat"), new(1, "a"))
    assert classified(stub, pool_id) != before
    removed = stub.RemoveExamples(v1.RemoveExamplesRequest(pool_id=pool_id, example_ids=["ex-1", "ex-0"]))
    assert removed.removed == 2
    assert [part.SerializeToString() for part in stub.ScorePool(request)] == scores
    assert classified(stub, pool_id) == before


def test_each_wrong_example_fails_alone(stub, make_pool):
    pool_id = make_pool(classes=["cat", "dog"]).pool_id
    nan = np.full(8, np.nan, dtype="<f4").tobytes()
    examples = [
        new(0, "cat"),
        v1.NewExample(example_id="", content=Content(vector=vectors()[0]), label="cat"),
        v1.NewExample(example_id="a\nb", content=Content(vector=vectors()[0]), label="cat"),
        v1.NewExample(example_id="unlabelled", content=Content(vector=vectors()[0])),
        v1.NewExample(example_id="empty", label="cat"),
        v1.NewExample(example_id="short", content=Content(vector=b"1234"), label="cat"),
        v1.NewExample(example_id="nan", content=Content(vector=nan), label="cat"),
        v1.NewExample(example_id="text", content=Content(text="hello"), label="cat"),
        new(1, "bird"),
        new(0, "dog"),
        new(0, "cat"),
        v1.NewExample(example_id="ex-0", content=Content(vector=vectors()[1]), label="cat"),
    ]
    answer = add(stub, pool_id, *examples)
    assert (answer.added, answer.existing) == (1, 1)
    reasons = {error.index: error.reason for error in answer.errors}
    assert reasons == dict.fromkeys(range(1, 9), "INVALID_INPUT") | dict.fromkeys((9, 11), "EXAMPLE_EXISTS")
    assert all(error.example_id == examples[error.index].example_id for error in answer.errors)
    assert "cat, dog" in answer.errors[7].message
    assert add(stub, pool_id, new(0, "dog", relabel=True)).relabelled == 1


WRONG = [
    ("AddExamples", {"pool_id": "?"}, ["pool_id", "examples"]),
    ("AddExamples", {"pool_id": "POOL", "request_id": "\n", "examples": [{}]}, ["request_id"]),
    ("AddExamples", {"pool_id": "POOL", "annotator": "a" * 129, "examples": [{}]}, ["annotator"]),
    (
        "AddExamples",
        {"pool_id": "POOL", "fingerprint_digest": "a" * 129, "examples": [{}]},
        ["fingerprint_digest"],
    ),
    ("RemoveExamples", {"pool_id": "POOL"}, ["example_ids"]),
    ("RemoveExamples", {"pool_id": "POOL", "example_ids": ["x", ""]}, ["example_ids[1]"]),
    ("RemoveExamples", {"pool_id": "POOL", "example_ids": ["ex-0", "ex-0"]}, ["example_ids[1]"]),
    ("RemoveExamples", {"pool_id": "", "request_id": "ä", "example_ids": ["x"]}, ["pool_id", "request_id"]),
    ("ListExamples", {"pool_id": "POOL", "page_size": 1001}, ["page_size"]),
    ("ListExamples", {"pool_id": "", "page_size": 1}, ["pool_id"]),
    ("ListExamples", {"pool_id": "POOL", "page_token": "x"}, ["page_token"]),
]


@pytest.mark.parametrize("wrong_request", WRONG)
def test_wrong_fields_are_named(stub, make_pool, failure_of, wrong_request):
    method, fields, wrong = wrong_request
    pool_id = make_pool(2).pool_id
    add(stub, pool_id, new(0, "cat"))
    fields = {name: pool_id if value == "POOL" else value for name, value in fields.items()}
    failure = failure_of(lambda: getattr(stub, method)(getattr(v1, f"{method}Request")(**fields)))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
    assert list(failure.fields) == wrong
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool.examples == 1


def test_what_is_not_there_is_named(stub, make_pool, failure_of):
    pool_id = make_pool(2).pool_id
    for request in (
        lambda: add(stub, "absent", new(0, "cat")),
        lambda: stub.ListExamples(v1.ListExamplesRequest(pool_id="absent")),
    ):
        assert failure_of(request).reason == "POOL_NOT_FOUND"
    absent = v1.RemoveExamplesRequest(pool_id=pool_id, example_ids=["nobody"])
    failure = failure_of(lambda: stub.RemoveExamples(absent))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "EXAMPLE_NOT_FOUND")
    assert failure.fields == ("example_ids[0]",)


def test_pages(stub, make_pool):
    pool_id = make_pool(2).pool_id
    add(stub, pool_id, *(new(row, "cat") for row in (3, 1, 0, 2)))
    request, found = v1.ListExamplesRequest(pool_id=pool_id, page_size=3), []
    while True:
        answer = stub.ListExamples(request)
        found.append([each.example_id for each in answer.examples])
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token
    assert found == [["ex-0", "ex-1", "ex-2"], ["ex-3"]]


def test_after_a_kill_all_is_as_it_was(own_server):
    """Also the answers to requests that are sent again."""
    rows = np.random.default_rng(0).normal(size=(40, 8)).astype("<f4")
    items = [{"item_id": f"{row}", "content": {"vector": v.tobytes()}} for row, v in enumerate(rows)]
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config=PoolConfig(pool_id="a", dimension=8)))
        stub.AddItems(service.AddItemsRequest(pool_id="a", items=items))
        examples = [new(0, "cat"), new(1, "dog"), new(2, "cat")]
        adding = v1.AddExamplesRequest(pool_id="a", examples=examples, request_id="add")
        removing = v1.RemoveExamplesRequest(pool_id="a", example_ids=["ex-2"], request_id="remove")
        added, removed = stub.AddExamples(adding), stub.RemoveExamples(removing)
        add(stub, "a", new(1, "cow", relabel=True))
        listed = stub.ListExamples(v1.ListExamplesRequest(pool_id="a"))
        before = classified(stub, "a"), stub.GetPool(service.GetPoolRequest(pool_id="a"))
        scored = [part.SerializeToString() for part in stub.ScorePool(service.ScorePoolRequest(pool_id="a"))]
    own_server.kill()
    own_server.start()
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        assert stub.AddExamples(adding) == added
        assert stub.RemoveExamples(removing) == removed
        assert stub.ListExamples(v1.ListExamplesRequest(pool_id="a")) == listed
        again = [part.SerializeToString() for part in stub.ScorePool(service.ScorePoolRequest(pool_id="a"))]
        assert again == scored
        assert (classified(stub, "a"), stub.GetPool(service.GetPoolRequest(pool_id="a"))) == before
    assert [(each.example_id, each.label) for each in listed.examples] == [("ex-0", "cat"), ("ex-1", "cow")]
    other = v1.AddExamplesRequest(pool_id="a", examples=examples[:1], request_id="add")
    with grpc.insecure_channel(own_server.target) as channel, pytest.raises(grpc.RpcError, match="add"):
        SamplerServiceStub(channel).AddExamples(other)
