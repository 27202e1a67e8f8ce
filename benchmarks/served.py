"""A server process over a data directory that stays when the server ends."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vicinal.client import Client

READY = "listening on "
STOP_SECONDS = 120.0


@dataclass(frozen=True)
class Served:
    """A server that takes calls.

    Attributes:
        target: HOST:PORT.
        process_id: of the server.
        start_up_seconds: from the command to the first answer.
    """

    target: str
    process_id: int
    start_up_seconds: float

    def resident_mb(self) -> float:
        """Memory that the server takes now; what it has mapped of files counts as far as it is in memory."""
        return self._status_mb("VmRSS")

    def peak_mb(self) -> float:
        """The most memory that it has had so far."""
        return self._status_mb("VmHWM")

    def _status_mb(self, kind: str) -> float:
        status = Path(f"/proc/{self.process_id}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith(f"{kind}:"))
        return int(line.split()[1]) / 1e3


@contextmanager
def serving(
    data_dir: Path, settings: Mapping[str, str] | None = None, data_limit_bytes: int | None = None
) -> Iterator[Served]:
    """Starts `vicinal serve` on a free port of loopback, and ends it afterwards.

    Args:
        data_dir: of the server, in a folder that is there.
        settings: further ones, by the names of their environment variables.
        data_limit_bytes: most memory of its own that the system gives it (RLIMIT_DATA); None is any.

    Raises:
        RuntimeError: it did not start; its log, beside the data directory, says why.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VICINAL_")}
    environment |= settings or {}
    command = [sys.executable, "-m", "vicinal.cli.main", "serve", "--listen", "127.0.0.1:0"]
    command += ["--data-dir", str(data_dir), "--log-level", "warning"]
    log = data_dir.with_suffix(".log")
    began = time.perf_counter()
    with log.open("a", encoding="utf-8") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment, text=True)
    if data_limit_bytes is not None:
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (data_limit_bytes, data_limit_bytes))
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith(READY):
            raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')}")
        target = line.removeprefix(READY).strip()
        with Client(target) as client:
            list(client.list_pools())
        yield Served(target, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
