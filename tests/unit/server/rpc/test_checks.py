"""Checks of single fields."""

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.server.rpc.checks import Checks


def _wrong(check):
    """The descriptions of what the check finds wrong."""
    checks = Checks()
    check(checks)
    try:
        checks.raise_if_any()
    except InvalidInput as error:
        return [violation.description for violation in error.violations]
    return []


@pytest.mark.parametrize("value", ["a", "A", "9", "fruits-2.1_x", "a" * 64])
def test_pool_ids(value):
    assert not _wrong(lambda checks: checks.pool_id(value))


@pytest.mark.parametrize("value", ["", ".", "-a", "_a", "a b", "a/b", "ä", "a\n", "a" * 65])
def test_wrong_pool_ids(value):
    assert _wrong(lambda checks: checks.pool_id(value))


@pytest.mark.parametrize("value", ["", "a", "9f-8", "~!", "x" * 128])
def test_request_ids(value):
    assert not _wrong(lambda checks: checks.request_id(value))


@pytest.mark.parametrize("value", [" ", "a b", "a\n", "ä", "x" * 129])
def test_wrong_request_ids(value):
    assert _wrong(lambda checks: checks.request_id(value))


@pytest.mark.parametrize("value", ["a", "folder/picture 1.jpg", "日本語", " a", "a" * 256, "e\u0301"])
def test_item_ids(value):
    assert not _wrong(lambda checks: checks.item_id(value))


@pytest.mark.parametrize("value", ["", " ", "\u3000", "a" * 257, "a\tb", "a\x00", "a\x7f", "a\x85", "a\n"])
def test_wrong_item_ids(value):
    assert _wrong(lambda checks: checks.item_id(value))


def test_an_optional_text_may_be_left_out_but_not_be_blank():
    assert not _wrong(lambda checks: checks.text("", "reason", 5, optional=True))
    assert _wrong(lambda checks: checks.text(" ", "reason", 5, optional=True))


@given(st.floats(1e-9, 100))
def test_durations_come_out_in_seconds(seconds):
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    checks = Checks()
    assert checks.seconds(duration, "lease_duration", 100) == pytest.approx(seconds, abs=1e-9)
    checks.raise_if_any()


@pytest.mark.parametrize(
    "duration",
    [
        Duration(),
        Duration(seconds=-1),
        Duration(nanos=-1),
        Duration(seconds=101),
        Duration(seconds=100, nanos=1),
        Duration(seconds=1, nanos=1_000_000_000),
        Duration(seconds=2, nanos=-1),
        Duration(seconds=2**62),
    ],
)
def test_wrong_durations(duration):
    assert _wrong(lambda checks: checks.seconds(duration, "lease_duration", 100))


def test_zero_takes_the_default():
    checks = Checks()
    assert checks.number(0, "size", default=7, limit=10) == 7
    assert checks.number(10, "size", default=7, limit=10) == 10
    checks.raise_if_any()
    assert _wrong(lambda checks: checks.number(11, "size", default=7, limit=10))


@pytest.mark.parametrize(
    "metadata",
    [
        {f"{row}": "" for row in range(65)},
        {"a": "ä" * 8192},
        {"": "a"},
        {"a\n": "a"},
        {"a" * 129: "a"},
    ],
)
def test_wrong_metadata(metadata):
    assert _wrong(lambda checks: checks.metadata(metadata))


def test_metadata_values_are_free():
    value = {"path": "", "note": "line\nline", "text": "x" * 16_000}
    checks = Checks()
    assert checks.metadata(value) == value
    checks.raise_if_any()


def test_all_that_is_wrong_is_reported_at_once():
    checks = Checks()
    checks.pool_id("?")
    checks.count(0, "labels", 3)
    checks.ids(["a", "", "b"], "item_ids", 3)
    with pytest.raises(InvalidInput) as caught:
        checks.raise_if_any()
    assert [each.field for each in caught.value.violations] == ["pool_id", "labels", "item_ids[1]"]
