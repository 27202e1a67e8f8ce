"""How channels to the service are set up, sync and asyncio alike."""

from collections.abc import Sequence
from typing import Final

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
