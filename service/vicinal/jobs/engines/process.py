"""A worker that is a process, from both its ends."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from threadpoolctl import threadpool_limits

from vicinal.core.errors import VicinalError
from vicinal.core.parallel import use_threads
from vicinal.jobs.engines.protocol import Event, ReportRows, Worker, WorkerFactory, attempt_task


def limit_threads(threads: int) -> None:
    """Keeps all work of this process to so many threads: others are next to it."""
    use_threads(threads)
    threadpool_limits(threads)


_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from vicinal.jobs.engines.process import serve_tasks; serve_tasks(int(sys.argv[2]))"
)
_DISCONNECTED = (EOFError, BrokenPipeError, ConnectionResetError)


@dataclass(frozen=True)
class BeginWork:
    """Tells a worker what tasks to expect."""

    work: WorkerFactory


@dataclass(frozen=True)
class WorkerReady:
    """The worker can take tasks."""


@dataclass(frozen=True)
class WorkRefused:
    """The work cannot be begun."""

    error: VicinalError


@dataclass(frozen=True)
class RowsDone:
    """The worker processed this many more rows of its current task."""

    rows: int


Answer = WorkerReady | WorkRefused | RowsDone | Event


class WorkerProcess:
    """A worker, as the process that started it sees it. It ends with that process at the latest.

    It is no copy of this process, where TensorFlow's threads would not live, and does not import the program
    that this process runs, as those of `multiprocessing` do.
    """

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), str(descriptor)]
            self._process = subprocess.Popen(command, pass_fds=(descriptor,), stdin=subprocess.DEVNULL)
        self.task: Any = None

    @property
    def is_running(self) -> bool:
        """Whether it has not been seen to end."""
        return not self.connection.closed

    def begin(self, work: WorkerFactory) -> None:
        """Tells it what tasks to expect."""
        self._send(BeginWork(work))

    def assign(self, task: Any) -> None:
        """Gives it a task; None is none."""
        self.task = task
        if task is not None:
            self._send(task)

    def receive(self) -> Answer | None:
        """What it says next, or None where it has ended."""
        try:
            answer: Answer = self.connection.recv()
        except (EOFError, OSError):  # it may have been killed in the middle of a word
            return None
        return answer

    def wait_for_exit(self) -> str:
        """How it ended, once nothing is heard of it any more."""
        code = self._process.wait()
        self.connection.close()
        if code >= 0:
            return f"ended with code {code}"
        hint = "; if nobody did that, memory ran out: take fewer workers" if code == -signal.SIGKILL else ""
        return f"was killed by signal {-code}{hint}"

    def kill(self) -> None:
        """Ends it, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self.connection.close()

    def _send(self, message: Any) -> None:
        with suppress(*_DISCONNECTED):  # that it has ended is heard of next
            self.connection.send(message)


def serve_tasks(descriptor: int) -> None:
    """Does tasks until the process that sends them is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal interrupts all; the parent ends this one
    worker: Worker | None = None
    with Connection(descriptor) as connection, suppress(*_DISCONNECTED):
        while True:
            message = connection.recv()
            if isinstance(message, BeginWork):
                worker = None  # frees its memory before the next worker starts
                worker = _begin_work(connection, message.work)
            elif worker is not None:
                connection.send(attempt_task(worker, message, _make_reporter(connection)))


def _begin_work(connection: Connection, work: WorkerFactory) -> Worker | None:
    limit_threads(work.threads)
    try:
        worker = work.begin()
    except VicinalError as error:
        connection.send(WorkRefused(error))
        return None
    connection.send(WorkerReady())
    return worker


def _make_reporter(connection: Connection) -> ReportRows:
    def report(rows: int) -> None:
        try:
            connection.send(RowsDone(rows))
        except _DISCONNECTED:
            sys.exit()  # not an error of the task

    return report
