"""Carries out a stream of requests, for both clients."""

from collections.abc import Iterator
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from vicinal.client.calls import Upload
from vicinal.client.channel import STREAM_TIMEOUT_SECONDS, Metadata
from vicinal.client.errors import from_rpc
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

R = TypeVar("R")


def send(upload: Upload[R], channel: grpc.Channel, metadata: Metadata) -> R:
    """Sends all requests and waits for the answer.

    Raises:
        VicinalClientError: the call failed.
        Exception: whatever was raised where the requests come from.
    """
    failures: list[Exception] = []

    def until_failure() -> Iterator[Message]:
        # gRPC reads this in a thread of its own and would only log what goes wrong there.
        try:
            yield from upload.requests
        except Exception as failure:
            failures.append(failure)

    rpc = getattr(SamplerServiceStub(channel), upload.method)
    try:
        answer = rpc(until_failure(), timeout=STREAM_TIMEOUT_SECONDS, metadata=metadata)
    except grpc.RpcError as failure:
        raise (failures[0] if failures else from_rpc(failure)) from failure
    if failures:
        raise failures[0]
    return upload.parse(answer)
