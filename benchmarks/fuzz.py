"""Hostile calls to a live server: every call of the service, from its descriptor.

    python -m benchmarks.fuzz --calls 100000 --data-limit-gib 4 --json FILE

Messages are filled field by field with what the server knows and what would hurt, and some are no messages at
all; `KINDS` has what comes in between: lists that are far too long, forged page tokens. `HostileRestores`
makes archives that no service wrote. Each answer must be a result or a declared error, the process must stay
up, and its memory bounded. The same seed makes the same calls, but for the ids that the server gives.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from benchmarks.hostile.contents import HostileContents
from benchmarks.hostile.floods import flood
from benchmarks.hostile.messages import HostileMessages
from benchmarks.hostile.restores import HostileRestores
from benchmarks.hostile.tokens import forged_token
from benchmarks.hostile.words import Words
from benchmarks.served import Served, serving
from vicinal.client import AlreadyExistsError, Client, NewExample
from vicinal.v1 import sampler_service_pb2

SERVICE = sampler_service_pb2.DESCRIPTOR.services_by_name["SamplerService"]
SPARE = [*(f"spare-{number}" for number in range(4)), *(f"none-{number}" for number in range(6)), "vectors"]
POOLS = ["vectors"] * 8 + ["pictures"] * 3 + SPARE[:4]
DIMENSION = 8
ITEMS = 40
TIMEOUT_SECONDS = 120.0
RESTORED = [f"none-{number}" for number in range(6)]
# Of a hundred restores, how many are of archives that are nearly right.
ARCHIVES_SHARE = 40
# Pools that hostile calls took away come back after so many.
TIDY_CALLS = 20
# Models that would have to be fetched are not to be had.
SETTINGS = {
    "VICINAL_MOBILENET_HANDLE": "/nowhere",
    "VICINAL_USE_HANDLE": "/nowhere",
    "VICINAL_MAX_POOLS": "30",
    "VICINAL_THREADS": "1",
}
# What a server that is well never says: it broke, hangs, lost data, or does not know its own calls.
FAULTS = {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DATA_LOSS,
    grpc.StatusCode.UNIMPLEMENTED,
}

# Without a model of texts.
MOST_RESIDENT_MB = 1000.0

# The requests of one call, made for a method and a pool; None where it has no such requests.
Kind = Callable[[random.Random, MethodDescriptor, str], "list[bytes] | None"]
# Kinds of hostile calls, each with how often of a hundred. All others are messages filled by chance.
KINDS: Sequence[tuple[int, Kind]] = (
    (3, flood),
    (5, forged_token),
)


@dataclass
class Outcome:
    """What became of the calls.

    Attributes:
        codes: how often each call got each status code, by "Method/CODE".
        faults: answers that no server should give: method, code, message and the request in hexadecimal.
        resident_mb: of the server, at the beginning and after every tenth of the calls.
        peak_mb: the most that it had at any time.
    """

    codes: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, str]] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    def covered(self) -> set[str]:
        """Methods that were called."""
        return {name.partition("/")[0] for name in self.codes}

    def succeeded(self) -> set[str]:
        """Methods that gave a result at least once: their insides were reached."""
        return {name.removesuffix("/OK") for name in self.codes if name.endswith("/OK")}


class Fuzzer:
    """Hostile calls to one server.

    Args:
        served: the server.
        seed: of all chance.
        featurizers: whose names are known to the calls.
    """

    def __init__(self, served: Served, seed: int, featurizers: Sequence[str] = ("image-statistics",)) -> None:
        self._served = served
        self._random = random.Random(seed)
        self._known = _known(featurizers)
        contents = HostileContents(self._random, DIMENSION)
        self._messages = HostileMessages(self._random, Words(self._random, self._known), contents)
        self._seed = seed
        self._kinds = KINDS
        self.outcome = Outcome()

    def run(self, calls: int) -> Outcome:
        """Makes so many calls, of each kind equally often, and stops early only if the server is gone."""
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
        self.outcome.resident_mb.append(self._served.resident_mb())
        with grpc.insecure_channel(self._served.target, options) as channel:
            restores = HostileRestores(self._good_archive(), self._seed, RESTORED)
            self._kinds = (*KINDS, (ARCHIVES_SHARE, restores))
            for number in range(calls):
                if number % TIDY_CALLS == 0:
                    self._tidy()
                self.call(channel, SERVICE.methods[number % len(SERVICE.methods)])
                if (number + 1) % max(1, calls // 10) == 0:
                    self.outcome.resident_mb.append(self._served.resident_mb())
        # The system counts in strides, each of the two in its own.
        self.outcome.peak_mb = max(self._served.peak_mb(), *self.outcome.resident_mb)
        return self.outcome

    def call(self, channel: grpc.Channel, method: MethodDescriptor) -> None:
        """Makes one call of a kind, and keeps what became of it."""
        # Were they deleted as often as others are used, no pool would grow old.
        self._known["pool_id"] = SPARE if method.name == "DeletePool" else POOLS
        raws = self._requests(method)
        try:
            for answer in _answers(channel, method, raws):
                self._learn(GetMessageClass(method.output_type).FromString(answer))
            self.outcome.codes[f"{method.name}/OK"] += 1
        except grpc.RpcError as error:
            self.outcome.codes[f"{method.name}/{error.code().name}"] += 1
            if (fault := _fault(error)) is not None:
                request = b"|".join(raws)[:4000].hex()
                self.outcome.faults.append({"method": method.name, "fault": fault, "request": request})

    def _requests(self, method: MethodDescriptor) -> list[bytes]:
        """The requests of a call, of a kind drawn by chance."""
        drawn = self._random.randrange(100)
        for share, kind in self._kinds:
            drawn -= share
            if drawn < 0 and (raws := kind(self._random, method, self._random.choice(POOLS))) is not None:
                return raws
            if drawn < 0:
                break
        count = self._random.randint(0, 5) if method.client_streaming else 1
        return [self._messages.raw(method.input_type) for _ in range(count)]

    def _good_archive(self) -> bytes:
        """A snapshot of a pool with leases, labels and examples."""
        self._tidy()
        with Client(self._served.target) as client:
            batch = client.lease_batch("vectors", size=4, annotator="ana")
            named = [item.item_id for item in batch.items[:2]]
            client.submit_labels(
                "vectors", dict.fromkeys(named, "a"), annotator="ana", lease_id=batch.lease_id
            )
            client.add_examples("vectors", [NewExample("example-0", np.ones(DIMENSION, np.float32), "b")])
            return b"".join(client.create_snapshot("vectors"))

    def _learn(self, answer: Message) -> None:
        """Keeps ids and tokens that the server gave, to come back with them."""
        for descriptor, value in answer.ListFields():
            if descriptor.name in ("lease_id", "next_page_token") and isinstance(value, str):
                self._known[descriptor.name.removeprefix("next_")].append(value)
            elif isinstance(value, Message):
                self._learn(value)

    def _tidy(self) -> None:
        """Sees to it that there are pools with items."""
        vectors = np.random.default_rng(0).normal(size=(ITEMS, DIMENSION)).astype(np.float32)
        with Client(self._served.target) as client:
            for pool_id, featurizer in (("vectors", ""), ("pictures", "image-statistics")):
                try:
                    dimension = 0 if featurizer else DIMENSION
                    client.create_pool(pool_id, dimension=dimension, featurizer=featurizer)
                except AlreadyExistsError:
                    continue
                if not featurizer:
                    client.add_vectors(pool_id, [f"item-{row}" for row in range(ITEMS)], vectors)


def _answers(channel: grpc.Channel, method: MethodDescriptor, raws: Sequence[bytes]) -> list[bytes]:
    path = f"/{SERVICE.full_name}/{method.name}"
    # The generated stubs would refuse what is no message.
    kinds: dict[tuple[bool, bool], Any] = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    rpc = kinds[method.client_streaming, method.server_streaming](path)
    given = iter(raws) if method.client_streaming else raws[0]
    answer = rpc(given, timeout=TIMEOUT_SECONDS)
    return list(answer) if method.server_streaming else [answer]


def _fault(error: Any) -> str | None:
    """What is wrong with an error's status; None if it is a proper one."""
    told = f"{error.code().name}: {error.details()}"
    if error.code() in FAULTS:
        return told
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in error.details():
        # gRPC itself refuses it, before there is a request.
        return None
    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    if status is None or not any(detail.Unpack(info) for detail in status.details):
        return f"{told} (without a reason)"
    return None


def _known(featurizers: Sequence[str]) -> dict[str, MutableSequence[Any]]:
    return {
        "pool_id": POOLS,
        "item_id": [f"item-{row}" for row in range(ITEMS)],
        "example_id": [f"example-{row}" for row in range(6)],
        "lease_id": deque([""], maxlen=30),
        "page_token": deque([""], maxlen=30),
        "request_id": [*[""] * 500, *(f"request-{number}" for number in range(500))],
        "label": ["a", "b", "c"],
        "classes": ["a", "b", "c", "d"],
        "annotator": ["", "ana", "ben"],
        "strategy": ["", "default", "classic", "random"],
        "featurizer": ["", *featurizers],
        "fingerprint_digest": [""],
        "size": [0, 1, 2, 5],
        "page_size": [0, 1, 10],
        "dimension": [0, DIMENSION],
        "vote_neighbours": [0, 5],
        "seconds": [60, 600],
        "nanos": [0],
        "budget": [0, 10],
        "target_accuracy": [0.9],
        "seed": [0, 1],
        "key": ["path", "url"],
        "reason": ["", "blurred"],
        "holdout_share": [0.0, 0.2],
        "control_share": [0.0, 0.2],
        "text": ["a short text", "ein kurzer Text", "短文"],
    }


def run(
    calls: int,
    seed: int = 0,
    featurizers: Sequence[str] = ("image-statistics",),
    data_limit_bytes: int | None = None,
) -> Outcome:
    """Calls to a server of their own, which gets so much memory from the system at most."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder, "data"), SETTINGS, data_limit_bytes) as served,
    ):
        return Fuzzer(served, seed, featurizers).run(calls)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--texts", action="store_true", help="let texts be embedded as well")
    parser.add_argument(
        "--data-limit-gib",
        type=float,
        help="most memory of its own for the server, as prlimit --data sets it",
    )
    parser.add_argument("--json", type=Path, help="file to write the outcome to")
    given = parser.parse_args(arguments)
    featurizers = ("image-statistics", *(("use-offline",) if given.texts else ()))
    limit = None if given.data_limit_gib is None else int(given.data_limit_gib * 2**30)
    outcome = run(given.calls, given.seed, featurizers, limit)
    is_too_large = outcome.peak_mb > MOST_RESIDENT_MB and not given.texts
    told = {
        "calls": given.calls,
        "faults": len(outcome.faults),
        "first_faults": outcome.faults[:50],
        "codes": dict(sorted(outcome.codes.items())),
        "never_succeeded": sorted(outcome.covered() - outcome.succeeded()),
        "resident_mb": outcome.resident_mb,
        "peak_mb": outcome.peak_mb,
        "data_limit_gib": given.data_limit_gib,
    }
    text = json.dumps(told, indent=2)
    if given.json is not None:
        given.json.write_text(text + "\n", encoding="utf-8")
    print(text)
    sys.exit(1 if outcome.faults or is_too_large else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
