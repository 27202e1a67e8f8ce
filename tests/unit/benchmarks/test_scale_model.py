import pytest

from benchmarks.scale_model import Cluster, predicted

# Of docs/scale.md: items, and seconds with one worker, by two runs.
MEASURED = [(10_000, 1.11), (100_000, 3.16), (100_000, 4.11), (1_000_000, 25.8), (1_000_000, 32.0)]


@pytest.mark.parametrize(("items", "seconds"), MEASURED)
def test_the_model_is_within_a_third_of_what_was_measured(items, seconds):
    assert predicted(items, 256, Cluster(1)).seconds == pytest.approx(seconds, rel=1 / 3)


def test_a_slow_disk_sets_the_pace_of_many_cores():
    told = predicted(1_000_000_000, 256, Cluster(512, 5e9))
    assert told.disk_seconds > told.worker_seconds
    assert told.seconds > told.disk_seconds + told.single_seconds
