import grpc
import pytest

from vicinal.client import InternalError, ResourceExhaustedError, UnavailableError
from vicinal.client.retries import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Attempts


def exhausted(retry_after_seconds):
    return ResourceExhaustedError(
        "busy", code=grpc.StatusCode.RESOURCE_EXHAUSTED, retry_after_seconds=retry_after_seconds
    )


def test_pauses_double_up_to_the_longest_with_jitter():
    attempts = Attempts(timeout_seconds=1000, retries=8)
    for tries in range(8):
        full_seconds = min(FIRST_PAUSE_SECONDS * 2**tries, LONGEST_PAUSE_SECONDS)
        assert full_seconds / 2 <= attempts.pause_after(UnavailableError("down")) <= full_seconds


def test_two_clients_do_not_pause_alike():
    pauses = {Attempts(1000, 1).pause_after(UnavailableError("down")) for _ in range(10)}
    assert len(pauses) > 1


def test_raises_the_last_error_after_the_retries():
    attempts = Attempts(timeout_seconds=1000, retries=2)
    for _ in range(2):
        attempts.pause_after(UnavailableError("down"))
    last = UnavailableError("still down")
    with pytest.raises(UnavailableError) as caught:
        attempts.pause_after(last)
    assert caught.value is last


def test_waits_at_least_as_long_as_asked():
    assert Attempts(1000, 1).pause_after(exhausted(30.0)) == 30.0
    assert Attempts(1000, 1).pause_after(exhausted(0.0)) >= FIRST_PAUSE_SECONDS / 2


@pytest.mark.parametrize("error", [exhausted(None), InternalError("broken")])
def test_other_failures_are_final(error):
    with pytest.raises(type(error)):
        Attempts(1000, 4).pause_after(error)


def test_no_pause_beyond_the_deadline():
    with pytest.raises(ResourceExhaustedError):
        Attempts(timeout_seconds=10, retries=4).pause_after(exhausted(11.0))


def test_time_runs_out_and_not_below_zero():
    attempts = Attempts(timeout_seconds=0, retries=4)
    assert attempts.remaining_seconds == 0
    with pytest.raises(UnavailableError):
        attempts.pause_after(UnavailableError("down"))
