"""Traces of a real server, as a collector that speaks OTLP over gRPC gets them."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as otlp
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as otlp_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

SERVICE = "vicinal.v1.SamplerService"
TRACE_ID, PARENT_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(otlp_grpc.TraceServiceServicer):
    def __init__(self):
        self.spans = []
        self.services = set()

    def Export(self, request, context):
        for of_resource in request.resource_spans:
            self.services |= {
                each.value.string_value
                for each in of_resource.resource.attributes
                if each.key == "service.name"
            }
            for of_scope in of_resource.scope_spans:
                self.spans += of_scope.spans
        return otlp.ExportTraceServiceResponse()


@pytest.fixture
def collector():
    server = grpc.server(ThreadPoolExecutor(2))
    made = Collector()
    otlp_grpc.add_TraceServiceServicer_to_server(made, server)
    made.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield made
    server.stop(None)


def _attributes(span):
    return {each.key: each.value.string_value for each in span.attributes}


def test_a_call_is_a_span_below_the_callers_with_its_work_below(make_server_process, collector):
    server = make_server_process(VICINAL_OTLP_ENDPOINT=collector.endpoint)
    metadata = (("traceparent", f"00-{TRACE_ID}-{PARENT_ID}-01"), ("x-request-id", "mine"))
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.Embed(
            service.EmbedRequest(featurizer="image-statistics", contents=[{"image": b"no picture"}]),
            metadata=metadata,
        )
        with pytest.raises(grpc.RpcError):
            stub.GetPool(service.GetPoolRequest(pool_id="absent"))
    server.stop()
    deadline = time.monotonic() + 120
    while len(collector.spans) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    spans = {span.name: span for span in collector.spans}
    assert collector.services == {"vicinal"}
    call, told = spans[f"{SERVICE}/Embed"], _attributes(spans[f"{SERVICE}/Embed"])
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (TRACE_ID, PARENT_ID)
    assert call.kind == Span.SPAN_KIND_SERVER
    assert told["rpc.system.name"] == "grpc"
    assert told["rpc.method"] == f"{SERVICE}/Embed"
    assert told["rpc.response.status_code"] == "OK"
    assert told["vicinal.request_id"] == "mine"
    for below in ("embedding embed", "loading load", "computing read_contents"):
        assert spans[below].trace_id == call.trace_id
        assert spans[below].parent_span_id == call.span_id
    refused = spans[f"{SERVICE}/GetPool"]
    assert refused.trace_id != call.trace_id
    assert not refused.parent_span_id
    assert _attributes(refused)["rpc.response.status_code"] == "NOT_FOUND"
    assert _attributes(refused)["error.type"] == "POOL_NOT_FOUND"
    assert refused.status.code != Status.STATUS_CODE_ERROR


def test_a_stream_left_early_has_a_span_and_no_error_in_the_log(make_server_process, collector):
    server = make_server_process(VICINAL_OTLP_ENDPOINT=collector.endpoint)
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 2}))
        items = [
            {"item_id": f"{row:0200}", "content": {"vector": np.array([row, 1], "<f4").tobytes()}}
            for row in range(6000)
        ]
        for start in range(0, len(items), 2000):
            stub.AddItems(service.AddItemsRequest(pool_id="a", items=items[start : start + 2000]))
        stream = stub.ScorePool(service.ScorePoolRequest(pool_id="a"))
        assert next(stream).items
        stream.cancel()
        while '"method": "ScorePool"' not in server.log:
            time.sleep(0.02)
    server.stop()
    (span,) = (span for span in collector.spans if span.name == f"{SERVICE}/ScorePool")
    # gRPC may have taken all of it off the handler's hands before.
    assert _attributes(span)["rpc.response.status_code"] in ("CANCELLED", "OK")
    assert "Traceback" not in server.log
    assert "detach" not in server.log


def test_a_collector_that_is_not_there_disturbs_nobody(make_server_process):
    server = make_server_process(VICINAL_OTLP_ENDPOINT="http://127.0.0.1:1")
    with grpc.insecure_channel(server.target) as channel:
        assert not SamplerServiceStub(channel).ListPools(service.ListPoolsRequest()).pools
    assert server.stop() == 0


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    from vicinal.server.telemetry.tracing import Tracing, TracingUnavailable

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", None)
    with pytest.raises(TracingUnavailable, match=r"vicinal\[telemetry\]"):
        Tracing.to("http://127.0.0.1:1")


def test_without_an_endpoint_nothing_of_opentelemetry_is_imported():
    code = (
        "import sys, vicinal.server.process;"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
