"""How channels to the service are set up, sync and asyncio alike."""

from collections.abc import Sequence
from typing import Final

import grpc
from grpc import aio

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024

# A stream lasts as long as its reader takes; this only ends one whose server hangs.
STREAM_TIMEOUT_SECONDS: Final = 3600.0

Metadata = Sequence[tuple[str, str]]

# gRPC's own reconnect back-off grows to two minutes, longer than any retry would wait.
CHANNEL_OPTIONS: Final[tuple[tuple[str, int], ...]] = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


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
