"""How far a job is."""

import pytest

from vicinal.jobs import progress as module
from vicinal.jobs.progress import Progress, RowProgress


def test_rate_and_time_left_count_from_the_first_model_and_this_run_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    told: list[Progress] = []
    progress = RowProgress(40, 100, told.append)
    assert told[-1] == Progress(40, 100, 0.0, None)
    now[0] = 107.0
    progress.start_clock()
    now[0] = 109.0
    progress.start_clock()
    progress.add(20)
    assert told[-1] == Progress(60, 100, 10.0, 4.0)
    progress.add(-20)
    assert (told[-1].rows_done, told[-1].seconds_left) == (40, None)
    assert progress.seconds == 2.0
