"""Processes of this machine: when they are started, and that none is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.chores import Chore, Chores
from vicinal.jobs.engines import local
from vicinal.jobs.engines.local import LocalEngine
from vicinal.jobs.engines.protocol import TaskDone, TaskLost
from vicinal.jobs.progress import RowProgress

PROGRAM = """
import sys
from pathlib import Path
from tests.support.chores import Chore, Chores
from vicinal.jobs.engines.local import LocalEngine
from vicinal.jobs.progress import RowProgress

tasks = [Chore(number, sys.argv[2]) for number in range(4)]
for event in LocalEngine(2).run(Chores(Path(sys.argv[1])), tasks, RowProgress(0, 0, lambda _: None)):
    print(event, flush=True)
"""


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    with closing(LocalEngine(2)) as made:
        yield made


def processes(engine: LocalEngine, work: Chores, tasks: list[Chore]) -> list[int]:
    """Which of them did each task."""
    events = list(engine.run(work, tasks, RowProgress(0, 0, lambda _: None)))
    return [event.answer for event in events if isinstance(event, TaskDone)]


def test_a_little_work_is_done_here_unless_it_must_be_apart(engine: LocalEngine, tmp_path: Path) -> None:
    tasks = [Chore(number, "process") for number in range(6)]
    assert set(processes(engine, Chores(tmp_path, needs_own_process=False), tasks)) == {os.getpid()}
    needs_own_process = processes(engine, Chores(tmp_path), tasks)
    assert len(needs_own_process) == 6
    assert os.getpid() not in needs_own_process
    # Where processes are there already, they are made use of.
    assert os.getpid() not in processes(engine, Chores(tmp_path, needs_own_process=False), tasks)


def test_much_work_is_given_to_processes(
    engine: LocalEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "START_SECONDS", 0.5)
    tasks = [Chore(0, "wait"), *(Chore(number, "process") for number in range(1, 6))]
    # By the pace of the first, two processes save more than a second of the other five.
    waited, *others = processes(engine, Chores(tmp_path, needs_own_process=False), tasks)
    assert waited == 0
    assert len(others) == 5
    assert os.getpid() not in others


def test_one_worker_does_all_work_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "START_SECONDS", 0.0)
    with closing(LocalEngine(1)) as engine:
        tasks = [Chore(number, "process") for number in range(3)]
        assert set(processes(engine, Chores(tmp_path, needs_own_process=False), tasks)) == {os.getpid()}


def test_what_nobody_is_left_for_is_lost(tmp_path: Path) -> None:
    with closing(LocalEngine(1)) as engine:
        tasks = [Chore(0), Chore(1, "die"), Chore(2)]
        events = list(engine.run(Chores(tmp_path), tasks, RowProgress(0, 0, lambda _: None)))
    killed = "its worker was killed by signal 9; if nobody did that, memory ran out: take fewer workers"
    assert events == [
        TaskDone(tasks[0], 0),
        TaskLost(tasks[1], killed),
        TaskLost(tasks[2], "was not begun: no worker was left"),
    ]


def begun(folder: Path, count: int, process: subprocess.Popen[bytes]) -> list[int]:
    """Workers of a process that began their work, once there are so many."""
    deadline = time.monotonic() + 120
    while len(found := list(folder.glob("begun-*"))) < count and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        time.sleep(0.05)
    return [int(path.name.split("-")[1]) for path in found]


def check_gone(workers: list[int]) -> None:
    deadline = time.monotonic() + 120
    while any(Path(f"/proc/{each}").exists() for each in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [each for each in workers if Path(f"/proc/{each}").exists()]


@pytest.mark.parametrize(("told", "does"), [(signal.SIGINT, "wait long"), (signal.SIGKILL, "wait")])
def test_workers_end_with_who_started_them(tmp_path: Path, told: signal.Signals, does: str) -> None:
    """A terminal interrupts the whole group; a process that is killed cannot end its workers itself."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), does]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        workers = begun(tmp_path, 2, process)
        if told == signal.SIGINT:
            os.killpg(process.pid, told)
        else:
            process.kill()
        assert process.wait(120) == -told
    assert len(workers) == 2
    check_gone(workers)
