"""How far a job is."""

import pytest

from vicinal.jobs import progress
from vicinal.jobs.progress import Progress, RowProgress


def test_rate_and_time_left_count_from_the_first_model_and_this_run_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    told: list[Progress] = []
    pace = RowProgress(40, 100, told.append)
    assert told[-1] == Progress(40, 100, 0.0, None)
    now[0] = 107.0
    pace.begin()
    now[0] = 109.0
    pace.begin()
    pace.add(20)
    assert told[-1] == Progress(60, 100, 10.0, 4.0)
    pace.add(-20)
    assert (told[-1].rows_done, told[-1].seconds_left) == (40, None)
    assert pace.seconds == 2.0
