"""A server that answers as a script says."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

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
