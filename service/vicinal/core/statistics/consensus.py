"""What several annotators say of one item: majority, agreement, and the consensus by Dawid and Skene."""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from vicinal.core.errors import ConsensusUnavailable

GivenLabel = tuple[str, str, str]
"""Ids of item and annotator, and the label."""

MOST_ROUNDS = 100
LEAST_GAIN = 1e-5


def majority(labels: Sequence[str]) -> str:
    """The label given most often; of several the one that came first. Empty if there is none.

    >>> majority(["ripe", "rotten", "rotten"]), majority(["ripe", "rotten"]), majority([])
    ('rotten', 'ripe', '')
    """
    if not labels:
        return ""
    # Counter keeps the order of first appearance, and most_common is stable.
    return Counter(labels).most_common(1)[0][0]


def disagreement(labels: Sequence[str]) -> float:
    """Share of the labels that are not the most frequent one, 0 (all agree) to below 1.

    >>> disagreement(["ripe", "ripe", "rotten", "unripe"]), disagreement(["ripe"]), disagreement([])
    (0.5, 0.0, 0.0)
    """
    if not labels:
        return 0.0
    return 1.0 - Counter(labels).most_common(1)[0][1] / len(labels)


def is_consensus_due(before: int, after: int) -> bool:
    """Whether to make a consensus over all annotations again, with `after` of them instead of `before`.

    It is due at 20 annotations and each time their number has grown by a tenth. If a run's cost
    grows linearly, all runs together cost at most about eleven times the last one.

    >>> [count for count in range(1, 30) if is_consensus_due(count - 1, count)]
    [20, 22, 25, 27]
    """
    mark = 20.0
    while mark <= after:
        if before < mark:
            return True
        mark *= 1.1
    return False


def dawid_skene(annotations: Sequence[GivenLabel], known: Mapping[str, str]) -> dict[str, str]:
    """The likeliest label of each item, with each annotator's confusions estimated too.

    Source: A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
    Algorithm", 1979; as carried out by crowd-kit.

    Args:
        annotations: each annotator's label of an item, at most one for a pair of both.
        known: true labels of some of the items (gold); they teach the annotators' confusions.

    Returns:
        A label for each item that has an annotation.

    Raises:
        ConsensusUnavailable: crowd-kit is not installed.
    """
    if not annotations:
        return {}
    aggregation, frames = _packages()
    table = frames.DataFrame(annotations, columns=["task", "worker", "label"])
    truth = frames.Series(dict(known), dtype=object) if known else None
    model = aggregation.DawidSkene(n_iter=MOST_ROUNDS, tol=LEAST_GAIN)
    with warnings.catch_warnings():
        # crowd-kit 1.4 calls pandas in ways that its next major version gives up.
        warnings.simplefilter("ignore")
        settled = model.fit_predict(table, truth)
    return {str(item): str(label) for item, label in settled.items()}


def require_packages() -> None:
    """Sees to it that `dawid_skene` can be called.

    Raises:
        ConsensusUnavailable: crowd-kit is not installed.
    """
    _packages()


def _packages() -> tuple[Any, Any]:
    try:
        import pandas  # noqa: PLC0415 - both are an extra, and take seconds to load
        from crowdkit import aggregation  # noqa: PLC0415
    except ImportError as error:
        text = "the consensus dawid_skene needs crowd-kit; install it with: pip install 'vicinal[consensus]'"
        raise ConsensusUnavailable(text) from error
    return aggregation, pandas
