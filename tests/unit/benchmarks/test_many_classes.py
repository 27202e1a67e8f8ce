"""The benchmark runs on a small pool of many classes and reports all that it promises."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_command_writes_every_measurement(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks.many_classes", "--items", "700", "--dim", "8"]
    asked = ["--classes", "300", "--labels", "320", "--rounds", "4", "--json", str(report)]
    subprocess.run([*command, *asked], check=True, cwd=ROOT)
    measured = json.loads(report.read_text())
    assert (measured["items"], measured["classes"], measured["labels"]) == (700, 300, 320)
    for model in ("direct_ms", "diffused_ms", "default_ms"):
        assert 0 < measured[model]["step_ms_p50"] <= measured[model]["step_ms_p95"]
        assert measured[model]["first_lease_s"] > 0
        assert measured[model]["batch_ms_p50"] > 0
    assert 0 < measured["base_mb"] <= measured["peak_mb"]
