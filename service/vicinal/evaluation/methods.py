"""What can be compared: ways of choosing, each with the votes that classify."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MakeFinder
from vicinal.core.errors import InvalidInput
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.strategies import STRATEGIES
from vicinal.core.similarity import prepare
from vicinal.evaluation.baselines import BASELINES
from vicinal.evaluation.baselines.protocol import Classifier
from vicinal.evaluation.composition import NEIGHBOURS, make_memory_session
from vicinal.evaluation.trials import METRIC, VOTERS, Trial
from vicinal.pools.results import BatchRequest, LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Batch
from vicinal.records.pool_options import Duplicates, VoteModel


@dataclass(frozen=True)
class Method:
    """A way of choosing and of classifying.

    Attributes:
        name: as it was written.
        strategy: of the session.
        vote_model: of the session; None is the strategy's own.
        baseline: that chooses in place of the session; empty is none.
    """

    name: str
    strategy: str
    vote_model: VoteModel | None = None
    baseline: str = ""


def parse_method(text: str) -> Method:
    """Reads NAME or NAME/VOTES: a strategy of the service or a baseline, and what votes.

    A baseline has direct votes unless others are named.

    Raises:
        InvalidInput: at `strategy`; lists the names there are.

    >>> parse_method("random/blended")
    Method(name='random/blended', strategy='random', vote_model=<VoteModel.BLENDED: 'blended'>, baseline='')
    """
    name, _, votes = text.partition("/")
    if name not in STRATEGIES and name not in BASELINES:
        known = ", ".join([*STRATEGIES, *BASELINES])
        raise InvalidInput.at("strategy", f"{name!r} is not known; use one of {known}")
    if "/" in text and votes not in set(VoteModel):
        known = ", ".join(VoteModel)
        raise InvalidInput.at(
            "strategy", f"{text!r}: there are no votes {votes!r}; after / use one of {known}"
        )
    model = VoteModel(votes) if votes else None
    if name in STRATEGIES:
        return Method(text, name, model)
    return Method(text, "random", model or VoteModel.DIRECT, name)


# Longer than any run.
LEASE_SECONDS = 86_400.0 * 365
_GRAPH_CHECK_SECONDS = 0.02


class Chooser(Protocol):
    """One method at work on one pool."""

    def first(self, size: int) -> list[str]:
        """Ids of the items to label first, best first."""
        ...

    def after(self, labels: Mapping[str, str], size: int) -> list[str]:
        """Takes labels by id; gives the ids to label next, none where `size` is 0."""
        ...

    def classify(self, vectors: Vectors) -> list[str]:
        """The class of each of (n, d) vectors, by the labels so far."""
        ...


def make_chooser(method: Method, trial: Trial, neighbours: int = NEIGHBOURS) -> Chooser:
    """The method, ready to begin on the trial's pool.

    Args:
        method: what chooses and votes.
        trial: whose pool is labelled.
        neighbours: of each item in the pool's graph.
    """
    session = pool_session(method, trial, neighbours)
    if not method.baseline:
        return SessionChooser(session)
    return _BaselineChooser(session, method.baseline, trial)


def pool_session(
    method: Method, trial: Trial, neighbours: int = NEIGHBOURS, make_finder: MakeFinder | None = None
) -> PoolSession:
    """A session over the trial's pool, with no label yet, and with its graph if its votes spread.

    Args:
        method: what chooses and votes.
        trial: whose pool it is.
        neighbours: of each item in the pool's graph.
        make_finder: makes what finds copies in the pool; without it all items may be suggested.

    Raises:
        ValueError: the session refuses an item.
    """
    config = PoolConfig(
        pool_id="simulated",
        dimension=trial.pool.shape[1],
        metric=METRIC,
        strategy=method.strategy,
        vote_model=method.vote_model,
        vote_neighbours=VOTERS,
        seed=trial.seed,
        duplicates=Duplicates.OFF if make_finder is None else Duplicates.NEAR,
    )
    session = make_memory_session(config, trial.neighbours(neighbours), make_finder)
    items = [PreparedItem(item_id, f"{row:064x}") for row, item_id in enumerate(trial.ids)]
    added = session.items.add(items, trial.pool)
    if added.failures:
        raise ValueError(f"{len(added.failures)} items were refused: {next(iter(added.failures.values()))}")
    _await_graph(session, len(trial.ids))
    return session


def predicted(session: PoolSession, vectors: Vectors) -> list[str]:
    """The session's answer for each of (n, d) vectors."""
    return [prediction.label for prediction in session.classify(vectors)]


def _await_graph(session: PoolSession, items: int) -> None:
    """Has the graph built, and waits for it: a large pool's session builds it next to its calls.

    Nothing may be picked or classified before, or the outcome would hang on how fast the machine is: the
    build may end between any two calls.
    """
    # Reads alone, and asks for the graph where the session's votes or its strategy want one.
    session.score_pool()
    while (graph := session.view().graph) is not None and graph.covered_items < items:
        time.sleep(_GRAPH_CHECK_SECONDS)


class SessionChooser:
    """The session chooses, as it does for users: labels go in, the answer brings the next batch."""

    def __init__(self, session: PoolSession) -> None:
        self._session = session
        self._lease = ""

    def first(self, size: int) -> list[str]:
        """Ids of the items to label first, best first."""
        return self._held(self._session.leases.open(size, lease_seconds=LEASE_SECONDS))

    def after(self, labels: Mapping[str, str], size: int) -> list[str]:
        """Takes labels by id; gives the ids to label next."""
        wanted = BatchRequest(size, LEASE_SECONDS) if size else None
        inputs = [LabelInput(item_id, label) for item_id, label in labels.items()]
        answer = self._session.labels.submit(inputs, lease_id=self._lease, next_batch=wanted)
        return [] if answer.next is None else self._held(answer.next)

    def classify(self, vectors: Vectors) -> list[str]:
        """The class of each of (n, d) vectors, by the labels so far."""
        return predicted(self._session, vectors)

    def _held(self, batch: Batch) -> list[str]:
        self._lease = batch.lease.lease_id if batch.lease else ""
        return [item.item_id for item in batch.items]


class _BaselineChooser:
    """A baseline chooses; the labels go into a session without any lease."""

    def __init__(self, session: PoolSession, name: str, trial: Trial) -> None:
        self._session = session
        self._ids = trial.ids
        self._rows = {item_id: row for row, item_id in enumerate(trial.ids)}
        self._labelled: dict[int, str] = {}
        self._baseline = BASELINES[name](trial.prepared, trial.seed, self._probabilities)
        has_answers = hasattr(self._baseline, "predict")
        self._classifier = cast(Classifier, self._baseline) if has_answers else None

    def first(self, size: int) -> list[str]:
        return self._picked(size)

    def after(self, labels: Mapping[str, str], size: int) -> list[str]:
        self._session.labels.submit([LabelInput(item_id, label) for item_id, label in labels.items()])
        self._labelled.update((self._rows[item_id], label) for item_id, label in labels.items())
        return self._picked(size) if size else []

    def classify(self, vectors: Vectors) -> list[str]:
        if self._classifier is None:
            return predicted(self._session, vectors)
        return self._classifier.predict(self._labelled, prepare(vectors, vectors.shape[1], METRIC))

    def _picked(self, size: int) -> list[str]:
        return [self._ids[row] for row in self._baseline.pick(self._labelled, size)]

    def _probabilities(self) -> NDArray[np.float64]:
        """(N, C) probabilities of the pool's rows, columns by class name; C = 0 before the first label."""
        classes = sorted(set(self._labelled.values()))
        probabilities = np.zeros((len(self._ids), len(classes)))
        if classes:
            column = {name: number for number, name in enumerate(classes)}
            for row, prediction in enumerate(self._session.classify_items(self._ids)):
                for label, probability in prediction.probabilities.items():
                    probabilities[row, column[label]] = probability
        return probabilities
