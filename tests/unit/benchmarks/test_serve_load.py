"""The benchmark runs on a small pool and reports all that it promises."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CALLS = ("submit_next_ms", "in_process_ms", "lease_batch_ms", "in_process_lease_batch_ms", "classify_ms")
NUMBERS = ("import_items_per_s", "in_process_import_items_per_s", "start_up_s", "submit_next_per_s")


def test_the_command_writes_every_measurement(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks.serve_load", "--items", "600", "--dim", "16"]
    command += ["--clients", "3", "--rounds", "4", "--json", str(report)]
    subprocess.run(command, check=True, cwd=ROOT)
    measured = json.loads(report.read_text())
    assert measured["errors"] == 0
    assert all(measured[number] > 0 for number in NUMBERS)
    for call in CALLS:
        assert 0 < measured[f"{call}/p50"] <= measured[f"{call}/p99"]
    assert measured["submit_next_ms/p50_one_client"] > 0
