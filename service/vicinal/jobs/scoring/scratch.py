"""Where a job keeps what is done: a folder next to its output."""

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import DataDirectoryInUse

_LOCK = "lock"
Arrays = Mapping[str, NDArray[Any]]


class ScratchFolder:
    """Files of a job under way. Each appears whole under its name, so that what is there is done.

    Workers of other machines write here too: the folder has to be one that they all reach.

    Args:
        folder: that holds them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[bytes] | None = None

    def open_for_job(self, digest: str) -> None:
        """Makes the folder, and clears it of what another job left, or this one before a restart.

        Raises:
            DataDirectoryInUse: another job is at work in it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock_file(self.folder / _LOCK)
        # Nothing is forced to disk as the job goes: after a power failure files may be wrong.
        facts = {"digest": digest, "boot": _read_boot_id()}
        try:
            before = self.read_facts("job")
        except (OSError, ValueError):
            before = {}
        if before != facts:
            self._clear()
            self.write_facts("job", facts)

    def release(self) -> None:
        """Lets other jobs in."""
        if self._lock is not None:
            self._lock.close()

    @property
    def output_folder(self) -> Path:
        """The folder of what will be the output."""
        folder = self.folder / "finished"
        folder.mkdir(exist_ok=True)
        return folder

    def map_vectors(self, rows: int, dimension: int) -> Vectors:
        """(rows, dimension) float32 prepared vectors, mapped read-only."""
        if not rows:
            return np.zeros((0, dimension), dtype=np.float32)
        return np.memmap(self.vector_file, dtype=np.float32, mode="r", shape=(rows, dimension))

    @property
    def vector_file(self) -> Path:
        """Of prepared vectors, row by row."""
        return self.folder / "vectors.f32"

    def has(self, name: str) -> bool:
        """Whether this is done."""
        return (self.folder / name).is_file()

    def write_arrays(self, name: str, arrays: Arrays) -> None:
        """Keeps arrays."""
        unfinished = self._unfinished(name)
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        unfinished.replace(self.folder / f"{name}.npz")

    def read_arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Arrays that were kept."""
        with np.load(self.folder / f"{name}.npz", allow_pickle=False) as held:
            return {key: held[key] for key in held.files}

    def write_facts(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keeps some facts, as JSON."""
        unfinished = self._unfinished(name)
        unfinished.write_text(json.dumps(facts), encoding="utf-8")
        unfinished.replace(self.folder / f"{name}.json")

    def read_facts(self, name: str) -> dict[str, Any]:
        """Facts that were kept."""
        held: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        return held

    def _clear(self) -> None:
        for each in self.folder.iterdir():
            if each.is_dir():
                shutil.rmtree(each)
            elif each.name != _LOCK:
                each.unlink()

    def _unfinished(self, name: str) -> Path:
        return self.folder / f".{name}.{os.getpid()}"


def _lock_file(path: Path) -> IO[bytes]:
    """The file, held as long as it is open; a process that dies lets it go."""
    lock = path.open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise DataDirectoryInUse(
            f"{path.parent}: another job is at work here; wait for its end, or name another output"
        ) from error
    except OSError:
        pass  # some shared file systems know no locks
    return lock


def _read_boot_id() -> str:
    """What tells one start of the machine from another; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
