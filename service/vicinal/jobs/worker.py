"""A process that loads the model once, and makes one shard after the other."""

import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection

from vicinal.core.errors import StorageFailed, VicinalError
from vicinal.core.ports import Featurizer
from vicinal.jobs.embedding_piece import Task, Work, check_model, embed_piece
from vicinal.jobs.state import ShardRecord


@dataclass(frozen=True)
class Ready:
    """The model is loaded."""


@dataclass(frozen=True)
class Refused:
    """The job cannot be done here, or no further: no model, another model, no room on the disk."""

    error: VicinalError


@dataclass(frozen=True)
class Passed:
    """So many more rows of the task in hand were gone through."""

    rows: int


@dataclass(frozen=True)
class Failed:
    """The task in hand cannot be done; others may."""

    why: str


Answer = Ready | Refused | Passed | Failed | ShardRecord


def run_worker(connection: Connection, work: Work) -> None:
    """Does tasks until None comes, or the process that sends them is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal interrupts all; the parent ends this one
    try:
        featurizer = _loaded(connection, work)
        while featurizer is not None and (task := connection.recv()) is not None:
            connection.send(_done(connection, featurizer, task, work))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _loaded(connection: Connection, work: Work) -> Featurizer | None:
    try:
        featurizer = work.model.load()
        check_model(featurizer.fingerprint, work)
    except VicinalError as error:
        connection.send(Refused(error))
        return None
    connection.send(Ready())
    return featurizer


def _done(connection: Connection, featurizer: Featurizer, task: Task, work: Work) -> Answer:
    try:
        return embed_piece(featurizer, task, work, lambda rows: connection.send(Passed(rows)))
    except StorageFailed as error:
        return Refused(error)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except VicinalError as error:
        return Failed(str(error))
    except Exception as error:  # models of others raise what they like; the other shards can go on
        return Failed(f"{type(error).__name__}: {error}")
