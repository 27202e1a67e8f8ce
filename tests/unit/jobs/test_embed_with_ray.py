"""The same shards by actors of a Ray that begins here."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vicinal.core.errors import FeaturizerNotFound, InvalidInput, JobUnfinished
from vicinal.jobs import EmbeddingOutcome, ModelSource, Progress, open_vectors
from vicinal.jobs.embedding.job import embed
from vicinal.jobs.engines.protocol import ReportRows, Worker, WorkerFactory

STATISTICS = ModelSource("image-statistics")


@pytest.fixture(scope="module")
def _started() -> Iterator[None]:
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    try:
        ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    except (ConnectionError, OSError, RuntimeError) as error:
        pytest.skip(f"Ray cannot start here: {error}")
    yield
    ray.shutdown()


@pytest.mark.usefixtures("_started")
def test_actors_write_what_processes_write(
    make_photos: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = make_photos(25)
    monkeypatch.chdir(tmp_path)  # where no actor is
    (photos / "a" / "broken.png").write_bytes(b"no picture")
    embed(photos, tmp_path / "local", model=STATISTICS, shard_rows=10)
    told: list[Progress] = []
    done = embed(
        "photos",
        "ray",
        model=STATISTICS,
        shard_rows=10,
        workers=2,
        engine="ray",
        on_progress=told.append,
    )
    assert (done.rows, done.failures, done.shards_made) == (25, 1, 3)
    assert (told[-1].rows_done, told[-1].rows_total) == (26, 26)
    files = sorted(path.name for path in (tmp_path / "local").iterdir() if path.is_file())
    assert files == [
        "failures.jsonl",
        "manifest.json",
        *(f"part-0000{number}.parquet" for number in range(3)),
    ]
    for name in files:
        assert (tmp_path / "local" / name).read_bytes() == (tmp_path / "ray" / name).read_bytes(), name
    (tmp_path / "ray" / "part-00001.parquet").unlink()
    assert embed(photos, tmp_path / "ray", model=STATISTICS, shard_rows=10).shards_made == 1


@dataclass(frozen=True)
class Killing:
    """Work of which the second shard kills its worker, once or always, while a file is there."""

    work: WorkerFactory
    flag: Path
    always: bool
    threads, needs_own_process = 1, True

    def begin(self) -> Worker:
        worker = self.work.begin()

        def do(task: Any, report: ReportRows) -> Any:
            if task.file == "part-00001.parquet" and self.flag.exists():
                if not self.always:
                    self.flag.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            return worker(task, report)

        return do


@pytest.mark.usefixtures("_started")
@pytest.mark.parametrize("always", [False, True])
def test_an_actor_killed_in_the_middle(
    make_photos: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, always: bool
) -> None:
    from vicinal.jobs.engines.ray_data import RayEngine

    photos, out, flag, run = make_photos(35), tmp_path / "out", tmp_path / "flag", RayEngine.run
    flag.touch()
    monkeypatch.setattr(
        RayEngine, "run", lambda self, work, *rest: run(self, Killing(work, flag, always), *rest)
    )

    def job() -> EmbeddingOutcome:
        return embed(photos, out, model=STATISTICS, shard_rows=10, workers=2, engine="ray")

    if always:
        with pytest.raises(JobUnfinished, match="killed, or ran out of memory, 2 times; run the job") as told:
            job()
        lost = {violation.field for violation in told.value.violations}
        assert "part-00001.parquet (images 11 to 20)" in lost
        assert len(lost) <= 2  # one that waited behind it may go with it
        flag.unlink()
        assert job().shards_made == len(lost)
    else:
        assert job().shards_made == 4
        assert not flag.exists()
    assert open_vectors(out).rows == 35


@pytest.mark.usefixtures("_started")
def test_what_goes_wrong_in_an_actor_is_told(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    photos, out = make_photos(25), tmp_path / "out"
    with pytest.raises(FeaturizerNotFound, match="there is no featurizer 'other'"):
        embed(photos, out, model=ModelSource("other"), engine="ray")
    with pytest.raises(InvalidInput, match="threads: are 4, but no machine of this Ray has more than 3 CPUs"):
        embed(photos, out, model=ModelSource("image-statistics", threads=4), engine="ray")
    (out / ".job" / "part-00001.failures.jsonl").mkdir()  # so that the second shard cannot be written
    with pytest.raises(Exception, match=r"part-00001.failures.jsonl: cannot be written"):
        embed(photos, out, model=STATISTICS, shard_rows=10, engine="ray")
    (out / ".job" / "part-00001.failures.jsonl").rmdir()
    assert embed(photos, out, model=STATISTICS, shard_rows=10, engine="ray").rows == 25
    assert open_vectors(out).rows == 25


def test_without_ray_it_is_said_how_to_get_it(
    make_photos: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "vicinal.jobs.engines.ray_data", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(sys.modules, "ray.data", None)
    with pytest.raises(InvalidInput, match=r"Ray cannot be imported .*pip install 'vicinal\[jobs\]'"):
        embed(make_photos(3), tmp_path / "out", model=STATISTICS, engine="ray")
