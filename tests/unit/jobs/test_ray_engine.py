"""The same shards by actors of a Ray that begins here."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vicinal.core.errors import FeaturizerNotFound, InvalidInput
from vicinal.jobs import Model, Progress, embed, open_vectors

STATISTICS = Model("image-statistics")


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


@pytest.mark.usefixtures("_started")
def test_what_goes_wrong_in_an_actor_is_told(make_photos: Callable[[int], Path], tmp_path: Path) -> None:
    photos, out = make_photos(25), tmp_path / "out"
    with pytest.raises(FeaturizerNotFound, match="there is no featurizer 'other'"):
        embed(photos, out, model=Model("other"), engine="ray")
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
