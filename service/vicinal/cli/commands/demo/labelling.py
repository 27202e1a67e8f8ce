"""Runs of labelling through the service, by the known answers, for every strategy on the same splits."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from vicinal.cli.commands.demo.pictures import EmbeddedPictures
from vicinal.cli.failures import Failure
from vicinal.client import Client
from vicinal.evaluation.labelling import Run
from vicinal.evaluation.trials import Split, split_by_group


@dataclass(frozen=True)
class DemoSettings:
    """How much is labelled, and how it is tested.

    Attributes:
        budget: labels to give in each run.
        batch: labels given at a time.
        repeats: runs of each strategy; each has a split of its own, the same for all strategies.
        seed: of the first repeat; the others count on from it.
        test_share: share of the source photos that is tested on.
    """

    budget: int
    batch: int
    repeats: int
    seed: int
    test_share: float = 0.1


# Close together where curves are steep.
WANTED = (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2000, 5000)
NAME_WIDTH, CELL_WIDTH = 16, 7


def choose_shown_counts(budget: int, batch: int) -> list[int]:
    """The label counts that get a column: multiples of the batch, and the budget at the end.

    >>> choose_shown_counts(60, 20)
    [20, 40, 60]
    """
    wanted = (min(-(-count // batch) * batch, budget) for count in WANTED if count < budget)
    return sorted({*wanted, budget})


class LiveTable:
    """Prints each accuracy as it comes, below the header of label counts."""

    def __init__(self, console: Console, counts: Sequence[int]) -> None:
        self._console = console
        self._counts = list(counts)
        self._shown = 0

    def header(self) -> None:
        """Writes the label counts."""
        cells = "".join(f"{count:>{CELL_WIDTH}}" for count in self._counts)
        self._write(f"{'labels':<{NAME_WIDTH}}{cells}\n", "dim")

    def begin(self, name: str, style: str) -> None:
        """Begins the line of a run."""
        self._shown = 0
        self._write(f"{name:<{NAME_WIDTH}}", style)

    def measured(self, count: int, accuracy: float) -> None:
        """Takes a measurement; those that have a column are written."""
        while self._shown < len(self._counts) and self._counts[self._shown] <= count:
            self._write(f"{accuracy:>{CELL_WIDTH}.1%}")
            self._shown += 1

    def end(self) -> None:
        """Ends the line of a run."""
        self._write("\n")

    def _write(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), end="", soft_wrap=True)
        self._console.file.flush()


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


# The strategies that are compared, each with its style on the terminal.
STRATEGIES: Mapping[str, str] = {"default": "bold green", "random": "bold"}


def compare(
    client: Client, embedded: EmbeddedPictures, settings: DemoSettings, console: Console
) -> Mapping[str, Sequence[DemoRun]]:
    """Runs every strategy as often as asked for.

    Returns:
        Outcomes by strategy, one for each repeat.

    Raises:
        Failure: there are too few pictures to put some aside for testing.
    """
    splits = [_split(embedded, settings, repeat) for repeat in range(settings.repeats)]
    budget = min(settings.budget, *(len(split.train) for split in splits))
    live = LiveTable(console, choose_shown_counts(budget, settings.batch))
    live.header()
    outcomes: dict[str, list[DemoRun]] = {strategy: [] for strategy in STRATEGIES}
    for repeat, split in enumerate(splits):
        for strategy, style in STRATEGIES.items():
            live.begin(f"{strategy} {repeat + 1}/{settings.repeats}", style)
            plan = DemoPlan(strategy, budget, settings.batch, settings.seed + repeat)
            outcomes[strategy].append(label_pool(client, plan, embedded, split, live.measured))
            live.end()
    return outcomes


def _split(embedded: EmbeddedPictures, settings: DemoSettings, repeat: int) -> Split:
    groups = [picture.group for picture in embedded.pictures]
    answers = [picture.answer for picture in embedded.pictures]
    split = split_by_group(groups, answers, settings.test_share, settings.seed + repeat)
    if not len(split.test):
        raise Failure("no picture can be kept for testing: each class has one source photo only")
    return split
