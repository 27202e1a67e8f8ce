"""What goes wrong is named, what is done is kept, and the same call goes on."""

import errno
import fcntl
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.support.scored_pools import read_batch, read_scores, run, write_pool, write_shard
from vicinal.core.errors import DataDirectoryInUse, InvalidInput, JobUnfinished
from vicinal.jobs.engines.local import LocalEngine
from vicinal.jobs.engines.protocol import WorkerFactory
from vicinal.jobs.scoring import pool_on_disk, writing
from vicinal.jobs.scoring.job import scratch_folder
from vicinal.jobs.scoring.range_scores import RangeScorer
from vicinal.jobs.scoring.score import score


@pytest.fixture
def pool(tmp_path):
    return write_pool(tmp_path)


@pytest.fixture
def right(pool, tmp_path):
    run(pool, tmp_path / "right", batch=5)
    return tmp_path / "right"


def check_done(pool, out, right, **settings):
    run(pool, out, batch=5, **settings)
    assert read_scores(out) == read_scores(right)
    assert read_batch(out) == read_batch(right)
    assert not scratch_folder(out).exists()


def refusing(number):
    def refuse(*_, **__):
        raise OSError(number, "refused")

    return refuse


@dataclass(frozen=True)
class Killing:
    """Work of which the third part kills its worker, once."""

    work: WorkerFactory
    flag: Path
    threads, needs_own_process = 1, True

    def begin(self):
        worker = self.work.begin()

        def do(task, report):
            if isinstance(self.work, RangeScorer) and task.number == 2 and not self.flag.exists():
                self.flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return worker(task, report)

        return do


def kill_once(patch, engine, flag):
    run_of = engine.run
    patch.setattr(engine, "run", lambda self, work, *rest: run_of(self, Killing(work, flag), *rest))


def test_a_worker_killed_in_the_middle(pool, right, tmp_path, monkeypatch):
    flag, out = tmp_path / "killed", tmp_path / "out"
    with monkeypatch.context() as patch:
        kill_once(patch, LocalEngine, flag)
        with pytest.raises(JobUnfinished, match=r"rows 201 to 328 of the pool.*killed.*kept in.*unfinished"):
            run(pool, out, batch=5, workers=2)
    assert not out.exists()
    kept = sorted(path.name for path in scratch_folder(out).glob("part-*.npz"))
    assert kept
    assert len(kept) < 6
    times = {path.name: path.stat().st_mtime_ns for path in scratch_folder(out).glob("shard-*.json")}
    assert len(times) == 3
    check_done(pool, out, right, workers=2)


def test_an_actor_killed_in_the_middle_is_begun_anew(pool, right, tmp_path, monkeypatch):
    pytest.importorskip("ray", reason="ray is not installed")
    from vicinal.jobs.engines.ray_data import RayEngine

    flag = tmp_path / "killed"
    kill_once(monkeypatch, RayEngine, flag)
    check_done(pool, tmp_path / "out", right, engine="ray", workers=2)
    assert flag.exists()


def test_what_is_done_is_not_done_again(pool, right, tmp_path, monkeypatch):
    out, done = tmp_path / "out", []
    with monkeypatch.context() as patch:
        patch.setattr(writing, "_write_batch", refusing(errno.ENOSPC))
        with pytest.raises(JobUnfinished, match="the disk is full; free disk space"):
            run(pool, out, batch=5)
    for work in (RangeScorer, pool_on_disk.ShardReader):
        monkeypatch.setattr(work, "begin", lambda _: lambda task, _tell: done.append(task))
    check_done(pool, out, right)
    assert done == []


@pytest.mark.parametrize("step", ["vectors", "parts", "shards"])
def test_a_full_disk(pool, right, tmp_path, monkeypatch, step):
    out = tmp_path / "out"

    with monkeypatch.context() as patch:
        if step == "vectors":
            patch.setattr(pool_on_disk, "_write_all", refusing(errno.ENOSPC))
        elif step == "parts":
            patch.setattr(np, "savez", refusing(errno.ENOSPC))
        else:
            patch.setattr(writing, "_table", refusing(errno.ENOSPC))
        with pytest.raises(JobUnfinished, match="disk is full"):
            run(pool, out, batch=5)
    assert not out.exists()
    check_done(pool, out, right)


def test_a_corrupt_shard_is_named_and_those_before_it_are_kept(pool, right, tmp_path):
    out, shard = tmp_path / "out", pool.folder / "part-00002.parquet"
    whole, stat = shard.read_bytes(), shard.stat()
    # The footer is whole: the shard opens, and breaks as its pages are read.
    middle = len(whole) // 2
    shard.write_bytes(whole[: middle - 2000] + b"\xff" * 4000 + whole[middle + 2000 :])
    with pytest.raises(InvalidInput, match=r"part-00002\.parquet"):
        run(pool, out, batch=5)
    assert not out.exists()
    assert [path.name for path in sorted(scratch_folder(out).glob("shard-*.json"))] == [
        "shard-00000.json",
        "shard-00001.json",
    ]
    shard.write_bytes(whole)
    os.utime(shard, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    check_done(pool, out, right)


def test_a_shard_that_is_missing_is_named(pool, tmp_path):
    (pool.folder / "manifest.json").write_text('{"shards": [{"file": "part-00009.parquet"}]}')
    with pytest.raises(InvalidInput, match=r"part-00009\.parquet.*missing"):
        run(pool, tmp_path / "out")


def test_a_changed_input_is_read_anew(pool, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(writing, "_write_batch", refusing(errno.EIO))
        with pytest.raises(JobUnfinished, match="refused"):
            run(pool, out, batch=5)
    pool.labels.write_text(pool.labels.read_text().replace("class 0", "class 9"))
    run(pool, out, batch=5)
    assert {row["predicted"] for row in read_scores(out).values()} >= {"class 9"}
    assert "class 0" not in {row["predicted"] for row in read_scores(out).values()}


def test_a_vector_that_is_no_vector_is_named(pool, tmp_path):
    pool.vectors[450] = np.nan
    write_shard(pool.folder / "part-00002.parquet", pool.ids[400:], pool.vectors[400:])
    with pytest.raises(InvalidInput, match=r"part-00002\.parquet: the vector in row 51 has a component"):
        run(pool, tmp_path / "out")


def test_labels_of_unknown_items_are_named(pool, tmp_path):
    pool.labels.write_text('{"id": "nobody", "label": "x"}\n')
    with pytest.raises(InvalidInput, match="does not have: 'nobody'"):
        run(pool, tmp_path / "out")


@pytest.mark.parametrize("strategy", ["classic", "default"])
def test_an_id_that_is_there_twice_is_named(pool, tmp_path, strategy):
    unlabelled = next(item for item in pool.ids[:200] if item not in pool.label_of)
    write_shard(pool.folder / "part-00002.parquet", [unlabelled, *pool.ids[401:]], pool.vectors[400:])
    first = pool.ids.index(unlabelled) + 1
    told = rf"{unlabelled}.*twice.*in row {first} of .*0\.parquet and in row 1 of .*2\.parquet"
    with pytest.raises(InvalidInput, match=told):
        run(pool, tmp_path / "out", strategy)
    labelled = next(item for item in pool.ids[:200] if item in pool.label_of)
    write_shard(pool.folder / "part-00002.parquet", [labelled, *pool.ids[401:]], pool.vectors[400:])
    first = pool.ids.index(labelled) + 1
    with pytest.raises(InvalidInput, match=rf"in row {first} of .*0\.parquet and in row 1 of .*2\.parquet"):
        run(pool, tmp_path / "out", strategy, batch=1)


def test_an_interrupt_keeps_what_is_done(pool, right, tmp_path):
    out, seen = tmp_path / "out", []

    def interrupt(step, _done, _rows):
        if step == "scoring":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        score(pool.folder, pool.labels, out, strategy="classic", report=interrupt)
    kept = sorted(path.name for path in scratch_folder(out).glob("shard-*.json"))
    assert kept == ["shard-00000.json", "shard-00001.json", "shard-00002.json"]
    assert not out.exists()
    score(pool.folder, pool.labels, out, strategy="classic", report=lambda *told: seen.append(told))
    assert stopped.value is not None  # its frames are alive, and hold nothing back
    assert {done for step, done, _ in seen if step == "reading"} <= {600}
    assert read_scores(out) == read_scores(right)


def test_a_second_job_on_the_same_output_is_kept_out(pool, right, tmp_path):
    out = tmp_path / "out"
    folder = scratch_folder(out)
    folder.mkdir()
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataDirectoryInUse, match="another job is at work here"):
            run(pool, out, batch=5)
    check_done(pool, out, right)


def test_what_a_pool_and_its_labels_cannot_give_is_refused(pool, tmp_path):
    with pytest.raises(InvalidInput, match="batch: is 601, but the pool has 600 items"):
        run(pool, tmp_path / "out", batch=601)
    pool.labels.write_text("")
    with pytest.raises(InvalidInput, match=r"labels\.jsonl: there is no label that votes"):
        run(pool, tmp_path / "out", only_classes=True)
    assert not scratch_folder(tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("vector", "told"),
    [
        ([1.0], "of example 'x' has dimension 1, the pool's have 12"),
        ([0.0] * 12, "of example 'x' is all zeros"),
    ],
)
def test_examples_that_do_not_fit_are_named(pool, tmp_path, vector, told):
    pool.labels.write_text(json.dumps({"example_id": "x", "label": "a", "vector": vector}))
    with pytest.raises(InvalidInput, match=told):
        run(pool, tmp_path / "out")


def test_one_class_alone_is_no_fault(pool, tmp_path):
    pool.labels.write_text(json.dumps({"id": pool.ids[0], "label": "only"}))
    run(pool, tmp_path / "out", batch=2)
    assert {row["predicted"] for row in read_scores(tmp_path / "out").values()} == {"only"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"strategy": "best"}, "strategy: 'best' is not known"),
        ({"batch": -1}, "batch: is -1"),
        ({"workers": 0}, "workers: is 0"),
        ({"metric": "taxi"}, "metric: 'taxi' is not known; use one of cosine, euclidean"),
        ({"engine": "steam"}, "engine: 'steam'"),
        ({"vote_neighbours": 0}, "vote_neighbours: is 0"),
    ],
)
def test_wrong_arguments_are_named_before_anything_is_made(pool, tmp_path, wrong, told):
    with pytest.raises(InvalidInput, match=told):
        score(pool.folder, pool.labels, tmp_path / "out", **wrong)
    assert {path.name for path in tmp_path.iterdir()} == {"vectors", "labels.jsonl"}


def test_an_output_that_is_there_is_left_alone(pool, right):
    before = {path: path.read_bytes() for path in Path(right).iterdir()}
    with pytest.raises(InvalidInput, match="is there already"):
        run(pool, right)
    assert {path: path.read_bytes() for path in Path(right).iterdir()} == before
