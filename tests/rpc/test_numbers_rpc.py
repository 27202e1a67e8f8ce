"""No answer of the service ever carries NaN or infinity, whatever the pool looks like."""

import math

import grpc
import numpy as np
import pytest
from google.protobuf.message_factory import GetMessageClass

from vicinal.v1 import duplicate_groups_pb2 as duplicates
from vicinal.v1 import examples_pb2 as examples
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service

RANDOM = np.random.default_rng(0)
TWO_CLUSTERS = RANDOM.normal(size=(24, 4)) + np.repeat([[0.0], [9.0]], 12, axis=0)

VECTORS = {
    "one item": np.ones((1, 4)),
    "two items": np.eye(2, 4),
    "identical": np.ones((24, 4)),
    "two far clusters": TWO_CLUSTERS * np.repeat([[1.0], [1e12]], 12, axis=0),
    "huge": TWO_CLUSTERS * 1e13,
    "too large for distances": TWO_CLUSTERS * 1e19,
    "the largest floats": np.sign(TWO_CLUSTERS) * 3.4e38,
    "tiny": TWO_CLUSTERS * 1e-30,
    "subnormal": TWO_CLUSTERS * 1e-43,
    "far from zero": TWO_CLUSTERS + 1e8,
    "some zeros": TWO_CLUSTERS * (np.arange(24) % 3 > 0)[:, np.newaxis],
    "all zeros": np.zeros((24, 4)),
}
LABELS = {
    "none": lambda row: "",
    "one class": lambda row: "a" if row < 9 else "",
    "two classes": lambda row: "ab"[row // 12] if row % 3 == 0 else "",
    "all": lambda row: "ab"[row // 12],
    "each its own": lambda row: f"class {row}",
    "all skipped": lambda row: "skip",
}
CONFIGS = [
    {"metric": 1, "strategy": "default", "duplicates": 3, "control_share": 0.3, "overlap": 2},
    {"metric": 2, "strategy": "default", "carry_labels": True},
    {"metric": 2, "strategy": "classic", "holdout_share": 0.3},
    {"metric": 2, "strategy": "entropy", "vote_model": 2, "confidence_filter": 0.9, "outlier_filter": 1.0},
]
# Calls that read a pool; the others change one, and the test makes them itself.
READING = {
    "GetPool": {},
    "ListPools": {},
    "ListItems": {"page_size": 1000},
    "ListDuplicateGroups": {},
    "ListExamples": {},
    "ListAnnotators": {},
    "ListDisputedItems": {},
    "ExportLabels": {"history": True},
    "FindDuplicates": {},
    "GetLearningCurve": {},
    "GetAdvice": {"target_accuracy": 0.9},
    "ScorePool": {},
    "SettleLabels": {},
}
REFUSALS = (
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.INVALID_ARGUMENT,
)
CHANGING = {
    *("CreatePool", "DeletePool", "AddItems", "AddExamples", "LeaseBatch", "SubmitLabels", "GetItem"),
    *("SkipItems", "CheckContent", "Classify"),
}
WITHOUT_NUMBERS = {
    *("ImportItems", "RemoveExamples", "RenewLeases", "ReleaseLeases", "ExcludeItems", "RestoreItems"),
    *("RemoveLabels", "SplitDuplicateGroup", "ResolveItems", "Embed", "CreateSnapshot", "RestoreSnapshot"),
}


def numbers_of(message, path=""):
    """Each floating-point number of a message, with its path."""
    for field, value in message.ListFields():
        here = f"{path}.{field.name}"
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        several = value if field.is_repeated else [value]
        if field.message_type is not None:
            for each in several:
                yield from numbers_of(each, here)
        elif field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
            yield from ((here, each) for each in several)


@pytest.fixture
def call(stub):
    """Makes a call, and looks at each number of its answers; refusals with a reason are answers too."""
    methods = service.DESCRIPTOR.services_by_name["SamplerService"].methods_by_name

    def make(name, request):
        try:
            answer = getattr(stub, name)(request)
            answers = list(answer) if methods[name].server_streaming else [answer]
        except grpc.RpcError as error:
            if error.code() not in REFUSALS:
                raise
            return None
        for each in answers:
            for path, number in numbers_of(each):
                assert math.isfinite(number), f"{name}{path} is {number}"
        return answers[0] if answers else None

    return make


def content(vector):
    return resources.Content(vector=vector.astype("<f4").tobytes())


def label(call, pool_id, rows, label_of):
    """Submits what `label_of` says of each item, twice by two annotators; skips where it says so."""
    labels = {f"i{row}": label_of(row) for row in rows if label_of(row)}
    if "skip" in labels.values():
        call("SkipItems", service.SkipItemsRequest(pool_id=pool_id, item_ids=list(labels), annotator="ana"))
    elif labels:
        given = [service.Label(item_id=key, label=each) for key, each in labels.items()]
        for annotator in ("ana", "ben"):
            request = service.SubmitLabelsRequest(pool_id=pool_id, labels=given, annotator=annotator)
            request.next.size = 3
            call("SubmitLabels", request)


def read_everything(call, pool_id, vectors, item_id):
    batch = service.LeaseBatchRequest(pool_id=pool_id, size=4, annotator="cem")
    call("LeaseBatch", batch)
    for name, fields in READING.items():
        of_pool = {} if name == "ListPools" else {"pool_id": pool_id}
        kind = service.DESCRIPTOR.services_by_name["SamplerService"].methods_by_name[name].input_type
        call(name, GetMessageClass(kind)(**of_pool, **fields))
    for row in vectors[:2]:
        call("CheckContent", duplicates.CheckContentRequest(pool_id=pool_id, content=content(row)))
    call("GetItem", service.GetItemRequest(pool_id=pool_id, item_id=item_id))
    inputs = [{"content": content(row)} for row in vectors[:3]] + [{"item_id": item_id}]
    call("Classify", service.ClassifyRequest(pool_id=pool_id, inputs=inputs, with_neighbours=True))


def test_every_call_of_the_service_is_looked_at():
    methods = service.DESCRIPTOR.services_by_name["SamplerService"].methods_by_name
    assert set(methods) == {*READING, *CHANGING, *WITHOUT_NUMBERS}


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("vectors", VECTORS)
def test_all_numbers_of_all_answers_are_finite(call, pool_id, vectors, labels):
    for number, config in enumerate(CONFIGS):
        name = f"{pool_id}-{number}"
        made = resources.PoolConfig(pool_id=name, dimension=4, **config)
        call("CreatePool", service.CreatePoolRequest(config=made))
        items = [
            resources.NewItem(item_id=f"i{row}", content=content(vector))
            for row, vector in enumerate(VECTORS[vectors])
        ]
        added = call("AddItems", service.AddItemsRequest(pool_id=name, items=items))
        refused = {error.index for error in added.errors}
        assert added.added == len(items) - len(refused)
        one = examples.NewExample(example_id="x", content=content(np.ones(4)), label="a")
        if labels == "one class":
            call("AddExamples", examples.AddExamplesRequest(pool_id=name, examples=[one]))
        rows = [row for row in range(len(items)) if row not in refused]
        label(call, name, rows, LABELS[labels])
        read_everything(call, name, VECTORS[vectors], f"i{rows[0]}" if rows else "i0")
        call("DeletePool", service.DeletePoolRequest(pool_id=name))
