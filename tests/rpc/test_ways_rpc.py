"""Which source files a call runs through: those that the pictures in ARCHITECTURE.md draw, and no others."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from uuid import uuid4

import grpc
import numpy as np
import pytest
from google.protobuf.message import Message

from vicinal.server.composition import build
from vicinal.server.process import make_server
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text()
VECTORS = np.random.default_rng(0).normal(size=(60, 16)).astype(np.float32)
# Behind the port of `pools/duplicates/search.py`; the finder of another content has other files.
FINDER = {"duplicates/vectors/finder.py", "duplicates/exact.py", "server/composition.py"}


class Recorder:
    """Notes the project's files in which functions are called, on threads that start with it."""

    def __init__(self) -> None:
        self._files: set[str] | None = None

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if self._files is not None and event == "call":
            self._files.add(frame.f_code.co_filename)

    def files_of(self, call: Callable[[], object]) -> set[str]:
        """Those that a call runs through, by their paths in the pictures; without pure functions of core."""
        self._files = set()
        call()
        found, self._files = self._files, None
        paths = {Path(name).relative_to(ROOT) for name in found if name.startswith(f"{ROOT}/")}
        names = {path.as_posix().removeprefix("service/vicinal/") for path in paths}
        return {name for name in names if not name.startswith(("core/", ".venv/", "tests/"))}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    threading.setprofile(recorder)
    yield recorder
    threading.setprofile(None)


@pytest.fixture
def stub(recorder, serve_inside, tmp_path) -> Iterator[SamplerServiceStub]:
    """Overrides the shared server's: this one is inside the test, over a data directory, with a warm pool."""
    settings, workers = Settings(data_dir=tmp_path), Workers()
    pools = build(settings)
    pools.load_all()
    target = serve_inside(lambda: make_server(settings, pools, workers).server).target
    with grpc.insecure_channel(target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 16}))
        stub.AddItems(_items(range(40)))
        for label in ("cat", "dog"):
            stub.SubmitLabels(_label(stub.LeaseBatch(_lease()), label))
        yield stub
    workers.close()
    pools.close()


def _items(rows: range) -> service.AddItemsRequest:
    items = [{"item_id": f"{row}", "content": {"vector": VECTORS[row].tobytes()}} for row in rows]
    return service.AddItemsRequest(pool_id="a", request_id=uuid4().hex, items=items)


def _lease() -> service.LeaseBatchRequest:
    return service.LeaseBatchRequest(pool_id="a", request_id=uuid4().hex, size=1)


def _label(leased: service.LeaseBatchResponse, label: str) -> service.SubmitLabelsRequest:
    labels = [{"item_id": item.item_id, "label": label} for item in leased.batch.items]
    lease_id = leased.batch.lease.lease_id
    return service.SubmitLabelsRequest(pool_id="a", request_id=uuid4().hex, lease_id=lease_id, labels=labels)


def section(heading: str) -> str:
    return PAGE.split(f"\n### {heading}\n")[1].split("\n### ")[0]


def drawn(heading: str) -> set[str]:
    """The files in a section's picture, each of which stands there once."""
    picture = section(heading).split("```mermaid\n")[1].split("```")[0]
    files: list[str] = re.findall(r'"([\w/]+\.py)<br/>', picture)
    assert len(files) == len(set(files))
    return set(files)


def passed_by_every_call() -> set[str]:
    files: set[str] = set()
    for row in re.findall(r"^\| (`.*?) \|", section("What every call passes"), re.MULTILINE):
        folder = ""
        for name in re.findall(r"`([\w/]+\.py)`", row):
            files.add(name if "/" in name else f"{folder}/{name}")
            folder = name.rpartition("/")[0] or folder
    return files


def _request(stub: SamplerServiceStub, call: str) -> Message:
    if call == "SubmitLabels":
        return _label(stub.LeaseBatch(_lease()), "cat")
    return _lease() if call == "LeaseBatch" else _items(range(40, 50))


@pytest.mark.parametrize(
    ("call", "heading", "most"),
    [
        ("SubmitLabels", "The way of a label", 12),
        ("LeaseBatch", "The way of a suggestion", 12),
        ("AddItems", "The way of an added item", 14),
    ],
)
def test_a_call_runs_through_the_files_of_its_picture(stub, recorder, call, heading, most):
    request = _request(stub, call)
    files = recorder.files_of(lambda: getattr(stub, call)(request))
    every = passed_by_every_call()
    assert {"server/rpc/handlers.py", "server/telemetry/metrics.py"} <= every
    assert files - every - FINDER == drawn(heading)
    assert len(drawn(heading)) <= most
