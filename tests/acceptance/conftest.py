"""Servers as their users start them, the command line beside one, and pictures."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from vicinal.cli.commands.demo.server_process import running_server
from vicinal.cli.main import app


@pytest.fixture
def server_target(tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of a running server: a process of its own, an empty data directory."""
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
        process.wait(timeout=120)
        log.close()


@pytest.fixture(scope="module")
def target():
    with running_server() as started:
        yield started


@pytest.fixture
def vicinal(target):
    """Runs a command; gives its stdout, as JSON if that was asked for."""

    def run(*arguments, code=0, stderr=""):
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(app, words, env={"VICINAL_TARGET": target, "VICINAL_ANNOTATOR": "ana"})
        assert result.exit_code == code, result.output
        assert stderr in result.stderr
        assert "Traceback" not in result.output
        return json.loads(result.stdout) if "--json" in words else result.stdout

    return run


@pytest.fixture
def photos(tmp_path):
    """Red and blue pictures, each colour in a folder of its own, and one broken file."""
    random = np.random.default_rng(0)
    for name, channel in (("red", 0), ("blue", 2)):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 60, (24, 24, 3), dtype=np.uint8)
            pixels[..., channel] += 180
            Image.fromarray(pixels).save(folder / f"{number}.png")
    (tmp_path / "photos/red/broken.png").write_bytes(b"no picture")
    return tmp_path / "photos"
