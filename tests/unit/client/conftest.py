"""A client whose requests are noted and not sent, so that tests can read them."""

import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from vicinal.client import Client
from vicinal.client.channel import Transport
from vicinal.v1.sampler_service_pb2 import DESCRIPTOR

METHODS = DESCRIPTOR.services_by_name["SamplerService"].methods_by_name


@pytest.fixture
def sent() -> list[Message]:
    """The requests so far."""
    return []


@pytest.fixture
def client(sent, monkeypatch):
    def note(self: Transport, method: str, request: Message, timeout_seconds: float) -> Message:
        sent.append(request)
        return GetMessageClass(METHODS[method].output_type)()

    monkeypatch.setattr(Transport, "send", note)
    with Client() as client:
        yield client
