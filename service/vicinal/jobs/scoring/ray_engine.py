"""Jobs on a Ray cluster: actors that hold a worker each, on whatever machines the cluster has.

P. Moritz et al., "Ray: A Distributed Framework for Emerging AI Applications", OSDI 2018.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput
from vicinal.jobs.scoring.engines import Task, on_one_thread
from vicinal.jobs.scoring.stopped import stopped, stopped_by

# What is not asked for is not sent: Ray would tell its makers how it is used.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
try:
    import ray
    from ray.exceptions import RayActorError, RayTaskError
except ImportError as error:
    raise InvalidInput.at(
        "engine", f"Ray cannot be imported ({error}); install it with `pip install 'vicinal[jobs]'`"
    ) from error


class Actor:
    """Works on one thread, with the worker that it was told last."""

    def __init__(self) -> None:
        on_one_thread()

    def begin(self, worker: Callable[[Any], None]) -> None:
        """Takes a worker."""
        self._worker = worker

    def work(self, task: Any) -> None:
        """Does a task."""
        self._worker(task)


class RayEngine:
    """Actors of a Ray cluster. What they read and write has to be on disks that all machines reach.

    Args:
        workers: how many actors.
        address: of the cluster; empty makes one of this machine's processes, which ends with the job.

    Raises:
        InvalidInput: no cluster answers.
    """

    def __init__(self, workers: int, address: str = "") -> None:
        self._is_own = not ray.is_initialized()
        if self._is_own:
            own = {"num_cpus": workers, "include_dashboard": False}
            where: dict[str, Any] = {"address": address} if address else own
            try:
                ray.init(**where, log_to_driver=False, logging_level=logging.WARNING)
            except (ConnectionError, RuntimeError, ValueError) as error:
                there = address or "this machine"
                raise InvalidInput.at("ray_address", f"no Ray can be had at {there} ({error})") from error
        made: Any = ray.remote(num_cpus=1)(Actor)
        self._actors: list[Any] = [made.remote() for _ in range(workers)]

    def each(self, worker: Callable[[Task], None], tasks: Sequence[Task], kept: Path) -> Iterator[Task]:
        """See `Engine.each`."""
        held, waiting = ray.put(worker), list(tasks)
        under_way: dict[Any, tuple[Any, Task]] = {}
        for actor in self._actors[: len(waiting)]:
            actor.begin.remote(held)
            task = waiting.pop(0)
            under_way[actor.work.remote(task)] = actor, task
        while under_way:
            (done,), _ = ray.wait(list(under_way), num_returns=1)
            actor, task = under_way.pop(done)
            _check(done, task, kept)
            if waiting:
                following = waiting.pop(0)
                under_way[actor.work.remote(following)] = actor, following
            yield task

    def close(self) -> None:
        """Leaves the cluster; ends it where it was made for this job."""
        for actor in self._actors:
            ray.kill(actor)
        if self._is_own:
            ray.shutdown()


def _check(done: Any, task: Any, kept: Path) -> None:
    try:
        ray.get(done)
    except RayTaskError as error:
        cause = error.cause
        if isinstance(cause, OSError):
            raise stopped_by(cause, str(task), kept) from error
        raise cause from error
    except RayActorError as error:
        raise stopped(str(task), "a worker was killed, or ran out of memory", kept) from error
