"""The benchmark runs on a small pool and reports all that it promises."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
STEPS = ("one_pass_ms", "direct_ms", "diffused_ms", "default_ms", "batch100_ms")
NUMBERS = ("graph_build_s", "graph_exact_s", "graph_recall", "peak_mb", "vector_mb", "graph_mb", "base_mb")


def test_the_command_writes_every_measurement(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks.label_to_next", "--items", "2000", "--dim", "32"]
    subprocess.run([*command, "--rounds", "5", "--json", str(report)], check=True, cwd=ROOT)
    measured = json.loads(report.read_text())
    for step in STEPS:
        assert 0 < measured[step]["p50"] <= measured[step]["p95"]
    assert all(measured[number] > 0 for number in NUMBERS)
    assert measured["graph_recall"] > 0.95
    assert measured["vector_mb"] == 2000 * 32 * 4 / 1e6
    assert measured["graph_mb"] > 2000 * 20 * 12 / 1e6
    assert measured["modal_ms"] is None
    assert measured["skactiveml_ms"] is None
