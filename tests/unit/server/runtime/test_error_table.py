"""What errors look like as a google.rpc.Status, and that they fit into a trailer."""

import grpc
import pytest
from google.rpc import error_details_pb2

from vicinal.core.errors import (
    DataDirectoryMoved,
    InvalidInput,
    ModelLoading,
    Overloaded,
    PoolNotFound,
    PoolsLoading,
    ShuttingDown,
    StorageCorrupt,
    StorageFailed,
    StorageFull,
)
from vicinal.records.errors import Violation
from vicinal.server.runtime.errors import CODES, code_of, internal_status, shorten, status_of
from vicinal.server.settings import WrongSettings
from vicinal.storage.directory import DirectoryLock

TRAILER_LIMIT = 8192


def _details(status):
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    status.details[0].Unpack(info)
    if len(status.details) > 1:
        status.details[1].Unpack(bad_request)
    return info, bad_request


def test_reason_and_facts_are_in_the_error_info():
    status = status_of(PoolNotFound("no pool 'a'", details={"pool_id": "a"}))
    info, _ = _details(status)
    assert (status.code, status.message) == (5, "no pool 'a'")
    assert (info.domain, info.reason, dict(info.metadata)) == ("vicinal", "POOL_NOT_FOUND", {"pool_id": "a"})
    assert len(status.details) == 1


def test_each_wrong_field_is_in_the_bad_request():
    error = InvalidInput.of([Violation("size", "is odd"), Violation("labels[3].label", "is empty")])
    _, bad_request = _details(status_of(error))
    told = [(each.field, each.description) for each in bad_request.field_violations]
    assert told == [("size", "is odd"), ("labels[3].label", "is empty")]


def test_when_to_try_again_is_sent_where_it_is_known():
    retry = error_details_pb2.RetryInfo()
    hinted = status_of(Overloaded("too much", retry_after_seconds=0.25))
    assert hinted.details[1].Unpack(retry)
    assert retry.retry_delay.ToMilliseconds() == 250
    assert len(status_of(Overloaded("too much")).details) == 1


def test_what_no_retry_mends_is_not_unavailable():
    assert code_of(StorageFull("no room")) is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert code_of(StorageFailed("no luck")) is grpc.StatusCode.INTERNAL
    passing = {error for error, code in CODES.items() if code is grpc.StatusCode.UNAVAILABLE}
    assert passing == {ModelLoading, PoolsLoading, ShuttingDown}


def test_an_error_not_in_the_table_takes_the_code_of_its_nearest_ancestor():
    assert code_of(WrongSettings("no")) is grpc.StatusCode.INVALID_ARGUMENT
    assert code_of(StorageCorrupt("torn")) is grpc.StatusCode.DATA_LOSS


def test_a_fault_of_the_server_tells_the_request_id_alone():
    status = internal_status("abc")
    info, _ = _details(status)
    assert (status.code, dict(info.metadata)) == (13, {"request_id": "abc"})
    assert "abc" in status.message


@pytest.mark.parametrize("letter", ["a", "ä", "€", "😀"])
def test_the_largest_status_fits_into_a_trailer(letter):
    error = InvalidInput.of([Violation(letter * 999, letter * 99_999)] * 3000)
    error.details.update({f"{row}": letter * 999 for row in range(3)})
    status = status_of(error)
    # The message goes out percent-encoded, three bytes for each at worst, the details in base 64.
    size = 3 * len(status.message.encode()) + len(status.SerializeToString()) * 4 // 3
    assert size < TRAILER_LIMIT
    assert _details(status)[1].field_violations[-1].field == "..."


@pytest.mark.parametrize("text", ["", "abc", "äöü" * 100, "😀" * 100])
@pytest.mark.parametrize("size", [3, 4, 5, 6, 7, 299, 600])
def test_a_cut_text_is_never_longer_than_allowed(text, size):
    shortened = shorten(text, size)
    assert len(shortened.encode()) <= size
    assert shortened == text or shortened.endswith("…")


def test_callers_read_no_path_of_the_server(tmp_path):
    lock = DirectoryLock(tmp_path)
    moved = tmp_path.rename(tmp_path.with_name("elsewhere"))
    try:
        with pytest.raises(DataDirectoryMoved) as caught:
            lock.check()
    finally:
        lock.release()
        moved.rename(tmp_path)
    assert str(tmp_path) in caught.value.message
    status = status_of(caught.value)
    info, _ = _details(status)
    assert (status.code, info.reason) == (9, "DATA_DIRECTORY_MOVED")
    assert str(tmp_path.parent) not in str(status)
