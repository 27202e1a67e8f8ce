"""Certificates of an authority of the tests' own, files of keys, and servers that ask for both."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme

from vicinal.server.security.keys import create_key
from vicinal.server.security.roles import Role
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


@dataclass(frozen=True)
class Certificates:
    """An authority, and files of what it has signed."""

    authority: trustme.CA
    folder: Path

    @property
    def root(self) -> Path:
        path = self.folder / "root.pem"
        self.authority.cert_pem.write_to_path(path)
        return path

    def issue(self, name: str, identity: str = "localhost") -> tuple[Path, Path]:
        """A certificate and its key, written over those of the same name."""
        made = self.authority.issue_cert(identity)
        chain, key = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        made.private_key_pem.write_to_path(key)
        chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        return chain, key


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


class WithKey(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
):
    """Adds the key to a call's metadata; none where it is empty."""

    def __init__(self, key: str) -> None:
        self._metadata = [("authorization", f"Bearer {key}")] if key else []

    def _call(self, continuation: Any, details: Any, request: Any) -> Any:
        metadata = [*(details.metadata or ()), *self._metadata]
        return continuation(details._replace(metadata=metadata), request)

    intercept_unary_unary = intercept_unary_stream = intercept_stream_unary = _call
