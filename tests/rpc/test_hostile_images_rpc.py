"""Hostile images over a real socket: the server's memory stays within what is allowed, whatever the call."""

from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest

from benchmarks.hostile import images as hostile
from vicinal.v1 import duplicate_groups_pb2, examples_pb2
from vicinal.v1 import duplicates_pb2 as duplicates
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import Content, NewItem, PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

MAX_PIXELS = 6_000_000
# What all images together may take by SECURITY.md, and what a server needs besides for requests and answers.
ALLOWED_BYTES, ROOM_BYTES = 20 * MAX_PIXELS, 48 * 1024 * 1024
SIDE = 2448
# Each of these takes 72 MB where nobody bounds them all, or more than that where nobody bounds one.
LARGE = hostile.png(SIDE, SIDE, hostile.zlib.compress(bytes(SIDE * (3 * SIDE + 1)), 9))
BOMBS = [LARGE] * 6 + [
    hostile.bombs()[name]()
    for name in (
        "png of one column",
        "png of as many pixels as allowed",
        "png of megabytes of zeros",
        "tiff of one large tile",
        "gif of many large frames",
        "progressive jpeg of as many pixels as allowed",
    )
]
TOO_LARGE = hostile.png(3000, 2001, hostile.zlib.compress(bytes(2001 * 9001), 9))


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SamplerServiceStub, int]]:
    """A server of this module's own, and its process."""
    from tests.support.servers import ServerProcess

    data = tmp_path_factory.mktemp("hostile") / "data"
    server = ServerProcess(data, {"VICINAL_MAX_IMAGE_PIXELS": str(MAX_PIXELS), "VICINAL_THREADS": "4"})
    server.start()
    try:
        with grpc.insecure_channel(server.target) as channel:
            stub = SamplerServiceStub(channel)
            config = PoolConfig(
                pool_id="near", featurizer="image-statistics", duplicates=duplicates.DUPLICATES_NEAR
            )
            stub.CreatePool(service.CreatePoolRequest(config=config))
            config = PoolConfig(pool_id="exact", featurizer="image-statistics")
            stub.CreatePool(service.CreatePoolRequest(config=config))
            _warm_up(stub)
            yield stub, server.process.pid
    finally:
        server.kill()


def _warm_up(stub: SamplerServiceStub) -> None:
    """Makes every call once: libraries are loaded and compiled then, and there is a label to predict by."""
    noise = np.random.default_rng(0).integers(0, 65_536, (4, 40, 50, 3), dtype=np.uint16)
    for pool_id in ("near", "exact"):
        for call in (add_examples, embed, add_items, import_items, classify, check_content):
            assert call(stub, pool_id, [hostile.png_of_16_bits(each) for each in noise]) == []


def _items(images: list[bytes], name: str) -> list[NewItem]:
    return [
        NewItem(item_id=f"{name} {row} {len(image)}", content=Content(image=image))
        for row, image in enumerate(images)
    ]


def embed(stub: SamplerServiceStub, pool_id: str, images: list[bytes]) -> list[str]:
    contents = [Content(image=image) for image in images]
    answer = stub.Embed(service.EmbedRequest(featurizer="image-statistics", contents=contents))
    return [each.message for each in answer.errors]


def add_items(stub: SamplerServiceStub, pool_id: str, images: list[bytes]) -> list[str]:
    answer = stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=_items(images, "added")))
    return [each.message for each in answer.errors]


def import_items(stub: SamplerServiceStub, pool_id: str, images: list[bytes]) -> list[str]:
    header = service.ImportItemsRequest(header=service.ImportItemsRequest.Header(pool_id=pool_id))
    chunk = service.ImportItemsRequest.Chunk(items=_items(images, "imported"))
    answer = stub.ImportItems(iter([header, service.ImportItemsRequest(chunk=chunk)]))
    return [each.message for each in answer.errors]


def add_examples(stub: SamplerServiceStub, pool_id: str, images: list[bytes]) -> list[str]:
    examples = [
        examples_pb2.NewExample(example_id=f"{len(image)} {row}", content=Content(image=image), label="some")
        for row, image in enumerate(images)
    ]
    answer = stub.AddExamples(examples_pb2.AddExamplesRequest(pool_id=pool_id, examples=examples))
    return [each.message for each in answer.errors]


def classify(stub: SamplerServiceStub, pool_id: str, images: list[bytes]) -> list[str]:
    inputs = [service.ClassifyRequest.Input(content=Content(image=image)) for image in images]
    answer = stub.Classify(service.ClassifyRequest(pool_id=pool_id, inputs=inputs))
    return [each.message for each in answer.errors]


def check_content(stub: SamplerServiceStub, pool_id: str, images: list[bytes]) -> list[str]:
    calls = [
        stub.CheckContent.future(
            duplicate_groups_pb2.CheckContentRequest(pool_id=pool_id, content=Content(image=image))
        )
        for image in images
    ]
    refused = [call.exception() for call in calls]
    assert all(each is None or each.code() is grpc.StatusCode.INVALID_ARGUMENT for each in refused)
    return [each.details() for each in refused if each is not None]


Call = Callable[[SamplerServiceStub, str, list[bytes]], list[str]]
CALLS = [embed, add_items, import_items, add_examples, classify, check_content]


@pytest.mark.parametrize("pool_id", ["near", "exact"])
@pytest.mark.parametrize("call", CALLS)
def test_the_server_takes_no_more_memory_than_is_allowed(hostile_server, call: Call, pool_id):
    stub, pid = hostile_server
    before = start_to_measure(pid)
    messages = call(stub, pool_id, BOMBS)
    assert len(messages) == 5, messages
    assert peak_bytes(pid) - before < ALLOWED_BYTES + ROOM_BYTES


@pytest.mark.parametrize("call", CALLS)
def test_the_setting_reaches_every_decoder(hostile_server, call: Call):
    stub, _ = hostile_server
    (message,) = call(stub, "near", [TOO_LARGE])
    assert "3000 x 2001 pixels, more than 6,000,000" in message


@pytest.mark.parametrize("call", CALLS)
def test_a_file_without_its_end_is_refused_by_every_call(hostile_server, call: Call):
    stub, _ = hostile_server
    files = hostile.whole_files()
    cut = [files[name][:-9] for name in ("GIF of noise", "PNG of black")]
    messages = call(stub, "near", cut)
    assert len(messages) == 2
    assert all("cannot be read" in message for message in messages)


def start_to_measure(pid: int) -> int:
    """What the process holds now, in bytes, from where its peak is counted; skips where that is not told."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError as error:
        pytest.skip(f"this system does not tell a process's peak memory: {error}")
    return peak_bytes(pid)


def peak_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
