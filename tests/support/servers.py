"""Real servers: a process with a data directory of its own, and what calls to it give."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import grpc
import numpy as np
from numpy.typing import NDArray

START_SECONDS = 180


SERVE = (
    "from vicinal.server.process import serve; from vicinal.server.settings import load_settings;"
    "serve(load_settings())"
)


@dataclass
class ServerProcess:
    """A server process that can be stopped, killed and started again, at the same port."""

    data_dir: Path
    variables: dict[str, str] = field(default_factory=dict)
    listen: str = "127.0.0.1:0"
    target: str = ""
    process: Any = None

    @property
    def log(self) -> str:
        return (self.data_dir.parent / "server.log").read_text()

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VICINAL_")}
        environment |= {"VICINAL_LISTEN": self.listen, "VICINAL_DATA_DIR": str(self.data_dir)}
        environment |= {"VICINAL_THREADS": "1", **self.variables}
        with (self.data_dir.parent / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = self._first_line()
        assert line.startswith("listening on "), f"the server did not start:\n{self.log}"
        self.listen = self.target = line.removeprefix("listening on ").strip()

    def stop(self) -> int:
        """Asks it to end, as a service manager does; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> None:
        """Ends it as a power cut does."""
        self.process.kill()
        self._ended()

    def restart(self) -> None:
        if self.process.poll() is None:
            self.stop()
        self.start()

    def _ended(self) -> int:
        code: int = self.process.wait(START_SECONDS)
        self.process.stdout.close()
        return code

    def _first_line(self) -> str:
        lines: Queue[str] = Queue()
        threading.Thread(target=lambda: lines.put(self.process.stdout.readline()), daemon=True).start()
        try:
            return lines.get(timeout=START_SECONDS)
        except Empty:
            return ""


@dataclass
class ServerInside:
    """An asyncio server in a thread of this process, for faults that a real one cannot be told to have."""

    target: str
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True)
class Failure:
    """A refused call, as its status tells it."""

    code: grpc.StatusCode
    reason: str
    message: str
    fields: tuple[str, ...]
    facts: dict[str, str]
    request_id: str
    retry_seconds: float | None


@dataclass(frozen=True)
class MadePool:
    """A pool of plain vectors in the shared server."""

    pool_id: str
    item_ids: list[str]
    vectors: NDArray[np.float32]
