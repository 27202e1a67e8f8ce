"""Labels, classes and annotators that look the same are one, in every request."""

import sqlite3

import grpc
import numpy as np
import pytest

from vicinal.client import Client
from vicinal.v1 import annotators_pb2 as annotators
from vicinal.v1 import examples_pb2 as examples
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service

ALIKE = [
    "cat",
    "cat ",
    "\ufeffcat",
    "cat\u00a0",
    "c\u00adat",
    "ca\u200bt",
    "\u202acat\u202c",
    "cat\ufe0f",
    "\tcat\r\n",
]


def submit(stub, pool_id, labels, **fields):
    given = [service.Label(item_id=key, label=label) for key, label in labels.items()]
    return stub.SubmitLabels(service.SubmitLabelsRequest(pool_id=pool_id, labels=given, **fields))


def counts(stub, pool_id):
    return dict(stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool.label_counts)


def test_labels_that_look_the_same_are_one_class(stub, make_pool):
    pool = make_pool(len(ALIKE))
    submit(stub, pool.pool_id, dict(zip(pool.item_ids, ALIKE, strict=True)))
    assert counts(stub, pool.pool_id) == {"cat": len(ALIKE)}
    again = submit(stub, pool.pool_id, {pool.item_ids[0]: "cat\u2009"})
    assert (again.labelled, again.unchanged) == (0, 1)
    events = [
        event
        for page in stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool.pool_id))
        for event in page.events
    ]
    assert {event.label for event in events} == {"cat"}


def test_labels_that_look_different_stay_apart(stub, make_pool):
    pool = make_pool(3)
    labels = ["می\u200cخواهم", "Cat", "👩\u200d🔬"]  # noqa: RUF001 - Persian
    submit(stub, pool.pool_id, dict(zip(pool.item_ids, labels, strict=True)))
    assert counts(stub, pool.pool_id) == dict.fromkeys(labels, 1)


@pytest.mark.parametrize("label", ["\u200b", "\u00a0", "\ufeff \u00ad", "\u202e"])
def test_a_label_that_nobody_sees_is_refused(stub, make_pool, failure_of, label):
    pool = make_pool(1)
    failure = failure_of(lambda: submit(stub, pool.pool_id, {"item-0": label}))
    assert failure.fields == ("labels[0].label",)
    assert repr(label) in failure.message


def test_a_class_list_takes_what_looks_like_a_class(stub, make_pool, failure_of):
    pool = make_pool(3, classes=["Fresh\u00a0", "rotten"])
    made = stub.GetPool(service.GetPoolRequest(pool_id=pool.pool_id)).pool
    assert list(made.config.classes) == ["Fresh", "rotten"]
    submit(stub, pool.pool_id, {"item-0": " Fresh"})
    failure = failure_of(lambda: submit(stub, pool.pool_id, {"item-1": "fresh"}))
    assert failure.code == grpc.StatusCode.INVALID_ARGUMENT
    assert "'fresh' is none of this pool's classes: Fresh, rotten; did you mean 'Fresh'?" in failure.message


def test_classes_that_look_the_same_are_named_once(stub, failure_of, pool_id):
    config = resources.PoolConfig(pool_id=pool_id, dimension=2, classes=["cat", "dog", "cat\u00a0"])
    failure = failure_of(lambda: stub.CreatePool(service.CreatePoolRequest(config=config)))
    assert failure.fields == ("config.classes[2]",)
    assert "'cat\\xa0' is named twice (as 'cat')" in failure.message


def test_gold_labels_examples_and_resolutions_come_in_the_same_form(stub, make_pool):
    pool = make_pool(2, overlap=2)
    gold = resources.NewItem(
        item_id="gold", gold_label="cat ", content={"vector": np.ones(8, dtype="<f4").tobytes()}
    )
    stub.AddItems(service.AddItemsRequest(pool_id=pool.pool_id, items=[gold, gold]))
    item = stub.GetItem(service.GetItemRequest(pool_id=pool.pool_id, item_id="gold")).item
    assert item.gold_label == "cat"
    one = examples.NewExample(example_id="x", label="\ufeffcat", content=gold.content)
    request = examples.AddExamplesRequest(pool_id=pool.pool_id, examples=[one], annotator=" ana")
    assert [stub.AddExamples(request).added, stub.AddExamples(request).existing] == [1, 1]
    listed = stub.ListExamples(examples.ListExamplesRequest(pool_id=pool.pool_id)).examples
    assert [(each.label, each.annotator) for each in listed] == [("cat", "ana")]
    submit(stub, pool.pool_id, {"item-0": "cat"}, annotator="ana")
    submit(stub, pool.pool_id, {"item-0": "dog"}, annotator="ben")
    resolution = annotators.Resolution(item_id="item-0", label="dog\u00a0")
    resolve = annotators.ResolveItemsRequest(
        pool_id=pool.pool_id, resolutions=[resolution], annotator="cem\u200b"
    )
    stub.ResolveItems(resolve)
    item = stub.GetItem(service.GetItemRequest(pool_id=pool.pool_id, item_id="item-0")).item
    assert (item.label, item.annotator) == ("dog", "cem")


def test_a_gold_label_has_to_be_a_class(stub, make_pool):
    pool = make_pool(1, classes=["cat", "dog"])
    content = {"vector": np.ones(8, dtype="<f4").tobytes()}
    items = [
        resources.NewItem(item_id=label, gold_label=label, content=content)
        for label in ("Cat", "dog", "bird")
    ]
    added = stub.AddItems(service.AddItemsRequest(pool_id=pool.pool_id, items=items))
    assert (added.added, [error.index for error in added.errors]) == (1, [0, 2])
    assert (
        "gold_label: 'Cat' is none of this pool's classes: cat, dog; did you mean 'cat'?"
        in added.errors[0].message
    )


def test_annotators_that_look_the_same_are_one(stub, make_pool, failure_of):
    pool = make_pool(4, overlap=2)
    batch = stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool.pool_id, size=1, annotator="ana ")).batch
    assert batch.lease.annotator == "ana"
    submit(stub, pool.pool_id, {"item-0": "cat"}, annotator="ana")
    failure = failure_of(lambda: submit(stub, pool.pool_id, {"item-0": "dog"}, annotator="\u00a0ana"))
    assert failure.reason == "WRONG_ITEM_STATE"
    listed = stub.ListAnnotators(annotators.ListAnnotatorsRequest(pool_id=pool.pool_id)).annotators
    assert [each.annotator for each in listed] == ["ana"]


def test_advice_names_classes_that_differ_in_case_only_and_labels_that_never_repeat(stub, make_pool):
    pool = make_pool(60)
    labels = [f"id {row}" for row in range(58)] + ["Cat", "cat"]
    submit(stub, pool.pool_id, dict(zip(pool.item_ids, labels, strict=True)))
    advice = stub.GetAdvice(measurement.GetAdviceRequest(pool_id=pool.pool_id))
    told = " ".join(sign.message for sign in advice.against)
    assert "60 labels are of 60 classes" in told
    assert "'Cat' and 'cat' differ in capital letters" in told


def test_labels_of_older_data_directories_come_together_and_stay_as_they_were_written(own_server):
    server = own_server
    with Client(server.target) as client:
        client.create_pool("old", dimension=2, classes=["cat", "dog"])
        client.add_vectors("old", ["a", "b", "c"], np.eye(3, 2) + 0.1)
        client.submit_labels("old", {"a": "cat", "b": "dog", "c": "cat"}, annotator="ana")
    server.stop()
    database = next(server.data_dir.glob("*.sqlite3"))
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE events SET label = 'cat' || char(160), annotator = 'ana ' WHERE item_id = 'c'"
        )
        connection.execute('UPDATE pools SET config = replace(config, \'"dog"\', \'"dog", "cat "\')')
    connection.close()
    server.start()
    with Client(server.target) as client:
        pool = client.get_pool("old")
        assert pool.classes == ("cat", "dog")
        assert pool.label_counts == {"cat": 2, "dog": 1}
        assert [each.annotator for each in client.list_annotators("old")] == ["ana"]
    server.stop()
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT label FROM events WHERE item_id = 'c'").fetchall() == [
            ("cat\u00a0",)
        ]
    connection.close()
