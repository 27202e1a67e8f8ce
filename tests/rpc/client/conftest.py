"""A server on a real socket that does what a test tells it to, and notes what it was asked."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from vicinal.client import Client
from vicinal.v1.sampler_service_pb2 import DESCRIPTOR

METHODS = DESCRIPTOR.services_by_name["SamplerService"].methods_by_name


@dataclass(frozen=True)
class Fault:
    """A failure to answer with."""

    code: grpc.StatusCode
    message: str = "scripted"
    details: Sequence[Message] = ()

    @staticmethod
    def asking_to_wait(seconds: float) -> "Fault":
        delay = Duration()
        delay.FromMilliseconds(round(seconds * 1000))
        info = error_details_pb2.RetryInfo(retry_delay=delay)
        return Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "busy", [info])

    def end(self, context: grpc.ServicerContext) -> None:
        status = status_pb2.Status(code=self.code.value[0], message=self.message)
        for detail in self.details:
            packed = AnyMessage()
            packed.Pack(detail)
            status.details.append(packed)
        context.abort_with_status(rpc_status.to_status(status))


Step = Message | Fault | Callable[[Message], Message]


@dataclass(frozen=True)
class Seen:
    method: str
    request: Message
    metadata: dict[str, str | bytes]
    remaining_seconds: float


@dataclass
class Script(grpc.GenericRpcHandler):
    """What to answer, by method: each call takes the next step (a list of steps for a stream)."""

    target: str = ""
    seen: list[Seen] = field(default_factory=list)
    steps: dict[str, deque[Step | list[Step]]] = field(default_factory=lambda: defaultdict(deque))
    ended: threading.Event = field(default_factory=threading.Event)

    def answers(self, method: str, *steps: Step | list[Step]) -> None:
        self.steps[method].extend(steps)

    def requests(self, method: str) -> list[Message]:
        return [seen.request for seen in self.seen if seen.method == method]

    def service(self, details):
        name = details.method.rpartition("/")[2]
        method = METHODS[name]
        make = {
            (False, False): (grpc.unary_unary_rpc_method_handler, self._answer_one),
            (False, True): (grpc.unary_stream_rpc_method_handler, self._answer_many),
            (True, False): (grpc.stream_unary_rpc_method_handler, self._answer_upload),
        }
        handler, behaviour = make[method.client_streaming, method.server_streaming]
        return handler(
            lambda request, context: behaviour(name, request, context),
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=GetMessageClass(method.output_type).SerializeToString,
        )

    def _note(self, name: str, request: Message, context: grpc.ServicerContext) -> None:
        metadata = {entry.key: entry.value for entry in context.invocation_metadata()}
        context.add_callback(self.ended.set)
        self.seen.append(Seen(name, request, metadata, context.time_remaining()))

    def _answer_one(self, name, request, context):
        self._note(name, request, context)
        return _played(self.steps[name].popleft(), request, context)

    def _answer_many(self, name, request, context):
        self._note(name, request, context)
        for step in self.steps[name].popleft():
            yield _played(step, request, context)

    def _answer_upload(self, name, requests, context):
        step = self.steps[name].popleft()
        if isinstance(step, Fault):
            self._note(name, next(requests), context)
            step.end(context)
        for request in requests:
            self._note(name, request, context)
        return _played(step, request, context)


def _played(step: Step, request: Message, context: grpc.ServicerContext) -> Message:
    if isinstance(step, Fault):
        step.end(context)
    return step(request) if callable(step) else step


@pytest.fixture
def server_credentials() -> grpc.ServerCredentials | None:
    """A test file that wants TLS has its own."""
    return None


@pytest.fixture
def script(server_credentials: grpc.ServerCredentials | None) -> Iterator[Script]:
    script = Script()
    with ThreadPoolExecutor(4) as threads:
        options = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]
        server = grpc.server(threads, handlers=[script], options=options)
        if server_credentials is None:
            port = server.add_insecure_port("127.0.0.1:0")
        else:
            port = server.add_secure_port("127.0.0.1:0", server_credentials)
        script.target = f"127.0.0.1:{port}"
        server.start()
        yield script
        server.stop(grace=None).wait()


@pytest.fixture
def scripted_client(script: Script) -> Iterator[Client]:
    with Client(script.target, timeout_seconds=60.0, metadata=[("authorization", "Bearer key")]) as client:
        yield client


@pytest.fixture(name="fault")
def fault_type() -> type[Fault]:
    return Fault
