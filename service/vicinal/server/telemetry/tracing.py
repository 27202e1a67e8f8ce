"""Traces by OpenTelemetry: a span for each call, and below it one for each piece of work.

Names and attributes are those of the OpenTelemetry semantic conventions for RPC
(https://opentelemetry.io/docs/specs/semconv/rpc/). The SDK is imported only where traces are wanted.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vicinal.core.errors import VicinalError
from vicinal.server.runtime.current_call import Call
from vicinal.v1 import sampler_service_pb2

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

SERVICE = sampler_service_pb2.DESCRIPTOR.services_by_name["SamplerService"].full_name
# A server that shuts down waits no longer for a collector that does not answer.
EXPORT_SECONDS = 3
# Codes of errors of the server; the others are due to the request.
FAULTS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})


class TracingUnavailable(VicinalError):
    """Traces are wanted, but the packages that make them are not installed."""

    reason = "TRACING_UNAVAILABLE"


class Tracing:
    """Makes spans and passes them to an exporter, in a thread of its own.

    Raises:
        TracingUnavailable: the extra `telemetry` is not installed.
    """

    def __init__(self, exporter: "SpanExporter") -> None:
        with _extra_needed():
            from opentelemetry import context, trace  # noqa: PLC0415
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
            from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
                TraceContextTextMapPropagator,
            )
        self._provider = TracerProvider(resource=Resource.create({"service.name": "vicinal"}))
        self._processor = BatchSpanProcessor(exporter)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("vicinal.server")
        self._propagator = TraceContextTextMapPropagator()
        self._trace = trace
        self._attach = context.attach

    @classmethod
    def to(cls, endpoint: str) -> "Tracing":
        """Traces for a collector that speaks OTLP over gRPC at `endpoint`, a URL."""
        with _extra_needed():
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        insecure = endpoint.startswith("http://")
        return cls(OTLPSpanExporter(endpoint=endpoint, insecure=insecure, timeout=EXPORT_SECONDS))

    @contextmanager
    def call(self, call: Call, metadata: Iterable[tuple[str, str | bytes]]) -> Iterator[None]:
        """A span for a call, below the caller's span where it sent a W3C traceparent."""
        carrier = {key: value for key, value in metadata if isinstance(value, str)}
        name = f"{SERVICE}/{call.method}"
        attributes = {"rpc.system.name": "grpc", "rpc.method": name, "vicinal.request_id": call.request_id}
        span = self._tracer.start_span(
            name,
            context=self._propagator.extract(carrier),
            kind=self._trace.SpanKind.SERVER,
            attributes=attributes,
        )
        # Not detached: the call's own context ends with it, and a stream left early is closed in another.
        self._attach(self._trace.set_span_in_context(span))
        try:
            yield
        finally:
            span.set_attribute("rpc.response.status_code", call.code)
            if call.pool_id:
                span.set_attribute("vicinal.pool_id", call.pool_id)
            if call.reason:
                span.set_attribute("error.type", call.reason)
            if call.code in FAULTS:
                span.set_status(self._trace.StatusCode.ERROR)
            span.end()

    @contextmanager
    def work(self, executor: str, what: str, waited_seconds: float) -> Iterator[None]:
        """A span for a piece of work, below that of its call."""
        attributes: dict[str, str | float] = {
            "vicinal.executor": executor,
            "vicinal.waited_seconds": waited_seconds,
        }
        with self._tracer.start_as_current_span(
            f"{executor} {what}", attributes=attributes, record_exception=False, set_status_on_exception=False
        ):
            yield

    def close(self) -> None:
        """Exports the spans that are left."""
        self._provider.shutdown()


@contextmanager
def _extra_needed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        raise TracingUnavailable(
            f"otlp_endpoint: traces need the package {missing.name}; install Vicinal as "
            "'vicinal[telemetry]', or leave otlp_endpoint unset"
        ) from missing
