"""Other active learning libraries on the same data, each in an environment of its own.

They need other releases of scikit-learn than this project, and each other. Environments are made at the first
use, below the folder for temporary files, and kept.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ENVIRONMENTS = Path(tempfile.gettempdir()) / "vicinal-benchmarks"
PEERS = {
    "modal": ("modAL-python", "scikit-learn<1.6"),
    "skactiveml": ("scikit-activeml",),
}


def measure(data: Path) -> dict[str, dict[str, float]]:
    """Times of a step of each peer, `p50` and `p95` in milliseconds, by `<peer>_ms`.

    Args:
        data: folder with `vectors.npy`, (N, d) float32, and `classes.npy`, (N,).
    """
    return {f"{peer}_ms": _measure(peer, data) for peer in PEERS}


def _measure(peer: str, data: Path) -> dict[str, float]:
    command = [str(_python(peer)), "-m", f"benchmarks.peer_{peer}", str(data)]
    # Packages of this environment, which the variable may lead to, would be taken before those of the peer.
    without_ours = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    root = Path(__file__).parents[1]
    answer = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=root, env=without_ours
    ).stdout
    measured: dict[str, float] = json.loads(answer.splitlines()[-1])
    return measured


def _python(peer: str) -> Path:
    """The interpreter of the peer's environment, which is made where it is missing."""
    environment = ENVIRONMENTS / f"{peer}-{sys.version_info.major}.{sys.version_info.minor}"
    python = environment / "bin" / "python"
    ready = environment / "ready"
    if not ready.exists():
        venv.create(environment, clear=True, with_pip=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *PEERS[peer],
        ]
        subprocess.run(install, check=True)
        ready.touch()
    return python
