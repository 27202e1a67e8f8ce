"""The consensus of annotators who err differently, by the EM algorithm of Dawid and Skene."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from vicinal.core.errors import ConsensusUnavailable

GivenLabel = tuple[str, str, str]
"""Ids of item and annotator, and the label."""

MOST_ROUNDS = 100
LEAST_GAIN = 1e-5


def dawid_skene(annotations: Sequence[GivenLabel], known: Mapping[str, str]) -> dict[str, str]:
    """The likeliest label of each item, with each annotator's confusions estimated beside.

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
