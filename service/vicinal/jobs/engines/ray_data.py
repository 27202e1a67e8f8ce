"""Actors of Ray Data, on this machine or a cluster.

P. Moritz et al., "Ray: A Distributed Framework for Emerging AI Applications", OSDI 2018.
"""

import logging
import os
import pickle
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.jobs.engines.local import LocalEngine
from vicinal.jobs.engines.protocol import Done, Event, Failed, Lost, TaskPace, Work, attempted
from vicinal.jobs.engines.threads import keep_to
from vicinal.jobs.progress import Pace

# What is not asked for is not sent: Ray would tell its makers how it is used.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
try:
    import ray
    import ray.data
except ImportError as error:
    raise InvalidInput.at(
        "engine", f"Ray cannot be imported ({error}); install it with `pip install 'vicinal[jobs]'`"
    ) from error

_NUMBER, _TASK, _ANSWER = "number", "task", "answer"
# An actor that is killed is begun anew, and the task it was at tried once more: it may be what killed it.
_TRIES_MORE = 1
# One that is done while the next is on its way to the actor.
_AHEAD = 2


@dataclass(frozen=True)
class _Refused:
    error: VicinalError


class _Actor:
    """Begins the work once, and does one task after the other."""

    def __init__(self, work: Work) -> None:
        keep_to(work.threads)
        self._answer_to_all: _Refused | str = ""
        try:
            self._worker = work.begin()
        except VicinalError as error:
            # Told as an answer: Ray would begin an actor that fails again and again.
            self._answer_to_all = _Refused(error)
        except Exception as error:
            self._answer_to_all = f"its worker could not begin ({type(error).__name__}: {error})"

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Does the one task of a batch."""
        tasks = [pickle.loads(bytes(task)) for task in batch[_TASK]]
        answers = [pickle.dumps(self._done(task)) for task in tasks]
        return {_NUMBER: batch[_NUMBER], _ANSWER: np.array(answers, dtype=object)}

    def _done(self, task: Any) -> Done | Failed | _Refused:
        if isinstance(self._answer_to_all, _Refused):
            return self._answer_to_all
        if self._answer_to_all:
            return Failed(task, self._answer_to_all)
        return attempted(self._worker, task, lambda _rows: None)


class RayEngine:
    """Actors of Ray Data. Tasks and answers alone go through Ray; what they read and write is on disks that all share.

    Ray is joined, or begun, for the first task, and left, or ended, with this.

    Args:
        workers: how many actors.
        address: of a cluster; empty is the Ray that this process has joined, or one of its own.
    """

    def __init__(self, workers: int, address: str = "") -> None:
        self._workers, self._address = workers, address
        self._is_own = False

    def run(self, work: Work, tasks: Sequence[Any], pace: Pace) -> Generator[Event]:
        """See `Engine.run`."""
        if not tasks:
            yield from LocalEngine(1).run(work, tasks, pace)  # to see that the work can be begun
            return
        self._join(work.threads)
        left = dict(enumerate(tasks))
        pace.begin()  # when actors are ready is not told
        why = "its worker ended"
        try:
            for row in self._rows(work, left):
                answer = pickle.loads(row[_ANSWER])
                if isinstance(answer, _Refused):
                    raise answer.error
                del left[int(row[_NUMBER])]
                TaskPace(pace).settle(answer)
                yield answer
        except ray.exceptions.RayError as error:
            why = f"Ray ended ({next(iter(str(error).strip().splitlines()), type(error).__name__)})"
        yield from (Lost(task, why) for task in left.values())

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

    def _rows(self, work: Work, tasks: dict[int, Any]) -> Iterator[dict[str, Any]]:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.max_errored_blocks = -1  # what has no answer at the end is lost
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        rows = [{_NUMBER: number, _TASK: pickle.dumps(task)} for number, task in tasks.items()]
        answers = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _Actor,
            fn_constructor_args=(work,),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(
                size=min(self._workers, len(rows)), max_tasks_in_flight_per_actor=_AHEAD
            ),
            num_cpus=work.threads,
            max_restarts=-1,
            max_task_retries=_TRIES_MORE,
        )
        yield from answers.iter_rows()
