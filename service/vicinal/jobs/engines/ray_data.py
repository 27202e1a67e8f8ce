"""Actors of Ray Data, on this machine or a cluster.

P. Moritz et al., "Ray: A Distributed Framework for Emerging AI Applications", OSDI 2018.
"""

import logging
import os
import pickle
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.jobs.engines.local import LocalEngine
from vicinal.jobs.engines.process import limit_threads
from vicinal.jobs.engines.protocol import (
    Event,
    TaskDone,
    TaskFailed,
    TaskLost,
    TaskProgress,
    Worker,
    WorkerFactory,
    attempt_task,
)
from vicinal.jobs.progress import RowProgress

# What is not asked for is not sent: Ray would tell its makers how it is used.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# A Ray that begins here would have its workers wait behind all other processes of the machine.
os.environ.setdefault("RAY_worker_niceness", "0")
try:
    import ray
    import ray.data
except ImportError as error:
    raise InvalidInput.at(
        "engine", f"Ray cannot be imported ({error}); install it with `pip install 'vicinal[jobs]'`"
    ) from error

_NUMBER, _TASK, _ANSWER = "number", "task", "answer"
# An actor that is killed is begun again, and the task it was at tried once more: it may be what killed it.
_RETRIES = 1
# One that is done, and the next is there already.
_TASKS_PER_ACTOR = 2
# What kills one worker after the other is not given all tasks to do so.
_MAX_LOST = 16


@dataclass(frozen=True)
class _Refused:
    """The work cannot be begun."""

    error: VicinalError


class _Actor:
    """Begins the work once, with its first task: Ray restarts without end what dies before that."""

    def __init__(self, work: WorkerFactory) -> None:
        limit_threads(work.threads)
        self._work = work
        self._worker: Worker | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Does the one task of a batch."""
        answers = [pickle.dumps(self._attempt(pickle.loads(bytes(task)))) for task in batch[_TASK]]
        return {_NUMBER: batch[_NUMBER], _ANSWER: np.array(answers, dtype=object)}

    def _attempt(self, task: Any) -> TaskDone | TaskFailed | _Refused:
        if self._worker is None:
            try:
                self._worker = self._work.begin()
            except VicinalError as error:
                return _Refused(error)
            except Exception as error:
                return TaskFailed(task, f"its worker could not begin ({type(error).__name__}: {error})")
        return attempt_task(self._worker, task, lambda _rows: None)


def _check_cpus(threads: int) -> None:
    """Refuses what Ray would wait for without end."""
    joined: Any = ray
    most = max((node["Resources"].get("CPU", 0) for node in joined.nodes() if node["Alive"]), default=0)
    if threads > most:
        raise InvalidInput.at(
            "threads", f"are {threads}, but no machine of this Ray has more than {most:g} CPUs; take fewer"
        )


class RayEngine:
    """Actors of Ray Data. Tasks and answers alone go through Ray; the rest is on disks that all share.

    Ray is joined, or begun, for the first task, and left, or ended, with this. Where it was there before,
    actors whose answers nobody waits for any more end what they are at.

    Args:
        workers: how many actors.
        address: of a cluster; empty is the Ray that this process has joined, or one of its own.
    """

    def __init__(self, workers: int, address: str = "") -> None:
        self._workers, self._address = workers, address
        self._is_own = False

    def run(self, work: WorkerFactory, tasks: Sequence[Any], progress: RowProgress) -> Generator[Event]:
        """See `Engine.run`."""
        if not tasks:
            yield from LocalEngine(1).run(work, tasks, progress)  # to see that the work can be begun
            return
        self._join(work.threads)
        _check_cpus(work.threads)
        left = dict(enumerate(tasks))
        progress.start_clock()  # Ray does not report when actors are ready
        why = f"its worker was killed, or ran out of memory, {1 + _RETRIES} times"
        try:
            for number, packed in self._run_on_ray(work, left):
                answer = pickle.loads(packed)
                if isinstance(answer, _Refused):
                    raise answer.error
                del left[number]
                TaskProgress(progress).finish(answer)
                yield answer
        except ray.exceptions.RayError as error:
            cause = next(iter(str(error).strip().splitlines()), type(error).__name__)
            why = f"was not done, since Ray gave up ({cause})"
        yield from (TaskLost(task, why) for task in left.values())

    def close(self) -> None:
        """See `Engine.close`."""
        if self._is_own:
            ray.shutdown()
            self._is_own = False

    def _join(self, threads: int) -> None:
        if ray.is_initialized():
            return
        own = {"num_cpus": self._workers * threads + 1, "include_dashboard": False}
        where: dict[str, Any] = {"address": self._address} if self._address else own
        try:
            ray.init(**where, log_to_driver=False, logging_level=logging.WARNING)
        except (ConnectionError, RuntimeError, ValueError) as error:
            there = self._address or "this machine"
            raise InvalidInput.at("ray_address", f"no Ray can be had at {there} ({error})") from error
        self._is_own = True

    def _run_on_ray(self, work: WorkerFactory, tasks: dict[int, Any]) -> Iterator[tuple[int, bytes]]:
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        rows = [{_NUMBER: number, _TASK: pickle.dumps(task)} for number, task in tasks.items()]
        asked = ray.data.from_items(rows, override_num_blocks=len(rows))
        asked.context.enable_progress_bars = False
        asked.context.max_errored_blocks = _MAX_LOST
        actors = ray.data.ActorPoolStrategy(
            size=min(self._workers, len(rows)), max_tasks_in_flight_per_actor=_TASKS_PER_ACTOR
        )
        with warnings.catch_warnings():
            # Restarts and tries are to be named otherwise from a version on that pyproject.toml excludes.
            warnings.simplefilter("ignore", DeprecationWarning)
            answers = asked.map_batches(
                _Actor,
                fn_constructor_args=(work,),
                batch_size=1,
                compute=actors,
                num_cpus=work.threads,
                max_restarts=-1,
                max_task_retries=_RETRIES,
            )
        # Without looking ahead, which would keep an answer until the next is there.
        for batch in answers.iter_batches(batch_size=None, prefetch_batches=0):
            yield from zip(batch[_NUMBER].tolist(), batch[_ANSWER].tolist(), strict=True)
