"""Batch jobs, each in a process of its own, with what they take: memory, processor time, and what else ran.

A module that measures jobs has a function for each; `run_apart` starts `python -m MODULE JOB RESULT`, whose
`tell` calls the function and leaves what it returns in a file. Whatever the job starts counts with it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

LOOK_SECONDS = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")


def run_apart(module: str, job: str, **arguments: Any) -> dict[str, Any]:
    """Does a job in a process of its own.

    Args:
        module: that calls `tell` when it is run.
        job: which of its jobs.
        arguments: of the job, as JSON knows them.

    Returns:
        What the job tells, and `peak_mb`, the most memory of its process and all that this started at once,
        by the proportional share of each, mapped pages included; `cpu_s`, their processor time, starts and
        imports included; `others_cores`, how many cores all other processes used on average.

    Raises:
        SystemExit: the job failed; it has said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", module, json.dumps([job, arguments]), str(result)]
        begun, busy_before = time.perf_counter(), _busy_seconds()
        # Tables go to stdout, whatever a job says elsewhere.
        with subprocess.Popen(command, stdout=sys.stderr.fileno()) as process:
            peak, cpu = _watched(process)
        if process.returncode:
            raise SystemExit(f"{' '.join(command[:4])} failed with code {process.returncode}")
        told: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    others = (_busy_seconds() - busy_before - cpu) / (time.perf_counter() - begun)
    return {**told, "peak_mb": peak, "cpu_s": cpu, "others_cores": max(0.0, others)}


def tell(jobs: Mapping[str, Callable[..., dict[str, Any]]]) -> None:
    """Does the job that `run_apart` asks this process for."""
    (job, arguments), result = json.loads(sys.argv[1]), Path(sys.argv[2])
    result.write_text(json.dumps(jobs[job](**arguments)), encoding="utf-8")


def _watched(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """Peak megabytes and seconds of processor time, looked at as long as the process lives."""
    peak, cpu = 0.0, dict[int, float]()
    while process.poll() is None:
        family = _family(process.pid)
        peak = max(peak, sum(map(_own_megabytes, family)))
        cpu |= {each: max(cpu.get(each, 0.0), _cpu_seconds(each)) for each in family}
        time.sleep(LOOK_SECONDS)
    return peak, sum(cpu.values())


def _family(process: int) -> list[int]:
    """A process and all that came of it."""
    with suppress(OSError):
        threads = os.listdir(f"/proc/{process}/task")
        told = [Path(f"/proc/{process}/task/{thread}/children").read_text() for thread in threads]
        children = [int(word) for text in told for word in text.split()]
        return [process, *(each for child in children for each in _family(child))]
    return []


def _own_megabytes(process: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1]) / 1e6
    return 0.0


def _cpu_seconds(process: int) -> float:
    with suppress(OSError):
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS
    return 0.0


def _busy_seconds() -> float:
    """Of all cores, since the system started."""
    user, nice, system, *_ = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return (int(user) + int(nice) + int(system)) / _TICKS
