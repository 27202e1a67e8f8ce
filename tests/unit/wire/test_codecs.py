"""Each record comes back from its message as it was, every field of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import NoneType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.records import (
    duplicates,
    errors,
    examples,
    items,
    labels,
    measurement,
    pool_options,
    pools,
    votes,
)
from vicinal.v1 import resources_pb2
from vicinal.wire import codecs
from vicinal.wire.codecs import NUMBERS, Codec, numbers_of

CODECS = {value.record: value for value in vars(codecs).values() if isinstance(value, Codec)}
SUBJECTS = (duplicates, errors, examples, items, labels, measurement, pools, votes)
# The status is a part of `Pool`; the client reads violations from google.rpc.BadRequest.
WITHOUT_MESSAGE = {pools.PoolStatus, errors.Violation}
SINGLE = {
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    int: st.integers(0, 2**32 - 1),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    datetime: st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
}


def values_of(kind: object) -> st.SearchStrategy:
    """Values of a field of that type."""
    parameters = get_args(kind)
    if NoneType in parameters:
        bare = next(each for each in parameters if each is not NoneType)
        # A number that is not set is 0 on the wire, so that 0 itself cannot be told from None.
        return st.none() | (st.integers(1, 2**32 - 1) if bare is int else values_of(bare))
    if get_origin(kind) is Mapping:
        return st.dictionaries(values_of(parameters[0]), values_of(parameters[1]), max_size=3)
    if get_origin(kind) is not None:
        several = st.lists(values_of(parameters[0]), max_size=3)
        return several.map(tuple) if get_origin(kind) is tuple else several
    if is_dataclass(kind):
        return records_of(kind)
    return st.sampled_from(kind) if issubclass(kind, StrEnum) else SINGLE[kind]


def records_of(record: type) -> st.SearchStrategy:
    """Records with values in all fields, but for those that are not sent."""
    types = get_type_hints(record)
    sent = [each.name for each in fields(record) if each.name not in CODECS[record].local]
    return st.builds(record, **{name: values_of(types[name]) for name in sent})


@pytest.mark.parametrize("record", CODECS, ids=lambda record: record.__name__)
@given(data=st.data())
def test_a_record_comes_back_as_it_was(record, data):
    codec, given_record = CODECS[record], data.draw(records_of(record))
    message = codec.encode(given_record, **dict.fromkeys(codec.added, 7))
    assert codec.decode(codec.message.FromString(message.SerializeToString())) == given_record
    assert [getattr(message, name) for name in codec.added] == [7] * len(codec.added)


def test_each_record_has_a_codec():
    kinds = {
        kind
        for subject in SUBJECTS
        for kind in vars(subject).values()
        if is_dataclass(kind) and kind.__module__ == subject.__name__
    }
    assert kinds - WITHOUT_MESSAGE == CODECS.keys() - {pool_options.PoolOptions}


def test_each_enum_has_its_numbers():
    modules = (*SUBJECTS, pool_options)
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    assert {kind for kind in kinds if issubclass(kind, StrEnum) and kind is not StrEnum} == NUMBERS.keys()


def test_what_a_record_computes_is_sent_and_not_read():
    counts = pools.ItemCounts(1, 2, 3, 4, 5)
    message = codecs.ITEM_COUNTS.encode(counts)
    assert message.total == 15
    message.total = 99
    assert codecs.ITEM_COUNTS.decode(message).total == 15


def test_what_is_not_set_is_none_or_empty():
    item = codecs.ITEM.decode(resources_pb2.Item())
    assert (item.updated_at, item.duplicate_of, item.filtered) == (None, None, None)
    assert (item.metadata, item.annotations, item.state) == ({}, (), "unspecified")


def test_what_is_not_sent_takes_its_default():
    evidence = duplicates.DuplicateEvidence(1.0, is_identical=True)
    read = codecs.DUPLICATE_EVIDENCE.decode(codecs.DUPLICATE_EVIDENCE.encode(evidence))
    assert read == replace(evidence, is_identical=False)


@dataclass(frozen=True)
class OneMore:
    annotator: str
    label: str
    at: datetime | None
    mood: str


@dataclass(frozen=True)
class OneLess:
    annotator: str
    label: str


@pytest.mark.parametrize(("record", "field"), [(OneMore, "mood"), (OneLess, "time")])
def test_a_field_on_one_side_alone_is_refused(record, field):
    with pytest.raises(TypeError, match=field):
        Codec(record, resources_pb2.Annotation)


class Known(StrEnum):
    COSINE = "cosine"


class Unknown(StrEnum):
    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    MANHATTAN = "manhattan"


@pytest.mark.parametrize("kind", [Known, Unknown])
def test_words_on_one_side_alone_are_refused(kind):
    with pytest.raises((TypeError, ValueError), match=r"words|MANHATTAN"):
        numbers_of(kind, resources_pb2.Metric)
