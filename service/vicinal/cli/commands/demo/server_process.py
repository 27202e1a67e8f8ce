"""A server of the demo's own: a process on loopback with an empty data directory, gone afterwards."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vicinal.cli.failures import Failure

START_SECONDS = 180.0
STOP_SECONDS = 15.0
READY = "listening on "


@contextmanager
def running_server(flags: Sequence[str] = ()) -> Iterator[str]:
    """Starts `vicinal serve` on a free port of loopback; gives HOST:PORT, and ends it afterwards.

    Args:
        flags: further ones for `vicinal serve`.

    Raises:
        Failure: it did not start; the message ends with the last of its log.
    """
    with tempfile.TemporaryDirectory(prefix="vicinal-demo-") as folder:
        log = Path(folder, "server.log")
        command = [sys.executable, "-m", "vicinal.cli.main", "serve", "--listen", "127.0.0.1:0"]
        command += ["--data-dir", str(Path(folder, "data")), "--log-level", "warning", *flags]
        environment = {name: value for name, value in os.environ.items() if not _is_of_another(name)}
        with log.open("w") as stderr:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stderr, env=environment, text=True
            )
        try:
            yield _target_when_ready(process, log)
        finally:
            _stop(process)


def _is_of_another(name: str) -> bool:
    """Whether a variable says how a server is that others come to; the demo's own asks for nothing."""
    return name in {"VICINAL_CONFIG", "VICINAL_KEYS_FILE"} or name.startswith("VICINAL_TLS_")


def _target_when_ready(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    # A server that hangs is killed, which ends the wait for its line.
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    line = process.stdout.readline()
    timer.cancel()
    if not line.startswith(READY):
        last = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise Failure(f"the server did not start: {' | '.join(last) or 'it says nothing'}")
    return line.removeprefix(READY).strip()


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
