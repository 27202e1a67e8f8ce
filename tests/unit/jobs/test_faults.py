"""Workers that die, disks that fill up, a job that is run twice at once: what is done stays."""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vicinal.core.errors import DataDirectoryInUse, JobUnfinished, StorageFailed
from vicinal.jobs import EmbeddingOutcome, ModelSource, Progress, open_vectors
from vicinal.jobs.embedding.job import embed

# So large that a worker is still at its piece when the first rows are told of.
ROWS, SHARD_ROWS = 1500, 700


def run(source: Path, out: Path, **more: Any) -> EmbeddingOutcome:
    return embed(source, out, model=ModelSource("image-statistics"), shard_rows=SHARD_ROWS, **more)


def workers() -> list[int]:
    """Processes of an engine that this one has started; other tests may have left others."""
    told = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return [int(word) for text in told for word in text.split() if _is_worker(word)]


def _is_worker(process: str) -> bool:
    return b"vicinal.jobs.engines.process" in Path(f"/proc/{process}/cmdline").read_bytes()


def test_a_killed_worker_costs_its_shard_alone_and_a_rerun_finishes(
    make_photos: Callable[[int], Path], tmp_path: Path
) -> None:
    photos, out = make_photos(ROWS), tmp_path / "out"
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if not killed and progress.rows_done > SHARD_ROWS:
            (worker,) = workers()
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)

    with pytest.raises(JobUnfinished) as failure:
        run(photos, out, on_progress=kill)
    first, second = failure.value.violations
    assert first.field == "part-00001.parquet (images 701 to 1400)"
    assert "was killed by signal 9" in first.description
    assert "run the job again" in first.description
    assert (second.field, second.description) == (
        "part-00002.parquet (images 1401 to 1500)",
        "was not begun: no worker was left; run the job again",
    )
    assert sorted(path.name for path in out.iterdir()) == [".job", "part-00000.parquet"]
    kept = (out / "part-00000.parquet").stat().st_mtime_ns
    done = run(photos, out)
    assert (done.rows, done.shards, done.shards_made) == (ROWS, 3, 2)
    assert (out / "part-00000.parquet").stat().st_mtime_ns == kept
    assert open_vectors(out).rows == ROWS


def test_other_workers_go_on_when_one_is_killed(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if not killed and progress.rows_done > 0:
            worker = workers()[0]
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)

    photos, out = make_photos(ROWS), tmp_path / "out"
    with pytest.raises(JobUnfinished, match="2 of 3 shards are done") as failure:
        run(photos, out, workers=2, on_progress=kill)
    assert len(failure.value.violations) == 1
    assert run(photos, out).shards_made == 1


def test_a_full_disk_is_told_and_a_rerun_finishes(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    photos, out = make_photos(80), tmp_path / "out"
    for path in sorted(photos.glob("a/*.png"))[:35]:
        path.write_bytes(b"no picture")  # so that the first shard is a small one

    def command(limit_bytes: int) -> subprocess.CompletedProcess[str]:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

        words = ["embed", str(photos), str(out), "--featurizer", "image-statistics", "--shard-size", "40"]
        return subprocess.run(
            [sys.executable, "-m", "vicinal.cli.main", *words, "--json"],
            preexec_fn=limit if limit_bytes else None,
            capture_output=True,
            text=True,
            check=False,
        )

    failed = command(30_000)
    assert failed.returncode == 1
    assert "part-00001.parquet: the disk is full" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert sorted(path.name for path in out.iterdir()) == [".job", "part-00000.parquet"]
    done = command(0)
    assert done.returncode == 0, done.stderr
    assert f"rows without a vector are named in {out / 'failures.jsonl'}" in done.stderr
    assert len(json.loads(done.stdout)["errors"]) == 35
    assert (json.loads(done.stdout)["rows"], json.loads(done.stdout)["shards_made"]) == (45, 1)


def test_two_jobs_do_not_write_to_one_folder(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    photos, out = make_photos(3), tmp_path / "out"
    run(photos, out)
    with (out / ".job" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataDirectoryInUse, match="another job writes here"):
            run(photos, out)


def test_a_folder_that_cannot_be_made_is_named(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed, match=r"file/out: cannot be written \(Not a directory\)"):
        run(make_photos(3), tmp_path / "file" / "out")
