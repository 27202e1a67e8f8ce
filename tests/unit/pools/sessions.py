"""Small words for what tests do with sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest import mock

from tests.unit.pools.conftest import vectors_of
from vicinal.pools import journal
from vicinal.pools.clock import Deadline, current_deadline
from vicinal.pools.results import LabelInput
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Submitted


def label(session: PoolSession, **labels: str) -> Submitted:
    return session.submit_labels([LabelInput(f"item-{key[1:]}", value) for key, value in labels.items()])


def numbers(session: PoolSession) -> object:
    """All that suggestions and predictions depend on."""
    queries = vectors_of(5, seed=9)
    predictions = session.classify(queries, with_neighbours=True) if session.view().label_counts else []
    return list(session.score_pool()), list(session.score_pool("classic")), predictions


class CountedIds:
    """In place of the module `uuid`: ids that go down, so that their order is not that of their making."""

    def __init__(self, first: int = 10**9) -> None:
        self._next = first

    def uuid4(self) -> SimpleNamespace:
        self._next -= 1
        return SimpleNamespace(hex=f"{self._next:032x}")


@contextmanager
def lease_ids_going_down() -> Iterator[None]:
    """Leases opened later have smaller ids, and the same whenever a test is run again."""
    with mock.patch.object(journal, "uuid", CountedIds()):
        yield


@contextmanager
def waiting(deadline: Deadline) -> Iterator[None]:
    """What is done meanwhile is done for a caller of that patience."""
    token = current_deadline.set(deadline)
    try:
        yield
    finally:
        current_deadline.reset(token)
