"""Certificates of an authority of the tests' own, files of keys, and servers that ask for both."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme

from tests.support.keys import Certificates, WithKey
from vicinal.server.security.keys import create_key
from vicinal.server.security.roles import Role
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Certificates(trustme.CA(), folder)


@pytest.fixture
def other_authority(tmp_path: Path) -> Certificates:
    folder = tmp_path / "other"
    folder.mkdir()
    return Certificates(trustme.CA(), folder)


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    return tmp_path / "keys.jsonl"


@pytest.fixture
def new_key(keys_file: Path) -> Callable[..., str]:
    """Adds a key to the file, and gives it."""

    def make(role: str = "admin", **more: Any) -> str:
        return create_key(keys_file, "somebody", Role(role), datetime.now(UTC), **more)[1]

    return make


@pytest.fixture
def stub_with() -> Iterator[Callable[[str, str], SamplerServiceStub]]:
    """Stubs that show a key with each call, in the clear."""
    with ExitStack() as ends:

        def connect(target: str, key: str) -> SamplerServiceStub:
            channel = ends.enter_context(grpc.insecure_channel(target))
            return SamplerServiceStub(grpc.intercept_channel(channel, WithKey(key)))

        yield connect
