"""What a job keeps next to its shards, so that it can go on where it ended."""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vicinal.core.errors import DataDirectoryInUse, InvalidInput
from vicinal.jobs.files import MANIFEST, STATE_FOLDER, compute_sha256, explain_write_errors, sync, write_text

_PLAN, _LOCK = "plan.json", "lock"


@dataclass(frozen=True)
class ShardRecord:
    """A shard that is done.

    Attributes:
        file: its name in the output folder.
        source_range: the key of the piece of the input that it was made of.
        rows: vectors in it.
        failures: rows of the piece that have no vector.
        bytes: of the file.
        sha256: of the file.
        fingerprint: of the model, field by field, with its digest.
    """

    file: str
    source_range: str
    rows: int
    failures: int
    bytes: int
    sha256: str
    fingerprint: Mapping[str, Any]


class JobState:
    """The folder that a job writes to, and what is known of it from earlier runs."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out / STATE_FOLDER

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Makes the folder, and keeps other jobs out of it meanwhile.

        Raises:
            InvalidInput: there are other things in it.
            DataDirectoryInUse: another job runs here.
            StorageFailed: it cannot be made.
        """
        out, made = self.out, not self.folder.is_dir()
        if made and out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise InvalidInput.at(
                str(out), "is there already, and no output of such a job; name a new folder"
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / _LOCK).open("w")
        except OSError as error:
            raise explain_write_errors(out, error) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DataDirectoryInUse(f"{out}: another job writes here; wait for its end") from error
            try:
                yield
            finally:
                if made and not (self.folder / _PLAN).exists():
                    shutil.rmtree(self.folder, ignore_errors=True)
                    out.rmdir()

    def read_plan(self) -> dict[str, Any] | None:
        """What the job was begun with; None where it is new."""
        path = self.folder / _PLAN
        try:
            plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise InvalidInput.at(str(path), f"cannot be read ({error}); name a new folder") from error
        return plan

    def write_plan(self, plan: Mapping[str, Any]) -> None:
        """Writes what the job is begun with."""
        write_text(self.folder / _PLAN, json.dumps(plan, indent=2) + "\n")

    def read_records(self) -> dict[str, ShardRecord]:
        """Shards that were done once, by the key of their piece; those that are damaged or gone too."""
        found = (self._read_record(path) for path in sorted(self.folder.glob("part-*.json")))
        return {record.source_range: record for record in found if record is not None}

    def is_whole(self, record: ShardRecord) -> bool:
        """Whether the shard is still what was written; reads it."""
        path = self.out / record.file
        try:
            return path.stat().st_size == record.bytes and compute_sha256(path) == record.sha256
        except OSError:
            return False

    def remove_manifest(self) -> None:
        """Takes the manifest away, since something is to be done again."""
        if (self.out / MANIFEST).exists():
            (self.out / MANIFEST).unlink()
            sync(self.out)

    def failures_file(self, shard_file: str) -> Path:
        """Returns the file that lists the rows of a shard without a vector."""
        return self.folder / f"{Path(shard_file).stem}.failures.jsonl"

    def write_record(self, record: ShardRecord) -> None:
        """Notes that a shard is done."""
        record_text = json.dumps(asdict(record), indent=2) + "\n"
        write_text(self.folder / f"{Path(record.file).stem}.json", record_text)

    def remove_partial_files(self) -> None:
        """Takes away files that a process was writing when it was killed."""
        for path in (*self.out.glob(".part-*"), *self.folder.glob(".part-*")):
            path.unlink(missing_ok=True)

    @staticmethod
    def _read_record(path: Path) -> ShardRecord | None:
        try:
            return ShardRecord(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None  # a record that cannot be read is none: its shard is made again
