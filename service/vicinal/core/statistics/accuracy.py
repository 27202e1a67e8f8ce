"""Accuracy with its confidence interval, from labels of the holdout and of the control arm."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from vicinal.core.arrays import Counts, Mask
from vicinal.records.measurement import MeasuredShare

CONFIDENCE = 0.95


def wilson(share: float, count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Confidence interval of a proportion that was seen in `count` trials.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.

    Args:
        share: seen, 0 to 1.
        count: of trials, above 0; need not be whole where trials were weighted.
        confidence: of the interval, two-sided.

    Returns:
        Its ends, in 0 to 1.

    >>> [round(end, 3) for end in wilson(0.9, 50)]
    [0.786, 0.957]
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def holdout_accuracy(correct: Mask) -> MeasuredShare:
    """Accuracy on a random sample that was never learned from.

    Args:
        correct: (n,) whether each of the sample was predicted rightly, n at least 1.
    """
    share = float(correct.mean())
    low, high = wilson(share, len(correct))
    return MeasuredShare(share, low, high, len(correct))


@dataclass(frozen=True, eq=False)
class ProgressiveLabels:
    """Labels that answer a suggestion of the active or control arm, in the order they were taken in.

    Attributes:
        label_counts: (n,) int64, rising: labels learned from once this one was.
        suggestion_numbers: (n,) int64, number of the suggestion; later suggestions have larger numbers.
        is_control: (n,) whether the item was drawn at random.
        eligible: (n,) int64, items that it was chosen from, itself included.
        correct: (n,) whether the votes predicted the label just before it was taken in.
    """

    label_counts: Counts
    suggestion_numbers: Counts
    is_control: Mask
    eligible: Counts
    correct: Mask

    def first(self, count: int) -> "ProgressiveLabels":
        """The first `count` of them."""
        return ProgressiveLabels(
            self.label_counts[:count],
            self.suggestion_numbers[:count],
            self.is_control[:count],
            self.eligible[:count],
            self.correct[:count],
        )


def control_accuracy(labels: ProgressiveLabels, window: int) -> MeasuredShare | None:
    """Accuracy over the whole pool, from the last `window` control labels; None without any.

    Formula: control suggestion t takes an item from the N_t that are eligible. The k_t items that had been
    suggested before it and labelled by then are the known part of the pool, of which c_t were predicted
    rightly before their own label. With a_t in {0, 1} whether the drawn item was predicted rightly,

        A_t = (c_t + N_t a_t) / (k_t + N_t)

    and the estimate is the mean of A_t over the window. Given all that came before, a_t is the only chance in
    it, and its expectation is the accuracy over the eligible items. So each A_t is unbiased for the accuracy
    over the pool, although active choice has taken the hard items out of what control suggestions see, and
    their mean is unbiased for the mean over the window. Predictions are those from before the label
    (progressive validation): to predict a labelled item again without its own label would be too pessimistic,
    as active choice has stayed away from its neighbourhood since. What the votes have learned since the
    window began is not seen; so the estimate lags, on the cautious side where accuracy rises.

    The interval is Wilson's of the control suggestions, by their weights N_t / (k_t + N_t) with Kish's
    effective number, scaled to the part of the pool that is not known.

    Source: the levelled estimator of S. Farquhar, Y. Gal, T. Rainforth, "On Statistical Bias in Active
    Learning: How and When To Fix It", ICLR 2021, for draws that are uniform; A. Blum, A. Kalai, J. Langford,
    "Beating the Hold-Out: Bounds for K-fold and Progressive Cross-Validation", COLT 1999.
    """
    rows = np.flatnonzero(labels.is_control)[-window:]
    if len(rows) == 0:
        return None
    known, known_right = _known(labels, rows)
    population = known + labels.eligible[rows]
    open_part, fixed = labels.eligible[rows] / population, float(np.mean(known_right / population))
    share = float(np.average(labels.correct[rows], weights=open_part))
    low, high = wilson(share, float(open_part.sum() ** 2 / (open_part**2).sum()))
    scale = float(open_part.mean())
    return MeasuredShare(fixed + scale * share, fixed + scale * low, fixed + scale * high, len(rows))


def _known(labels: ProgressiveLabels, rows: Counts) -> tuple[Counts, Counts]:
    """(m,) items suggested before each row's and labelled before it, and those of them predicted rightly."""
    known, right = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    for place, row in enumerate(rows):
        before = labels.suggestion_numbers[:row] < labels.suggestion_numbers[row]
        known[place] = np.count_nonzero(before)
        right[place] = np.count_nonzero(before & labels.correct[:row])
    return known, right
