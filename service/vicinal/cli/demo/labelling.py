"""One run of labelling through the service, by the known answers, tested as it goes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.demo.embedding import EmbeddedPictures
from vicinal.cli.failures import Failure
from vicinal.client import Client
from vicinal.evaluation.learning_curve import Run
from vicinal.evaluation.splits import Split


@dataclass(frozen=True)
class DemoPlan:
    """What is labelled, and how.

    Attributes:
        strategy: that picks the items.
        budget: labels to give.
        batch: labels given at a time.
        seed: of the pool's random choices.
    """

    strategy: str
    budget: int
    batch: int
    seed: int


@dataclass(frozen=True)
class DemoRun:
    """What came of a run.

    Attributes:
        run: accuracy by number of labels.
        waits_seconds: from sending a batch of labels to having the next suggestions, for each batch.
    """

    run: Run
    waits_seconds: list[float]


def label_pool(
    client: Client,
    plan: DemoPlan,
    embedded: EmbeddedPictures,
    split: Split,
    measured: Callable[[int, float], None],
) -> DemoRun:
    """Fills a pool with the train set, labels it batch by batch, and takes it away again.

    Args:
        client: connected.
        plan: what to do.
        embedded: all pictures.
        split: which are labelled and which tested on.
        measured: called with the number of labels and the accuracy after each batch.

    Raises:
        Failure: the pool does not take all items, or nothing is suggested from it.
    """
    pool = f"demo-{plan.strategy}-{plan.seed}"
    fingerprint = embedded.fingerprint
    client.create_pool(pool, featurizer=fingerprint.name, strategy=plan.strategy, seed=plan.seed)
    try:
        names = [str(row) for row in split.train]
        vectors = embedded.vectors[split.train]
        added = client.add_vectors(pool, names, vectors, fingerprint_digest=fingerprint.digest)
        if added.errors:
            raise Failure(f"pool {pool} took {added.added} of {len(names)} items: {added.errors[0].message}")
        return _label_batches(client, pool, plan, embedded, split, measured=measured)
    finally:
        client.delete_pool(pool)


def _label_batches(
    client: Client,
    pool: str,
    plan: DemoPlan,
    embedded: EmbeddedPictures,
    split: Split,
    *,
    measured: Callable[[int, float], None],
) -> DemoRun:
    tested = embedded.vectors[split.test]
    answers = [embedded.pictures[row].answer for row in split.test]
    counts, accuracies, waits = list[int](), list[float](), list[float]()
    labelled = 0
    batch = client.lease_batch(pool, min(plan.batch, plan.budget))
    while batch.items:
        labels = {item.item_id: embedded.pictures[int(item.item_id)].answer for item in batch.items}
        labelled += len(labels)
        next_size = min(plan.batch, plan.budget - labelled) or None
        started = time.perf_counter()
        submitted = client.submit_labels(pool, labels, lease_id=batch.lease_id, next_size=next_size)
        if next_size:
            waits.append(time.perf_counter() - started)
        counts.append(labelled)
        accuracies.append(_accuracy(client, pool, tested, answers, embedded.fingerprint.digest))
        measured(labelled, accuracies[-1])
        if submitted.next is None:
            break
        batch = submitted.next
    if not counts:
        raise Failure(f"the server suggested nothing in pool {pool}")
    return DemoRun(Run(np.array(counts), np.array(accuracies)), waits)


def _accuracy(
    client: Client, pool: str, vectors: NDArray[np.float32], answers: Sequence[str], digest: str
) -> float:
    predictions = client.classify(pool, vectors, fingerprint_digest=digest).predictions
    right = [
        prediction is not None and prediction.label == answer
        for prediction, answer in zip(predictions, answers, strict=True)
    ]
    return float(np.mean(right))
