"""Metrics as Prometheus reads them: from a real server, over HTTP."""

import json
import re
import time
import urllib.request
from pathlib import Path

import grpc
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

START_SECONDS = 60
DASHBOARD = Path(__file__).parents[2] / "deploy/grafana/vicinal.json"
# What Prometheus adds to whatever it scrapes.
TARGET_LABELS = {"instance", "job"}


def _scrape(server):
    (address,) = re.findall(r"metrics on (http://\S+)", server.log)
    with urllib.request.urlopen(address, timeout=START_SECONDS) as answer:
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.read().decode())
            for sample in family.samples
        }


def _value(scraped, name, **labels):
    return scraped.get((name, tuple(sorted(labels.items()))))


def _fill(stub, pool_id, count=20):
    stub.CreatePool(service.CreatePoolRequest(config={"pool_id": pool_id, "dimension": 4}))
    vectors = np.random.default_rng(0).normal(size=(count, 4)).astype("<f4")
    items = [{"item_id": f"{row}", "content": {"vector": row_.tobytes()}} for row, row_ in enumerate(vectors)]
    stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items))


@pytest.fixture
def metered(make_server_process):
    server = make_server_process(VICINAL_METRICS_LISTEN="127.0.0.1:0", VICINAL_METRICS_MAX_POOLS="2")
    with grpc.insecure_channel(server.target) as channel:
        yield server, SamplerServiceStub(channel)


def test_what_was_done_is_counted(metered):
    server, stub = metered
    _fill(stub, "fruits")
    stub.LeaseBatch(service.LeaseBatchRequest(pool_id="fruits", size=3))
    stub.SubmitLabels(service.SubmitLabelsRequest(pool_id="fruits", labels=[{"item_id": "7", "label": "a"}]))
    stub.Embed(
        service.EmbedRequest(featurizer="image-statistics", contents=[{"image": b"no picture"}]),
    )
    with pytest.raises(grpc.RpcError):
        stub.GetPool(service.GetPoolRequest(pool_id="absent"))
    # A refused call is counted right after its caller was told.
    while not _value(_scrape(server), "vicinal_calls_total", method="GetPool", code="NOT_FOUND"):
        time.sleep(0.05)
    scraped = _scrape(server)
    assert _value(scraped, "vicinal_calls_total", method="AddItems", code="OK") == 1
    assert _value(scraped, "vicinal_calls_total", method="GetPool", code="NOT_FOUND") == 1
    assert _value(scraped, "vicinal_call_seconds_count", method="LeaseBatch") == 1
    assert _value(scraped, "vicinal_call_seconds_sum", method="LeaseBatch") > 0
    assert _value(scraped, "vicinal_calls_in_flight", method="LeaseBatch") == 0
    assert _value(scraped, "vicinal_pools", state="served") == 1
    labelled_or_leased = [
        _value(scraped, "vicinal_pool_items", pool="fruits", state=state) for state in ("labelled", "leased")
    ]
    assert sum(labelled_or_leased) in (3, 4)
    assert _value(scraped, "vicinal_pool_labels", pool="fruits") == 1
    assert _value(scraped, "vicinal_pool_leases_open", pool="fruits") == 1
    assert _value(scraped, "vicinal_pool_graph_items", pool="fruits") == 20
    assert _value(scraped, "vicinal_pool_graph_progress", pool="fruits") == 1
    assert _value(scraped, "vicinal_pool_graph_build_seconds", pool="fruits") > 0
    assert _value(scraped, "vicinal_embedded_contents_total", featurizer="image-statistics") == 1
    assert _value(scraped, "vicinal_work_waiting", executor="computing") == 0
    assert _value(scraped, "vicinal_work_rejected_total", executor="embedding") == 0
    assert _value(scraped, "vicinal_work_wait_seconds_count", executor="computing") >= 4
    assert _value(scraped, "vicinal_work_seconds_count", executor="embedding") == 1
    assert _value(scraped, "process_resident_memory_bytes") > 10e6


def test_calls_under_way_are_counted(metered):
    server, stub = metered
    _fill(stub, "fruits")

    def in_flight():
        return _value(_scrape(server), "vicinal_calls_in_flight", method="ImportItems")

    watching = stub.ImportItems.future(_held_open(server))
    while not in_flight():
        time.sleep(0.05)
    assert in_flight() == 1
    watching.cancel()
    while in_flight():
        time.sleep(0.05)


def _held_open(server):
    yield service.ImportItemsRequest(header={"pool_id": "fruits"})
    server.process.wait()


def test_pools_beyond_the_limit_are_added_up(metered):
    server, stub = metered
    for pool_id in ("a", "b", "c", "d"):
        _fill(stub, pool_id, 5)
    scraped = _scrape(server)
    told = {dict(labels)["pool"] for name, labels in scraped if name == "vicinal_pool_items"}
    assert told == {"a", "b", "(others)"}
    assert _value(scraped, "vicinal_pool_items", pool="(others)", state="unlabelled") == 10


def test_a_taken_address_is_said(metered, serve_process, tmp_path):
    server, _ = metered
    ended = serve_process(
        VICINAL_DATA_DIR=str(tmp_path / "other"),
        VICINAL_LISTEN="127.0.0.1:0",
        VICINAL_METRICS_LISTEN=server.target,
    )
    assert ended.returncode != 0
    assert f"metrics_listen: cannot listen on {server.target}" in ended.stderr


def _queries():
    board = json.loads(DASHBOARD.read_text())
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_every_query_of_the_dashboard_asks_for_what_is_exported(metered):
    server, stub = metered
    _fill(stub, "fruits")
    stub.LeaseBatch(service.LeaseBatchRequest(pool_id="fruits"))
    stub.Embed(service.EmbedRequest(featurizer="image-statistics", contents=[{"image": b"no picture"}]))
    labels_of = {}
    for name, labels in _scrape(server):
        labels_of.setdefault(name, set()).update(dict(labels), TARGET_LABELS)
    queries = _queries()
    assert len(queries) > 15
    for query in queries:
        metrics = set(re.findall(r"\b(?:vicinal|process)_\w+", query))
        assert metrics, query
        assert metrics <= set(labels_of), query
        grouped = {label for group in re.findall(r"by \(([^)]*)\)", query) for label in group.split(", ")}
        selected = set(re.findall(r"(\w+)=~", query))
        for metric in metrics:
            assert grouped | selected <= labels_of[metric], query


def test_every_metric_of_ours_is_on_the_dashboard(metered):
    server, stub = metered
    _fill(stub, "fruits")
    asked = " ".join(_queries())
    families = {re.sub(r"_(?:total|created|bucket|sum|count)$", "", name) for name, _ in _scrape(server)}
    assert [name for name in families if name.startswith("vicinal_") and name not in asked] == []
