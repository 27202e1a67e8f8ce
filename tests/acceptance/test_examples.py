"""The examples run against a real server."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_digits_are_learned(server_target):
    run = subprocess.run(
        [sys.executable, str(EXAMPLES / "label_digits.py"), server_target],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert run.returncode == 0, run.stderr
    accuracies = [float(value) for value in re.findall(r"labels: ([\d.]+) accuracy", run.stdout)]
    assert len(accuracies) == 10
    assert accuracies[-1] > 0.8
    assert accuracies[-1] > accuracies[0]
