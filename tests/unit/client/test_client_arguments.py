"""Ids, labels and vectors in the types that people's data have."""

from enum import Enum

import numpy as np
import pytest

from vicinal.client import (
    InvalidArgumentError,
    NewExample,
    NewItem,
    arguments,
    requests,
)


class Fruit(str, Enum):  # noqa: UP042 - as many programs have them
    FRESH = "fresh"


class TensorLike:
    """What other libraries give: numpy asks it for an array."""

    def __init__(self, values):
        self._values = np.array(values)

    def __array__(self, dtype=None, copy=None):
        return self._values if dtype is None else self._values.astype(dtype)


class SeriesLike:
    """As much of a Series of pandas as counts here: values by index, iterated by value."""

    def __init__(self, by_index):
        self._by_index = by_index

    def items(self):
        return iter(self._by_index.items())

    def __iter__(self):
        return iter(self._by_index.values())

    def __len__(self):
        return len(self._by_index)


TAKEN = [
    ("a", "a"),
    (5, "5"),
    (-1, "-1"),
    (np.int64(7), "7"),
    (np.uint8(3), "3"),
    (np.str_("b"), "b"),
    (Fruit.FRESH, "fresh"),
]
REFUSED = [
    (b"a", "decode them"),
    (bytearray(b"a"), "decode them"),
    (1.0, "is the number 1.0"),
    (np.float32(2.5), "is the number 2.5"),
    (float("nan"), "is NaN"),
    (True, "truth value"),
    (np.bool_(False), "truth value"),
    (None, "is None"),
    (["a"], "not list"),
]


@pytest.mark.parametrize(("value", "text"), TAKEN)
def test_texts_and_whole_numbers_are_taken_as_their_text(client, sent, value, text):
    assert arguments.text(value, "item_id") == text
    assert type(arguments.text(value, "item_id")) is str
    client.submit_labels(value, {value: value}, annotator=value, lease_id=value)
    assert (sent[-1].pool_id, sent[-1].annotator, sent[-1].lease_id) == (text, text, text)
    assert [(each.item_id, each.label) for each in sent[-1].labels] == [(text, text)]
    item = NewItem(value, np.ones(2), {value: value}, gold_label=value)
    made = requests.new_item(item, 0)
    assert (made.item_id, made.gold_label, dict(made.metadata)) == (text, text, {text: text})
    client.skip_items("p", [value], reason=value)
    assert list(sent[-1].item_ids) == [text]
    client.create_pool("p", classes=[value])
    assert list(sent[-1].config.classes) == [text]
    client.add_examples("p", [NewExample(value, "x", value)])
    assert [(each.example_id, each.label) for each in sent[-1].examples] == [(text, text)]
    client.resolve_items("p", {value: value}, annotator=value)
    assert [(each.item_id, each.label) for each in sent[-1].resolutions] == [(text, text)]
    client.classify_items("p", [value])
    assert [each.item_id for each in sent[-1].inputs] == [text]
    assert len(sent) == 6


@pytest.mark.slow
@pytest.mark.parametrize(("value", "told"), REFUSED)
@pytest.mark.parametrize(
    ("call", "field"),
    [
        (
            lambda client, value: client.submit_labels("p", {"i0": "a", "i1": value}),
            "labels[1].label (of item 'i1')",
        ),
        (lambda client, value: client.lease_batch("p", annotator=value), "annotator"),
        (lambda client, value: client.lease_batch(value), "pool_id"),
        (lambda client, value: client.skip_items("p", ["a", value]), "item_ids[1]"),
        (lambda client, value: client.renew_leases("p", [value]), "lease_ids[0]"),
        (lambda _, value: requests.new_item(NewItem(value, "x"), 4), "items[4].item_id"),
        (
            lambda _, value: requests.new_item(NewItem("a", "x", gold_label=value), 4),
            "items[4].gold_label",
        ),
        (
            lambda _, value: requests.new_item(NewItem("a", "x", {"w": value}), 4),
            "items[4].metadata['w']",
        ),
        (
            lambda client, value: client.add_examples("p", [NewExample("a", "x", value)]),
            "examples[0].label",
        ),
        (lambda client, value: client.remove_examples("p", [value]), "example_ids[0]"),
        (lambda client, value: client.get_item("p", value), "item_id"),
        (lambda client, value: client.create_pool("p", classes=["a", value]), "classes[1]"),
        (
            lambda client, value: client.resolve_items("p", {"a": value}, annotator="b"),
            "labels[0].label (of item 'a')",
        ),
        (lambda client, value: client.add_vectors("p", ["a", value], np.ones((2, 2))), "item_ids[1]"),
    ],
)
def test_what_is_no_text_is_refused_by_its_field(client, call, field, value, told):
    with pytest.raises(InvalidArgumentError) as caught:
        call(client, value)
    assert [violation.field for violation in caught.value.violations] == [field]
    assert told in str(caught.value)


def test_an_item_id_that_is_no_text_is_named(client):
    with pytest.raises(InvalidArgumentError, match=r"labels\[0\].item_id: is of bytes \(b'i0'\)"):
        client.submit_labels("p", {b"i0": "a"})


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.skip_items("p", "abc"),
        lambda client: client.release_leases("p", "abc"),
        lambda client: client.remove_examples("p", b"abc"),
        lambda client: client.classify_items("p", "abc"),
        lambda client: client.add_vectors("p", "abc", np.ones((3, 2))),
        lambda client: client.create_pool("p", classes="abc"),
        lambda client: client.create_pool("p", augmentations="abc"),
        lambda client: client.list_items("p", states="labelled"),
        lambda client: client.list_items("p", filtered="confident"),
    ],
)
def test_a_single_text_is_no_list(client, call):
    with pytest.raises(InvalidArgumentError, match="not the single one"):
        call(client)


@pytest.mark.parametrize("given", [["i0"], "i0", 5, None])
def test_labels_must_be_a_mapping(client, given):
    with pytest.raises(InvalidArgumentError, match="must map item ids to labels"):
        client.submit_labels("p", given)


def test_a_series_is_a_mapping_and_a_list(client, sent):
    series = SeriesLike({0: "cat", np.int64(1): np.str_("dog")})
    client.submit_labels("p", series)
    assert [(each.item_id, each.label) for each in sent[-1].labels] == [("0", "cat"), ("1", "dog")]
    client.skip_items("p", series)
    assert list(sent[-1].item_ids) == ["cat", "dog"]
    client.add_vectors("p", SeriesLike({5: 10, 6: 11}), [[1, 2], [3, 4]])
    assert [item.item_id for item in sent[-1].items] == ["10", "11"]


@pytest.mark.parametrize(
    "vector",
    [[1, 2], (1.0, 2.0), np.array([1, 2]), np.array([1.0, 2.0]), np.float16([1, 2]), TensorLike([1.0, 2.0])],
    ids=["list", "tuple", "integers", "doubles", "halves", "tensor"],
)
def test_vectors_of_all_kinds_are_sent_as_float32(client, sent, vector):
    expected = np.array([1, 2], dtype="<f4").tobytes()
    assert requests.content(vector, "content").vector == expected
    assert requests.new_item(NewItem("a", vector), 0).content.vector == expected
    client.classify("p", [vector])
    (request,) = sent
    assert request.inputs[0].content.vector == expected


@pytest.mark.parametrize(
    "rows", [[[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), TensorLike([[1.0, 2], [3, 4]])]
)
def test_rows_of_all_kinds_are_sent_as_float32(client, sent, rows):
    client.add_vectors("p", ["a", "b"], rows)
    client.classify("p", rows)
    added, classified = sent
    for entries in (added.items, classified.inputs):
        assert [np.frombuffer(each.content.vector, "<f4").tolist() for each in entries] == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (np.ones((2, 2)), r"has shape \(2, 2\)"),
        ([[1.0], [2.0]], r"has shape \(2, 1\)"),
        ([1.0, "a"], "real numbers"),
        ([1 + 2j], "real numbers"),
        ([True], "real numbers"),
        ([[1.0], [2.0, 3.0]], "array of numbers"),
        (5, "not int"),
        (None, "not NoneType"),
        ({"a": 1}, "not dict"),
    ],
)
def test_contents_that_are_no_vector_are_refused_by_item(content, told):
    with pytest.raises(InvalidArgumentError, match=told) as caught:
        requests.new_item(NewItem("a", content), 7)
    assert [violation.field for violation in caught.value.violations] == ["items[7].content"]


@pytest.mark.parametrize(
    ("vectors", "metadata", "told"),
    [
        (np.ones(2), None, r"must be \(2, dimension\)"),
        (np.ones((3, 2)), None, r"must be \(2, dimension\)"),
        (np.ones((2, 2), dtype=complex), None, "real numbers"),
        ([["a", "b"], ["c", "d"]], None, "real numbers"),
        (np.ones((2, 2)), {"a": "b", "c": "d"}, "not a single mapping"),
        (np.ones((2, 2)), [{}], "1 mappings for 2 ids"),
    ],
)
def test_wrong_rows_are_refused_before_anything_is_sent(client, sent, vectors, metadata, told):
    with pytest.raises(InvalidArgumentError, match=told):
        client.add_vectors("p", ["a", "b"], vectors, metadata=metadata)
    assert sent == []


def test_rows_that_float32_cannot_tell_apart_are_refused(client):
    rows = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(InvalidArgumentError, match="subtract their mean"):
        client.add_vectors("p", range(20), rows + 1e8)
    for fine in (rows + 1e4, np.full((20, 3), 0.1), rows * 1e300, np.where(rows > 1, np.nan, rows)):
        client.add_vectors("p", range(20), fine)


@pytest.mark.parametrize("size", [2.5, "2", None, np.float64(2)])
def test_a_size_is_a_whole_number(client, sent, size):
    with pytest.raises(InvalidArgumentError, match="size: must be a whole number"):
        client.lease_batch("p", size)
    client.lease_batch("p", np.int64(2))
    assert sent[-1].size == 2


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), "60", 1e300, True])
def test_a_lease_lasts_a_number_of_seconds(client, sent, seconds):
    with pytest.raises(InvalidArgumentError, match="lease_seconds: must be a number of seconds"):
        client.lease_batch("p", lease_seconds=seconds)
    client.lease_batch("p", lease_seconds=np.float32(1.5))
    assert sent[-1].lease_duration.nanos == 500_000_000


def test_what_the_wire_does_not_take_is_the_clients_own_error(client):
    for wrong in (
        {"holdout_share": "0.1"},
        {"gold_share": None, "carry_labels": "x"},
        {"confidence_filter": [1]},
    ):
        with pytest.raises(InvalidArgumentError):
            client.create_pool("p", **wrong)
