"""A canary in everything that callers send: it must never turn up in the log, at whatever level."""

from contextlib import suppress
from io import BytesIO

import grpc
import numpy as np
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from vicinal.client import Client, NewExample, NewItem
from vicinal.v1 import sampler_service_pb2
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

CANARY = "canary4711"
METHODS = sampler_service_pb2.DESCRIPTOR.services_by_name["SamplerService"].methods
POOL = "aviary"


@pytest.fixture
def server(make_server_process, keys_file, new_key):
    key = new_key()
    server = make_server_process(VICINAL_KEYS_FILE=str(keys_file), VICINAL_LOG_LEVEL="debug")
    server.key = key
    return server


@pytest.fixture
def client(server):
    with Client(server.target, key=server.key) as opened:
        yield opened


def test_every_call_with_a_canary_in_every_field(server, client):
    client.create_pool(POOL, dimension=2)
    metadata = [("authorization", f"Bearer {server.key}"), ("x-canary", CANARY)]
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        for method in METHODS:
            for variant in range(4):
                request = _filled(GetMessageClass(method.input_type)(), variant)
                for shown in (metadata, [("authorization", f"Bearer {CANARY}")]):
                    _send(getattr(stub, method.name), method, request, shown)
    _check_log(server, [method.name for method in METHODS])


def test_a_session_whose_data_are_canaries(server, client):
    client.create_pool(POOL, featurizer="image-statistics")
    client.add_items(
        POOL,
        [NewItem(f"{CANARY}{row}", _image(row), metadata={CANARY: CANARY}) for row in range(4)]
        + [NewItem(f"{CANARY}-text", CANARY), NewItem(f"{CANARY}-broken", CANARY.encode())],
    )
    client.import_items(POOL, [NewItem(f"{CANARY}-late", _image(9))])
    client.add_examples(POOL, [NewExample(CANARY, _image(5), CANARY)])
    batch = client.lease_batch(POOL, size=2, annotator=CANARY)
    first, second = (item.item_id for item in batch.items)
    client.submit_labels(POOL, {first: f"{CANARY}-label"}, annotator=CANARY, lease_id=batch.lease_id)
    client.skip_items(POOL, [second], reason=CANARY, annotator=CANARY, lease_id=batch.lease_id)
    client.restore_items(POOL, [second], annotator=CANARY)
    client.exclude_items(POOL, [second], reason=CANARY, annotator=CANARY)
    client.classify(POOL, [_image(1)], with_neighbours=True)
    client.embed("image-statistics", [_image(1)])
    assert list(client.score_pool(POOL))
    assert list(client.export_labels(POOL, history=True))
    client.remove_labels(POOL, [first], annotator=CANARY)
    client.remove_examples(POOL, [CANARY])
    client.delete_pool(POOL)
    _check_log(server, ["AddItems", "SubmitLabels", "DeletePool"])


def _check_log(server, methods):
    log = server.log
    assert all(f'"{method}"' in log for method in methods)
    assert CANARY not in log
    assert server.key not in log
    assert server.key.split("_", 2)[2] not in log


def _send(rpc, method, request, metadata):
    """What comes of it does not matter: most are refused, each at another check."""
    given = iter([request, request]) if method.client_streaming else request
    with suppress(grpc.RpcError):
        answer = rpc(given, metadata=metadata, timeout=60)
        if method.server_streaming:
            list(answer)


def _filled(message, variant):
    """The message with the canary wherever text or bytes go; of a oneof, another field by variant."""
    chosen = {oneof.fields[variant % len(oneof.fields)].name for oneof in message.DESCRIPTOR.oneofs}
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof and field.name not in chosen:
            continue
        if field.message_type and field.message_type.GetOptions().map_entry:
            getattr(message, field.name)[CANARY] = CANARY
        elif field.message_type:
            _fill_message(message, field, variant)
        elif field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
            _fill_text(message, field, variant)
    return message


def _fill_message(message, field, variant):
    if field.message_type.file.package == "google.protobuf":
        return
    inner = getattr(message, field.name)
    _filled(inner.add() if field.is_repeated else inner, variant)


def _fill_text(message, field, variant):
    # The ids of pools are told to the log: the operator chooses them.
    text = POOL if field.name == "pool_id" else f"{CANARY}\n" if variant == 3 else CANARY
    value = text if field.type == FieldDescriptor.TYPE_STRING else text.encode()
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def _image(seed):
    """A TIFF that carries the canary as its description, which Pillow tells when it debugs."""
    pixels = np.random.default_rng(seed).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    tags, file = ImageFileDirectory_v2(), BytesIO()
    tags[270] = CANARY
    Image.fromarray(pixels).save(file, "TIFF", tiffinfo=tags)
    return file.getvalue()
