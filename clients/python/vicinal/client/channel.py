"""How channels to the service are set up, sync and asyncio alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
from grpc import aio

from vicinal.client.errors import wrong_argument

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024

# A stream lasts as long as its reader takes; this only ends one whose server hangs.
STREAM_TIMEOUT_SECONDS: Final = 3600.0

Metadata = Sequence[tuple[str, str]]

# gRPC's own reconnect back-off grows to two minutes, longer than any retry would wait.
CHANNEL_OPTIONS: Final[tuple[tuple[str, int], ...]] = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # By its name a pause; in gRPC it is how long one try to connect may take.
    ("grpc.min_reconnect_backoff_ms", 20_000),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


@dataclass(frozen=True)
class Tls:
    """TLS by PEM files, read when a client is made.

    Attributes:
        root_certificate: of the authority that the server's certificate comes from; None takes those that
            gRPC brings along.
        client_certificate: what to show to a server that asks for one (mutual TLS), with `client_key`.
        client_key: its private key.
    """

    root_certificate: Path | str | None = None
    client_certificate: Path | str | None = None
    client_key: Path | str | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """The files as gRPC takes them.

        Raises:
            InvalidArgumentError: one cannot be read, or a certificate comes without its key.
        """
        if (self.client_certificate is None) != (self.client_key is None):
            raise wrong_argument("client_key", "goes with client_certificate; give both or neither")
        return grpc.ssl_channel_credentials(
            root_certificates=_read("root_certificate", self.root_certificate),
            private_key=_read("client_key", self.client_key),
            certificate_chain=_read("client_certificate", self.client_certificate),
        )


def call_metadata(metadata: Metadata, key: str) -> Metadata:
    """What goes with each call: the key, if there is one, and what else was asked for.

    Raises:
        InvalidArgumentError: the key cannot be one; it is not shown.
    """
    if not key:
        return tuple(metadata)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise wrong_argument("key", "holds blanks or letters that no key has; give vcl_... alone")
    return (*metadata, ("authorization", f"Bearer {key}"))


def _read(field: str, path: Path | str | None) -> bytes | None:
    try:
        return None if path is None else Path(path).read_bytes()
    except OSError as error:
        raise wrong_argument(field, f"cannot read {str(path)!r}: {error.strerror}") from error


def blocking_channel(target: str, credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
    """A channel that waits for its answers; without credentials in the clear."""
    if credentials is None:
        return grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
    return grpc.secure_channel(target, credentials, options=CHANNEL_OPTIONS)


def asyncio_channel(target: str, credentials: grpc.ChannelCredentials | None) -> aio.Channel:
    """A channel whose answers are awaited in the running loop; without credentials in the clear."""
    if credentials is None:
        return aio.insecure_channel(target, options=CHANNEL_OPTIONS)
    return aio.secure_channel(target, credentials, options=CHANNEL_OPTIONS)
