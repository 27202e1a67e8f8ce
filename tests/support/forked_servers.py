"""Servers that can be started quickly and killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

ZYGOTE = Path(__file__).with_name("zygote.py")
DEADLINE_SECONDS = 120.0


class Zygote:
    """What servers are forked from; use it in a `with` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        self._process = subprocess.Popen(
            [sys.executable, str(ZYGOTE)],
            stdin=subprocess.PIPE,
            text=True,
            env=_environment(),
            # A group of its own: it ends its servers with itself when nobody writes to it any more.
            start_new_session=True,
        )

    def __enter__(self) -> "Zygote":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(DEADLINE_SECONDS)

    def begin(self, data_dir: Path) -> "ForkedServer":
        """Starts a server, without waiting for it to be ready."""
        out = self.folder / f"server-{next(self._numbers)}.out"
        order = {"data_dir": str(data_dir), "listen": "127.0.0.1:0", "threads": "1", "log_level": "warning"}
        assert self._process.stdin is not None
        log = str(self.folder / "server.log")
        self._process.stdin.write(json.dumps({**order, "out": str(out), "log": log}) + "\n")
        self._process.stdin.flush()
        return ForkedServer(out)

    def start(self, data_dir: Path) -> "ForkedServer":
        """A server that is ready."""
        server = self.begin(data_dir)
        server.wait_ready()
        return server


class ForkedServer:
    """A server process, as far as it has told of itself."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.pid = int(self._told(r"process (\d+)\n"))
        self.target = ""

    def wait_ready(self) -> None:
        self.target = self._told(r"listening on (\S+)\n")

    def kill(self) -> None:
        """Ends it as a power cut does, and waits until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        _wait(lambda: not self.is_running(), f"process {self.pid} does not die")

    def is_running(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def failure(self) -> str:
        """Waits until it has given up; what it said."""
        return self._told(r"failed: (.*)")

    def _told(self, pattern: str) -> str:
        found: list[str] = []

        def told() -> bool:
            text = self._out.read_text() if self._out.exists() else ""
            assert "failed: " not in text or "failed" in pattern, text
            found.extend(re.findall(pattern, text))
            return bool(found)

        _wait(told, f"the server does not say {pattern!r}")
        return found[0]


def _wait(is_so, complaint: str) -> None:
    ends_at = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < ends_at, complaint
        time.sleep(0.005)


def _environment() -> dict[str, str]:
    """One thread for all libraries: a fork takes no threads along."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VICINAL_")}
    return kept | {"OMP_NUM_THREADS": "1"}
