"""Jobs on a Ray cluster: actors that hold a worker each, on whatever machines the cluster has."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput
from vicinal.jobs.scoring.engines import Task, begin, work
from vicinal.jobs.scoring.stopped import stopped, stopped_by

try:
    import ray
    from ray.exceptions import RayActorError, RayTaskError
except ModuleNotFoundError as error:
    raise InvalidInput.at("engine", "ray is not installed; install Vicinal as 'vicinal[jobs]'") from error


class _Actor:
    """One worker, on one thread, for as long as its tasks last."""

    def __init__(self, worker: Callable[[Any], None]) -> None:
        begin(worker)

    def work(self, task: Any) -> None:
        work(task)


class RayEngine:
    """Actors of a Ray cluster. What they read and write has to be on disks that all machines reach.

    Args:
        workers: how many actors.
        address: of the cluster; empty makes one of this machine's processes, which ends with the job.
    """

    def __init__(self, workers: int, address: str = "") -> None:
        self._workers = workers
        self._is_own = not ray.is_initialized()
        if self._is_own:
            own = {} if address else {"num_cpus": workers, "include_dashboard": False}
            ray.init(address=address or None, log_to_driver=False, logging_level="error", **own)

    def each(self, worker: Callable[[Task], None], tasks: Sequence[Task], kept: Path) -> Iterator[Task]:
        """See `Engine.each`."""
        held, waiting = ray.put(worker), list(tasks)
        actor_class = ray.remote(num_cpus=1)(_Actor)
        actors = [actor_class.remote(held) for _ in range(min(self._workers, len(waiting)))]
        under_way = {actor.work.remote(waiting.pop(0)): (actor, tasks[at]) for at, actor in enumerate(actors)}
        try:
            while under_way:
                (done,), _ = ray.wait(list(under_way), num_returns=1)
                actor, task = under_way.pop(done)
                _check(done, task, kept)
                if waiting:
                    following = waiting.pop(0)
                    under_way[actor.work.remote(following)] = actor, following
                yield task
        finally:
            for actor in actors:
                ray.kill(actor)

    def close(self) -> None:
        """Leaves the cluster; ends it where it was made for this job."""
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
