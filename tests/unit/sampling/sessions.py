"""Small words for what tests do with sessions."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.unit.sampling.conftest import vectors_of
from vicinal.sampling.patience import Patience, current_patience
from vicinal.sampling.results import LabelInput, Submitted
from vicinal.sampling.session import PoolSession


def label(session: PoolSession, **labels: str) -> Submitted:
    return session.submit_labels([LabelInput(f"item-{key[1:]}", value) for key, value in labels.items()])


def numbers(session: PoolSession) -> object:
    """All that suggestions and predictions depend on."""
    queries = vectors_of(5, seed=9)
    predictions = session.classify(queries, with_neighbours=True) if session.view().label_counts else []
    return list(session.score_pool()), list(session.score_pool("classic")), predictions


@contextmanager
def waiting(patience: Patience) -> Iterator[None]:
    """What is done meanwhile is done for a caller of that patience."""
    token = current_patience.set(patience)
    try:
        yield
    finally:
        current_patience.reset(token)
