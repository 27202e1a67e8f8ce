"""Waiting for what must happen in the end."""

import time

import grpc
import pytest


def eventually(act, seconds=60.0):
    """Keys are looked at once a second, and the machine may be slow."""
    ends_at = time.monotonic() + seconds
    while True:
        try:
            return act()
        except (grpc.RpcError, AssertionError, pytest.fail.Exception):
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.2)


def assert_in_time(condition, seconds=60.0):
    """The condition holds at some moment before the time is over."""
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, "it did not come to hold in time"
        time.sleep(0.01)
