"""Work that nobody waits for ends, and leaves everything as it was."""

import time

import pytest

from tests.support.sessions import Bench, items_of, vectors_of, waiting
from vicinal.core.errors import CallEnded
from vicinal.pools.clock import Deadline, check_deadline


class Runs(Deadline):
    """Lasts for so many looks."""

    def __init__(self, looks):
        super().__init__()
        self.looks = looks

    @property
    def is_open(self):
        self.looks -= 1
        return self.looks >= 0


def test_without_a_caller_there_is_no_hurry():
    check_deadline()


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        (Deadline(), False),
        (Deadline(time.monotonic() + 3600), False),
        (Deadline(time.monotonic() - 1), True),
        (Deadline(is_cancelled=True), True),
    ],
)
def test_it_ends_with_the_deadline_or_the_caller(given, ends):
    with waiting(given):
        if ends:
            with pytest.raises(CallEnded):
                check_deadline()
        else:
            check_deadline()
    check_deadline()


def test_a_batch_stops_between_its_picks_and_leases_nothing(bench: Bench) -> None:
    session = bench.open()
    session.items.add(items_of(60), vectors_of(60))
    before = session.view()
    with waiting(Runs(20)), pytest.raises(CallEnded):
        session.leases.open(50)
    after = session.view()
    assert (after.counts, after.suggestions) == (before.counts, before.suggestions)
    with waiting(Runs(60)):
        assert len(session.leases.open(50).items) == 50


def test_a_call_that_waited_too_long_for_the_pool_changes_nothing(bench: Bench) -> None:
    session = bench.open()
    with waiting(Deadline(is_cancelled=True)), pytest.raises(CallEnded):
        session.items.add(items_of(3), vectors_of(3))
    assert session.view().counts.total == 0
