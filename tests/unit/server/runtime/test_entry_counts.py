"""Entries are counted in the bytes as the parser would find them."""

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.hostile.floods import delimited, varint
from vicinal.core.errors import InvalidInput
from vicinal.server.runtime.admission import IMPORT_PARTS, MAX_FEW, MAX_FIELDS, EntryCounts, MalformedMessage
from vicinal.v1 import sampler_service_pb2 as service

PER_REQUEST = 3
COUNTS = EntryCounts(PER_REQUEST)
ADD, LISTING, CLASSIFY = service.AddItemsRequest, service.ListItemsRequest, service.ClassifyRequest

# Fields as a parser takes them, and as it would not: packed or not, groups, long numbers, cut off.
NUMBERS = st.sampled_from([1, 2, 3, 5, 9])
LONG_NUMBERS = st.integers(0, 40).map(lambda value: bytes((value | 0x80, 0x80, 0)))
FIELDS = st.recursive(
    st.one_of(
        st.tuples(NUMBERS, st.binary(max_size=3)).map(lambda each: delimited(*each)),
        st.tuples(NUMBERS, LONG_NUMBERS).map(lambda each: varint(each[0] << 3) + each[1]),
        st.tuples(NUMBERS, st.sampled_from([1, 5, 3, 4])).map(
            lambda each: varint(each[0] << 3 | each[1]) + bytes({1: 8, 5: 4}.get(each[1], 0))
        ),
        st.tuples(NUMBERS, st.binary(max_size=9)).map(
            lambda each: varint(each[0] << 3 | 2) + b"\x85\x00" + each[1]
        ),
    ),
    lambda inner: st.tuples(NUMBERS, st.lists(inner, max_size=6)).map(
        lambda each: delimited(each[0], b"".join(each[1]))
    ),
    max_leaves=20,
)


def _refusal(kind, raw):
    """The fields that are told to be too long; None where the bytes are taken."""
    try:
        COUNTS.check(kind.DESCRIPTOR, raw)
    except InvalidInput as error:
        return [violation.field for violation in error.violations]
    return None


def _lengths(message):
    """The length of each list that the parser found, with the most it may have."""
    for field, value in message.ListFields():
        if field.is_repeated:
            yield len(value), COUNTS.most(field)
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        if field.message_type is not None and not is_map:
            for each in value if field.is_repeated else [value]:
                yield from _lengths(each)


@pytest.mark.slow
@given(st.sampled_from([ADD, LISTING, CLASSIFY, service.ImportItemsRequest]), st.lists(FIELDS, max_size=12))
def test_what_is_taken_has_no_list_that_is_too_long(kind, fields):
    raw = b"".join(fields)
    try:
        refused = _refusal(kind, raw)
    except MalformedMessage:
        with pytest.raises(DecodeError):
            kind.FromString(raw)
        return
    try:
        parsed = kind.FromString(raw)
    except DecodeError:
        return
    too_long = [length for length, most in _lengths(parsed) if length > most]
    if refused is None:
        assert not too_long


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(raw):
    for kind in (ADD, LISTING, CLASSIFY):
        try:
            _refusal(kind, raw)
        except MalformedMessage:
            with pytest.raises(DecodeError):
                kind.FromString(raw)


@pytest.mark.parametrize("count", [PER_REQUEST, PER_REQUEST + 1])
def test_the_limit_itself_is_allowed(count):
    raw = ADD(items=[{"item_id": "a", "metadata": {"k": "v"}}] * count).SerializeToString()
    assert _refusal(ADD, raw) == (None if count == PER_REQUEST else ["items"])


def test_lists_within_lists_are_named_by_their_place():
    metadata = {str(row): "" for row in range(1025)}
    raw = ADD(items=[{"item_id": "a"}, {"metadata": metadata}]).SerializeToString()
    assert _refusal(ADD, raw) == ["items[1].metadata"]
    chunk = service.ImportItemsRequest(chunk={"items": [{"metadata": metadata}]})
    assert _refusal(service.ImportItemsRequest, chunk.SerializeToString()) == ["chunk.items[0].metadata"]


def test_all_lists_that_are_too_long_are_named():
    raw = LISTING(states=[1] * (MAX_FEW + 1), filtered=[1] * (MAX_FEW + 1)).SerializeToString()
    assert _refusal(LISTING, raw) == ["states", "filtered"]


def test_a_chunk_of_an_import_may_be_longer_than_a_request():
    for count, refused in (
        (PER_REQUEST * IMPORT_PARTS, None),
        (PER_REQUEST * IMPORT_PARTS + 1, ["chunk.items"]),
    ):
        chunk = service.ImportItemsRequest(chunk={"items": [{"item_id": "a"}] * count})
        assert _refusal(service.ImportItemsRequest, chunk.SerializeToString()) == refused


def test_a_full_request_is_taken():
    metadata = {str(row): "v" for row in range(64)}
    raw = ADD(items=[{"item_id": "a", "metadata": metadata}] * 2048).SerializeToString()
    EntryCounts(2048).check(ADD.DESCRIPTOR, raw)
    with pytest.raises(InvalidInput):
        EntryCounts(2047).check(ADD.DESCRIPTOR, raw)


@pytest.mark.slow
def test_there_are_so_many_fields_and_no_more():
    with pytest.raises(InvalidInput, match=f"more than {MAX_FIELDS:,} fields"):
        COUNTS.check(ADD.DESCRIPTOR, delimited(4, b"") * (MAX_FIELDS + 1))


@pytest.mark.slow
@pytest.mark.parametrize("is_nested", [False, True])
def test_messages_without_lists_have_so_many_fields_too(is_nested):
    many = delimited(100, b"") * (MAX_FIELDS + 1)
    kind, raw = (
        (service.CreatePoolRequest, delimited(1, many)) if is_nested else (service.GetPoolRequest, many)
    )
    with pytest.raises(InvalidInput, match=f"more than {MAX_FIELDS:,} fields"):
        COUNTS.check(kind.DESCRIPTOR, raw)


@pytest.mark.slow
def test_short_messages_count_for_the_fields_they_could_have():
    short = ADD(items=[{"item_id": "a" * 100}]).SerializeToString()
    EntryCounts(2048).check(ADD.DESCRIPTOR, short * 2048)
    fields = delimited(2, b"\x7a\x00" * 600)
    with pytest.raises(InvalidInput, match=f"more than {MAX_FIELDS:,} fields"):
        EntryCounts(2048).check(ADD.DESCRIPTOR, fields * 2048)
