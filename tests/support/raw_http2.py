"""HTTP/2 written by hand, for what no library would send."""

import socket
import struct
from types import TracebackType

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING = 0, 1, 3, 4, 6
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW_SIZE = 4


class RawConnection:
    """One connection to a server, in the clear.

    Args:
        target: HOST:PORT.
        window: bytes of each answer that the server may send ahead.
    """

    def __init__(self, target: str, window: int = 65_535) -> None:
        host, _, port = target.rpartition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._unread = b""
        self._next = 1
        settings = struct.pack(">HI", INITIAL_WINDOW_SIZE, window)
        self._socket.sendall(PREFACE + _frame(SETTINGS, 0, 0, settings))

    def __enter__(self) -> "RawConnection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def begin(self, path: str, *metadata: tuple[str, str]) -> int:
        """Begins a call, and sends no message; returns its stream's number."""
        stream, self._next = self._next, self._next + 2
        headers = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a")]
        headers += [("te", "trailers"), ("content-type", "application/grpc"), *metadata]
        block = b"".join(b"\x00" + _text(name) + _text(value) for name, value in headers)
        self._socket.sendall(_frame(HEADERS, END_HEADERS, stream, block))
        return stream

    def data(self, stream: int, raw: bytes, *, end: bool = False) -> None:
        """Sends bytes of a message, whose head says how long it is."""
        self._socket.sendall(_frame(DATA, END_STREAM if end else 0, stream, raw))

    def ended(self, seconds: float) -> set[int]:
        """Streams that the server has ended; looked for until nothing comes for that time."""
        return {
            stream
            for kind, flags, stream in self.frames(seconds)
            if kind == RST_STREAM or (kind == HEADERS and flags & END_STREAM)
        }

    def frames(self, seconds: float) -> list[tuple[int, int, int]]:
        """Kind, flags and stream of each frame that comes, until none does for that time."""
        self._socket.settimeout(seconds)
        came: list[tuple[int, int, int]] = []
        try:
            while part := self._socket.recv(1 << 16):
                self._unread += part
                while (frame := self._one()) is not None:
                    came.append(frame)
        except TimeoutError:
            pass
        return came

    def _one(self) -> tuple[int, int, int] | None:
        length = int.from_bytes(self._unread[:3], "big")
        if len(self._unread) < 9 + length:
            return None
        kind, flags, stream = struct.unpack(">BBI", self._unread[3:9])
        body, self._unread = self._unread[9 : 9 + length], self._unread[9 + length :]
        if kind in (SETTINGS, PING) and not flags & ACK:
            self._socket.sendall(_frame(kind, ACK, 0, body if kind == PING else b""))
        return kind, flags, stream


def message(raw: bytes) -> bytes:
    """A whole message as it goes into frames of data."""
    return b"\0" + struct.pack(">I", len(raw)) + raw


def _frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return struct.pack(">I", len(body))[1:] + struct.pack(">BBI", kind, flags, stream) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    assert len(raw) < 127
    return bytes((len(raw),)) + raw
