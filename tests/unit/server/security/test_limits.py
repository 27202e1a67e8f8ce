"""Calls of one key: so many at a time, so many in a second, and none at another key's cost."""

from contextlib import ExitStack, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import TooManyCalls
from vicinal.server.security.limits import KeyLimits


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_one_more_than_allowed_is_asked_to_come_again_until_one_ends():
    limits = KeyLimits(2, 1000.0, Clock())
    with limits.admitted("a"):
        with limits.admitted("a"):
            with limits.admitted("b"), pytest.raises(TooManyCalls) as caught, limits.admitted("a"):
                pass
            assert caught.value.retry_after_seconds > 0
            assert "2 are allowed" in caught.value.message
        with limits.admitted("a"):
            pass


def test_a_call_that_fails_has_ended_too():
    limits = KeyLimits(1, 1000.0, Clock())
    for _ in range(3):
        with pytest.raises(KeyError), limits.admitted("a"):
            raise KeyError


def test_a_seconds_worth_at_once_then_as_time_goes():
    clock = Clock()
    limits = KeyLimits(100, 5.0, clock)
    with ExitStack() as calls:
        for _ in range(5):
            calls.enter_context(limits.admitted("a"))
        with pytest.raises(TooManyCalls) as caught, limits.admitted("a"):
            pass
        assert caught.value.retry_after_seconds == pytest.approx(0.2)
        calls.enter_context(limits.admitted("b"))
        clock.now += 0.2
        calls.enter_context(limits.admitted("a"))


@given(
    st.floats(0.5, 50.0),
    st.lists(st.floats(0.0, 0.5), max_size=80),
)
def test_no_stretch_of_time_sees_more_than_rate_and_burst(per_second, pauses):
    clock = Clock()
    limits = KeyLimits(1, per_second, clock)
    admitted = []
    for pause in pauses:
        clock.now += pause
        with suppress(TooManyCalls), limits.admitted("a"):
            admitted.append(clock.now)
    burst = max(1.0, per_second)
    for first, begin in enumerate(admitted):
        for last, end in enumerate(admitted[first:], first):
            assert last - first + 1 <= burst + (end - begin) * per_second + 1e-6


def test_a_key_that_waits_as_long_as_it_should_is_admitted():
    clock = Clock()
    limits, refused = KeyLimits(1, 0.7, clock), 0
    for _ in range(20):
        try:
            with limits.admitted("a"):
                pass
        except TooManyCalls as error:
            refused += 1
            clock.now += error.retry_after_seconds + 1e-9
            with limits.admitted("a"):
                pass
    assert refused > 10
