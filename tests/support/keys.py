"""Certificates of an authority of the tests' own, and calls that show a key."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import trustme


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
