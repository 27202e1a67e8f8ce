"""Hostile calls to a live server: it answers each properly, stays up and keeps its memory.

A longer run: `python -m benchmarks.fuzz --calls 100000`.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from benchmarks.fuzz import KINDS, MOST_RESIDENT_MB, SERVICE, Fuzzer, Kind, Outcome, run
from benchmarks.hostile.contents import HostileContents
from benchmarks.hostile.messages import HostileMessages
from benchmarks.hostile.words import Words
from benchmarks.served import Served
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceServicer, add_SamplerServiceServicer_to_server

CALLS = 2000
# In the second half of the calls: the first half sees to it that all libraries are loaded.
MOST_GROWTH_MB = 60


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(CALLS, seed=0)


def test_every_answer_is_a_result_or_a_declared_error(outcome: Outcome) -> None:
    assert not outcome.faults


def test_every_call_of_the_service_is_made(outcome: Outcome) -> None:
    assert outcome.covered() == {method.name for method in SERVICE.methods}


def test_many_calls_get_past_the_checks(outcome: Outcome) -> None:
    results = sum(count for name, count in outcome.codes.items() if name.endswith("/OK"))
    assert results > CALLS / 8
    assert {"AddItems", "ImportItems", "LeaseBatch", "SubmitLabels", "Embed"} <= outcome.succeeded()


def test_memory_is_bounded(outcome: Outcome) -> None:
    half = len(outcome.resident_mb) // 2
    # Large pictures take memory while they are read; what is lost does not come back.
    assert min(outcome.resident_mb[-3:]) < outcome.resident_mb[half] + MOST_GROWTH_MB


def test_the_most_memory_at_any_time_is_bounded(outcome: Outcome) -> None:
    assert max(outcome.resident_mb) <= outcome.peak_mb < MOST_RESIDENT_MB


def test_the_server_goes_without_more_memory_than_it_is_given() -> None:
    outcome = run(300, seed=2, data_limit_bytes=4 * 2**30)
    assert not outcome.faults
    assert outcome.peak_mb < MOST_RESIDENT_MB


@pytest.mark.parametrize("kind", [kind for _, kind in KINDS])
def test_each_further_kind_of_call_is_of_some_methods_and_drawn_by_chance(kind: Kind) -> None:
    def made(seed: int) -> list[list[bytes] | None]:
        chance = random.Random(seed)
        return [kind(chance, method, "vectors") for method in SERVICE.methods]

    assert made(1) == made(1) != made(2)
    assert any(made(1))
    assert None in made(1)


def _messages(seed: int) -> list[bytes]:
    chance = random.Random(seed)
    made = HostileMessages(chance, Words(chance, {}), HostileContents(chance, 8))
    return [made.raw(method.input_type) for method in SERVICE.methods for _ in range(20)]


def test_the_same_seed_makes_the_same_calls() -> None:
    assert _messages(1) == _messages(1) != _messages(2)


class _Broken(SamplerServiceServicer):
    """Answers every listing of pools with one status, without saying why."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def ListPools(self, request, context):
        if self._code is not grpc.StatusCode.OK:
            context.abort(self._code, "broken")
        return service.ListPoolsResponse()


@pytest.mark.parametrize(
    ("code", "is_fault"),
    [
        (grpc.StatusCode.UNKNOWN, True),
        (grpc.StatusCode.INTERNAL, True),
        (grpc.StatusCode.NOT_FOUND, True),  # without a reason
        (grpc.StatusCode.OK, False),
    ],
)
def test_a_server_that_breaks_is_noticed(code: grpc.StatusCode, is_fault: bool) -> None:
    server = grpc.server(ThreadPoolExecutor(1))
    add_SamplerServiceServicer_to_server(_Broken(code), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    fuzzer = Fuzzer(Served(f"127.0.0.1:{port}", process_id=0, start_up_seconds=0.0), seed=0)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        fuzzer.call(channel, SERVICE.methods_by_name["ListPools"])
    server.stop(None)
    assert bool(fuzzer.outcome.faults) == is_fault
