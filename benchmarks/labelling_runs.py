"""Simulated labelling: one pool, one test set, one label at a time, through the session that serves users."""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from benchmarks.methods import Method, in_force
from benchmarks.pools_in_use import LEASE_SECONDS
from vicinal.core.ports import Neighbours, PoolConfig, Vectors
from vicinal.core.search import nearest_among
from vicinal.core.similarity import Metric, prepare
from vicinal.core.votes.diffused import DiffusedVotes
from vicinal.evaluation.learning_curve import Run
from vicinal.evaluation.splits import split_by_group
from vicinal.index import PoolNeighbourhoods
from vicinal.sampling import graphs
from vicinal.sampling.clock import SystemClock
from vicinal.sampling.results import LabelInput, NewItem, NextBatch
from vicinal.sampling.session import PoolSession
from vicinal.storage import MemoryStore

# Up to so many labels accuracy is measured after each, from there after every fifth.
EACH_UP_TO = 30
THEN_EVERY = 5
VOTERS = 10


@dataclass(frozen=True, eq=False)
class Trial:
    """A pool to label and a test set that shares no source with it.

    Attributes:
        pool: (N, d); pool_classes: N names.
        test: (n, d); test_classes: (n,) names.
    """

    seed: int
    pool: Vectors
    pool_classes: Sequence[str]
    test: Vectors
    test_classes: NDArray[np.str_]
    graphs: "Graphs"


class Graphs:
    """Neighbour lists of a pool by K, found once for all methods."""

    def __init__(self, pool: Vectors) -> None:
        self._pool = pool
        self._found: dict[int, Neighbours] = {}

    def neighbours(self, count: int) -> Neighbours:
        """As a session over the pool would find them."""
        if count not in self._found:
            keeper = PoolNeighbourhoods(Metric.COSINE, count)
            keeper.grow(prepare(self._pool, self._pool.shape[1], Metric.COSINE))
            self._found[count] = keeper.neighbours
        return self._found[count]


def make_trial(
    vectors: Vectors,
    classes: Sequence[str],
    groups: Sequence[str],
    *,
    test_share: float,
    pool_size: int,
    seed: int,
) -> Trial:
    """Splits by group, and draws and shuffles the pool."""
    split = split_by_group(groups, classes, test_share, seed)
    train = np.random.default_rng(seed).permutation(split.train)[:pool_size]
    names = np.array(classes)
    pool, test = vectors[train], vectors[split.test]
    return Trial(seed, pool, names[train].tolist(), test, names[split.test], Graphs(pool))


def accuracy_with_all(trial: Trial) -> float:
    """Test accuracy of `VOTERS`-NN, weighted by similarity, with every pool item labelled."""
    pool, test = (prepare(at, at.shape[1], Metric.COSINE) for at in (trial.pool, trial.test))
    similarity, rows = nearest_among(test, pool, VOTERS, Metric.COSINE)
    names, columns = np.unique(trial.pool_classes, return_inverse=True)
    shares = np.zeros((len(test), len(names)))
    np.add.at(shares, (np.arange(len(test))[:, np.newaxis], columns[rows]), np.maximum(similarity, 0))
    return float((names[shares.argmax(axis=1)] == trial.test_classes).mean())


def run_labelling(
    trial: Trial, method: Method, budget: int, observe: Callable[[PoolSession, int], None] | None = None
) -> Run:
    """Labels `budget` items one by one, as the method suggests, and measures test accuracy as it goes.

    `observe` is shown the session and the label count wherever accuracy is measured.
    """
    with in_force(method):
        session = _session(trial, method)
        counts, accuracies = [], []
        batch = session.lease_batch(1, lease_seconds=LEASE_SECONDS)
        for count in range(1, min(budget, len(trial.pool)) + 1):
            item_id = batch.items[0].item_id
            label = LabelInput(item_id, trial.pool_classes[int(item_id)])
            answer = session.submit_labels(
                [label],
                lease_id=batch.lease.lease_id if batch.lease else "",
                next_batch=NextBatch(1, LEASE_SECONDS),
            )
            if count <= EACH_UP_TO or count % THEN_EVERY == 0:
                counts.append(count)
                accuracies.append(_accuracy(session, trial))
                if observe:
                    observe(session, count)
            if answer.next_batch is None or not answer.next_batch.items:
                break
            batch = answer.next_batch
    return Run(np.array(counts, dtype=np.int64), np.array(accuracies))


def _session(trial: Trial, method: Method) -> PoolSession:
    clock = SystemClock()
    store = MemoryStore(clock)
    config = PoolConfig(
        pool_id="simulated",
        dimension=trial.pool.shape[1],
        strategy=method.strategy,
        vote_model=method.vote_model,
        vote_neighbours=VOTERS,
        seed=trial.seed,
    )
    kept = store.create_pool(config)
    kept.save_neighbours(trial.graphs.neighbours(method.neighbours))
    keeper = PoolNeighbourhoods(config.metric, method.neighbours)
    session = PoolSession(config, kept, keeper, clock, store.receipt)
    items = [NewItem(f"{row:06d}", f"{row:064x}") for row in range(len(trial.pool))]
    added = session.add_items(items, trial.pool)
    if added.failures:
        raise ValueError(f"{len(added.failures)} items were refused: {next(iter(added.failures.values()))}")
    return session


def _accuracy(session: PoolSession, trial: Trial) -> float:
    predictions = session.classify(trial.test)
    return float((np.array([at.label for at in predictions]) == trial.test_classes).mean())


@contextmanager
def shortcuts() -> Iterator[None]:
    """Two liberties that change no outcome: graphs are waited for, and test neighbours are found once.

    However large the pool, its graph is built before the first suggestion. The pool items next to the test
    set do not hang on the labels, so each session looks for them once.
    """
    find = DiffusedVotes.outside_neighbours

    def remembered(votes: DiffusedVotes, vectors: Vectors) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        kept = vars(votes).setdefault("_remembered", {})
        key = hashlib.sha256(np.ascontiguousarray(vectors).data).digest()
        if key not in kept:
            kept[key] = find(votes, vectors)
        found: tuple[NDArray[np.int64], NDArray[np.float64]] = kept[key]
        return found

    once = mock.patch.object(DiffusedVotes, "outside_neighbours", remembered)
    with once, mock.patch.object(graphs, "QUICK_WORK", math.inf):
        yield
