"""Shards by actors of Ray Data, on this machine or a cluster.

Moritz et al., "Ray: A Distributed Framework for Emerging AI Applications", OSDI 2018.
"""

import logging
import os
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from vicinal.core.errors import InvalidInput, StorageFailed, VicinalError, Violation
from vicinal.jobs.embedding_piece import Task, Work, check_model, embed_piece
from vicinal.jobs.local_engine import run_tasks
from vicinal.jobs.progress import Pace
from vicinal.jobs.state import ShardRecord

_TASK, _ANSWER = "task", "answer"


@dataclass(frozen=True)
class _Answer:
    """What came of a task: a record, or what went wrong, which may end the job."""

    task: Task
    record: ShardRecord | None = None
    error: VicinalError | None = None
    why: str = ""


class _Embedder:
    """An actor: loads the model once, and makes one shard after the other."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._refusal: VicinalError | None = None
        try:
            self._featurizer = work.model.load()
            check_model(self._featurizer.fingerprint, work)
        except VicinalError as error:
            self._refusal = error  # told as an answer: Ray would begin an actor that fails again and again

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Does the task that a batch of one row holds, pickled."""
        answers = [pickle.dumps(self._done(pickle.loads(bytes(task)))) for task in batch[_TASK]]
        return {_ANSWER: np.array(answers, dtype=object)}

    def _done(self, task: Task) -> _Answer:
        if self._refusal is not None:
            return _Answer(task, error=self._refusal)
        try:
            return _Answer(task, embed_piece(self._featurizer, task, self._work))
        except StorageFailed as error:
            return _Answer(task, error=error)
        except Exception as error:  # models of others raise what they like; the other shards can go on
            told = str(error) if isinstance(error, VicinalError) else f"{type(error).__name__}: {error}"
            return _Answer(task, why=told)


def run_with_ray(
    tasks: Sequence[Task], work: Work, workers: int, pace: Pace, address: str = ""
) -> tuple[list[ShardRecord], list[Violation]]:
    """As `run_tasks`, by so many actors. Progress is told shard by shard.

    Args:
        tasks: what to do.
        work: what they have in common; its folder and the input are on a file system that all nodes share.
        workers: actors.
        pace: of the job.
        address: of the cluster; empty starts Ray here, and ends it.

    Raises:
        VicinalError: Ray or the model cannot be had, or the disk has no room.
    """
    if not tasks:
        return run_tasks(tasks, work, workers, pace)  # to see whether the model is the one of the shards
    run = _Outcome([], [], {task.file: task for task in tasks})
    actors = min(workers, len(tasks))
    with _ray(address, actors * work.model.threads + 1) as ray:
        pace.begin()  # when the actors have their models is not told
        try:
            for row in _answers(ray, tasks, work, actors):
                run.take(pickle.loads(row[_ANSWER]), pace)
        except ray.exceptions.RayError as error:
            run.broken(error)
    return run.records, run.problems


def _answers(ray: Any, tasks: Sequence[Task], work: Work, actors: int) -> Iterator[dict[str, Any]]:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    rows = [{_TASK: pickle.dumps(task)} for task in tasks]
    answers = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _Embedder,
        fn_constructor_args=(work,),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=actors),
        num_cpus=work.model.threads,
    )
    yield from answers.iter_rows()


@dataclass
class _Outcome:
    """What came of the tasks so far."""

    records: list[ShardRecord]
    problems: list[Violation]
    open: dict[str, Task]

    def take(self, answer: _Answer, pace: Pace) -> None:
        """Notes what an actor answered."""
        if answer.error is not None:
            raise answer.error
        del self.open[answer.task.file]
        if answer.record is None:
            self.problems.append(Violation(str(answer.task), answer.why))
            return
        self.records.append(answer.record)
        pace.add(answer.task.piece.rows)

    def broken(self, error: Exception) -> None:
        """Notes what an actor's end left undone."""
        told = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        why = f"was not done: an actor of Ray ended ({told}); run the job again"
        self.problems += [Violation(str(task), why) for task in self.open.values()]


@contextmanager
def _ray(address: str, cores: int) -> Iterator[Any]:
    """Ray, begun here or joined.

    Raises:
        InvalidInput: Ray is not installed, or no cluster answers.
    """
    # What is not asked for is not sent: Ray would tell its makers how it is used.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray.data  # noqa: PLC0415 - it comes with an extra, and takes a second
    except ImportError as error:
        raise InvalidInput.at(
            "engine", f"Ray cannot be imported ({error}); install it with `pip install 'vicinal[jobs]'`"
        ) from error
    ours = not ray.is_initialized()
    if ours:
        where = {"address": address} if address else {"num_cpus": cores, "include_dashboard": False}
        try:
            ray.init(**where, log_to_driver=False, logging_level=logging.WARNING)
        except (ConnectionError, RuntimeError, ValueError) as error:
            there = address or "this machine"
            raise InvalidInput.at("ray_address", f"no Ray can be had at {there} ({error})") from error
    try:
        yield ray
    finally:
        if ours:
            ray.shutdown()
