"""A server as its users start it: the command, a process of its own, an empty data directory."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def server_target(tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of a running server."""
    command = [sys.executable, "-m", "vicinal.cli.main", "serve"]
    settings = ["--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VICINAL_")}
    log = (tmp_path / "server.log").open("w")
    process = subprocess.Popen(
        command + settings, stdout=subprocess.PIPE, stderr=log, env=environment, text=True
    )
    try:
        assert process.stdout is not None
        ready = re.search(r"listening on (\S+)", process.stdout.readline())
        assert ready, f"the server did not start:\n{(tmp_path / 'server.log').read_text()}"
        yield ready.group(1)
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()
