"""Wrong requests of every kind get a named error with the fields at fault, and change nothing."""

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass

from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import sampler_service_pb2 as service

# Requests about a pool that is there; each is wrong in all of the fields named.
WRONG = [
    ("CreatePool", {}, ["config.pool_id", "config.dimension"]),
    ("CreatePool", {"config": {"pool_id": ".hidden", "dimension": 3}}, ["config.pool_id"]),
    ("CreatePool", {"config": {"pool_id": "a" * 65, "dimension": 3}}, ["config.pool_id"]),
    ("CreatePool", {"config": {"pool_id": "a/../b", "dimension": 3}}, ["config.pool_id"]),
    ("CreatePool", {"config": {"pool_id": "new", "dimension": 1 << 20}}, ["config.dimension"]),
    ("CreatePool", {"config": {"pool_id": "new", "dimension": 3, "metric": 9}}, ["config.metric"]),
    (
        "CreatePool",
        {"config": {"pool_id": "new", "dimension": 3, "vote_weighting": -1, "vote_neighbours": 101}},
        ["config.vote_neighbours", "config.vote_weighting"],
    ),
    ("CreatePool", {"config": {"pool_id": "new", "dimension": 3, "strategy": "best"}}, ["config.strategy"]),
    (
        "CreatePool",
        {"config": {"pool_id": "new", "dimension": 3, "classes": ["cat", "", "cat"]}},
        ["config.classes[1]", "config.classes[2]"],
    ),
    ("CreatePool", {"config": {"pool_id": "new", "dimension": 3}, "request_id": "a b"}, ["request_id"]),
    ("GetPool", {"pool_id": ""}, ["pool_id"]),
    ("DeletePool", {"pool_id": "?", "request_id": "ä"}, ["pool_id", "request_id"]),
    ("ListPools", {"page_size": 1001}, ["page_size"]),
    ("ListPools", {"page_token": "x"}, ["page_token"]),
    ("AddItems", {"pool_id": "POOL"}, ["items"]),
    ("AddItems", {"pool_id": "POOL", "request_id": "\n", "items": [{}]}, ["request_id"]),
    ("LeaseBatch", {"pool_id": "POOL", "size": 1001, "strategy": "best"}, ["size", "strategy"]),
    ("LeaseBatch", {"pool_id": "POOL", "lease_duration": {"seconds": 86_401}}, ["lease_duration"]),
    ("LeaseBatch", {"pool_id": "POOL", "lease_duration": {}}, ["lease_duration"]),
    ("LeaseBatch", {"pool_id": "POOL", "lease_duration": {"seconds": -1}}, ["lease_duration"]),
    ("LeaseBatch", {"pool_id": "POOL", "lease_duration": {"seconds": 1, "nanos": -1}}, ["lease_duration"]),
    ("LeaseBatch", {"pool_id": "POOL", "annotator": "a" * 129}, ["annotator"]),
    ("SubmitLabels", {"pool_id": "POOL"}, ["labels"]),
    (
        "SubmitLabels",
        {"pool_id": "POOL", "labels": [{"item_id": "item-0", "label": "cat"}, {"label": " "}]},
        ["labels[1].item_id", "labels[1].label"],
    ),
    (
        "SubmitLabels",
        {"pool_id": "POOL", "labels": [{"item_id": "item-0", "label": "cat"}] * 2},
        ["labels[1].item_id"],
    ),
    (
        "SubmitLabels",
        {
            "pool_id": "POOL",
            "labels": [{"item_id": "item-0", "label": "cat"}],
            "next": {"size": 2000, "lease_duration": {"seconds": -5}, "strategy": "best"},
        },
        ["next.size", "next.lease_duration", "next.strategy"],
    ),
    ("RenewLeases", {"pool_id": "POOL"}, ["lease_ids"]),
    ("RenewLeases", {"pool_id": "POOL", "lease_ids": [""]}, ["lease_ids[0]"]),
    ("ReleaseLeases", {"pool_id": "POOL"}, ["lease_ids"]),
    ("SkipItems", {"pool_id": "POOL", "item_ids": ["item-0", "\x07"]}, ["item_ids[1]"]),
    ("SkipItems", {"pool_id": "POOL", "item_ids": ["item-0"], "reason": "x" * 1025}, ["reason"]),
    ("ExcludeItems", {"pool_id": "POOL", "item_ids": ["item-0"] * 2}, ["item_ids[1]"]),
    ("RestoreItems", {"pool_id": "POOL"}, ["item_ids"]),
    ("RemoveLabels", {"pool_id": "POOL", "item_ids": ["x" * 257]}, ["item_ids[0]"]),
    ("Classify", {"pool_id": "POOL"}, ["inputs"]),
    ("GetItem", {"pool_id": "POOL", "strategy": "best"}, ["item_id", "strategy"]),
    ("ListItems", {"pool_id": "POOL", "states": [0, 3, 77]}, ["states[0]", "states[2]"]),
    ("Embed", {}, ["featurizer", "contents"]),
    ("ScorePool", {"pool_id": "POOL", "strategy": "best"}, ["strategy"]),
    ("ScorePool", {"pool_id": ""}, ["pool_id"]),
    ("ExportLabels", {"pool_id": "a b"}, ["pool_id"]),
    (
        "CreatePool",
        {"config": {"pool_id": "new", "dimension": 3, "holdout_share": 1.0, "control_share": -0.1}},
        ["config.holdout_share", "config.control_share"],
    ),
    (
        "CreatePool",
        {"config": {"pool_id": "new", "dimension": 3, "holdout_share": float("nan")}},
        ["config.holdout_share"],
    ),
    ("LeaseBatch", {"pool_id": "POOL", "arm": measurement.ARM_CONTROL}, ["arm"]),
    ("LeaseBatch", {"pool_id": "POOL", "arm": 9}, ["arm"]),
    (
        "LeaseBatch",
        {"pool_id": "POOL", "arm": measurement.ARM_HOLDOUT, "strategy": "margin"},
        ["strategy"],
    ),
    (
        "SubmitLabels",
        {
            "pool_id": "POOL",
            "labels": [{"item_id": "item-0", "label": "cat"}],
            "next": {"arm": measurement.ARM_CONTROL},
        },
        ["next.arm"],
    ),
    ("GetLearningCurve", {"pool_id": "?"}, ["pool_id"]),
    (
        "GetAdvice",
        {
            "pool_id": "POOL",
            "target_accuracy": 0.0,
            "plateau_gain": -1.0,
            "changed_share": 1.1,
            "sure_uncertainty": float("nan"),
        },
        ["target_accuracy", "plateau_gain", "changed_share", "sure_uncertainty"],
    ),
    ("GetAdvice", {"pool_id": "?", "target_accuracy": 1.5}, ["pool_id", "target_accuracy"]),
]

METHODS = list(service.DESCRIPTOR.services_by_name["SamplerService"].methods)


def _call(stub, method, fields):
    described = next(each for each in METHODS if each.name == method)
    made = getattr(stub, method)(GetMessageClass(described.input_type)(**fields))
    return list(made) if described.server_streaming else made


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]}-{'-'.join(case[2])}")
def test_all_wrong_fields_are_named_and_nothing_changes(stub, make_pool, failure_of, case):
    method, fields, at_fault = case
    pool_id = make_pool(3).pool_id
    before = stub.GetPool(service.GetPoolRequest(pool_id=pool_id))
    asked = {**fields, "pool_id": pool_id} if fields.get("pool_id") == "POOL" else fields
    failure = failure_of(lambda: _call(stub, method, asked))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
    assert list(failure.fields) == at_fault
    assert failure.message.startswith(f"{at_fault[0]}: ")
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool_id)) == before


ABOUT_POOLS = [m.name for m in METHODS if "pool_id" in m.input_type.fields_by_name]
NEEDED = {
    "AddItems": {"items": [{"item_id": "a"}]},
    "SubmitLabels": {"labels": [{"item_id": "a", "label": "b"}]},
    "RenewLeases": {"lease_ids": ["a"]},
    "ReleaseLeases": {"lease_ids": ["a"]},
    "Classify": {"inputs": [{"item_id": "a"}]},
    "GetItem": {"item_id": "a"},
    "SkipItems": {"item_ids": ["a"]},
    "ExcludeItems": {"item_ids": ["a"]},
    "RestoreItems": {"item_ids": ["a"]},
    "RemoveLabels": {"item_ids": ["a"]},
    "SplitDuplicateGroup": {"representative_id": "a"},
    "ResolveItems": {"resolutions": [{"item_id": "a", "label": "b"}], "annotator": "ana"},
    "AddExamples": {"examples": [{"example_id": "a", "label": "b"}]},
    "RemoveExamples": {"example_ids": ["a"]},
}


@pytest.mark.parametrize("method", ABOUT_POOLS)
def test_every_call_about_a_pool_that_is_not_there_says_so(stub, failure_of, method):
    failure = failure_of(lambda: _call(stub, method, {"pool_id": "nowhere", **NEEDED.get(method, {})}))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "POOL_NOT_FOUND")
    assert "'nowhere'" in failure.message


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_bytes_that_are_no_request_get_a_named_error(channel, failure_of, method):
    path = f"/{method.containing_service.full_name}/{method.name}"
    garbage = b"\x0a\xff\xff\xff\xff\x0f"
    if method.client_streaming:
        call = channel.stream_unary(path)
        failure = failure_of(lambda: call(iter([garbage])))
    elif method.server_streaming:
        call = channel.unary_stream(path)
        failure = failure_of(lambda: list(call(garbage)))
    else:
        call = channel.unary_unary(path)
        failure = failure_of(lambda: call(garbage))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("request",))


def test_very_many_wrong_fields_fit_into_the_status(stub, make_pool, failure_of):
    pool_id = make_pool(1).pool_id
    labels = [{"item_id": "ä" * 300, "label": "\x00"}] * 2000
    failure = failure_of(lambda: _call(stub, "SubmitLabels", {"pool_id": pool_id, "labels": labels}))
    assert failure.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (failure.fields[0], failure.fields[-1]) == ("labels[0].item_id", "...")
    assert failure.message.endswith("(and 3999 more)")


def test_a_call_that_does_not_exist_is_unimplemented(channel):
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/vicinal.v1.SamplerService/Guess")(b"")
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
