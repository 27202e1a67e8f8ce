"""What active choice brings over random sampling, and the labels that random sampling would have needed."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import stdtrit

from vicinal.core.arrays import Counts, Mask, Values
from vicinal.core.statistics.accuracy import CONFIDENCE, wilson
from vicinal.records.measurement import Benefit

# Active choice that gains less than this over random sampling is not worth its name.
LEAST_BENEFIT = 0.01
# Points that a power law is fitted to, at least, and how far beyond the last one it is trusted.
LEAST_POINTS = 5
MOST_EXTRAPOLATION = 4.0


@dataclass(frozen=True)
class Comparison:
    """Accuracy of one model less that of another, on the same items, with its 95 % confidence interval."""

    difference: float
    low: float
    high: float

    @property
    def benefit(self) -> Benefit:
        """What it says of the first model.

        >>> Comparison(0.1, 0.02, 0.18).benefit.value, Comparison(-0.1, -0.2, 0.0).benefit.value
        ('helping', 'not_helping')
        """
        if self.low > 0:
            return Benefit.HELPING
        return Benefit.NOT_HELPING if self.high < LEAST_BENEFIT else Benefit.UNKNOWN


def compare_in_turn(first: Mask, second: Mask) -> Comparison:
    """Two models that grow label by label, each item predicted by both before it could influence either.

    With items drawn at random the differences, given all that came before, have the difference of the two
    accuracies of that moment as their expectation; they are a martingale's, and their mean estimates the mean
    advantage along the way.

    Formula: mean of d, with mean +- z * sd(d') / root(n + 2) where d' is d with a 1 and a -1 added, so that
    the interval does not collapse where the models agree everywhere.
    Source: A. Agresti, Y. Min, "Simple improved confidence intervals for comparing matched proportions",
    Statistics in Medicine, 2005.

    Args:
        first: (n,) whether the first model was right, n at least 1.
        second: (n,) whether the second was.
    """
    return _comparison(first.astype(np.float64) - second)


def compare_on_sample(first: Mask, others: Mask) -> Comparison:
    """One model against what a method gives on average, told from several models of random halves.

    Both chances count: which items were asked (paired, as in `compare_in_turn`), and which labels a model
    was given. Models of different halves of the same labels vary by half the variance of models of
    independent labels, and the mean of all halves by as much: with v the variance among b models, v (1 + 1/b)
    is that of their mean, and it is told from b - 1 degrees of freedom.

    Formula: mean of d, +- root(z^2 var(d') / (n + 2) + t^2 v (1 + 1/b)), t of b - 1 degrees of freedom.
    Source: J. Shao, C. F. J. Wu, "A general theory for jackknife variance estimation", 1989.

    Args:
        first: (n,) whether the model was right about each item, n at least 1.
        others: (b, n) whether each of b models was, each learned from a random half of the same labels; b at
            least 2.
    """
    differences = first - others.mean(axis=0)
    models = len(others)
    variance = float(others.mean(axis=1).var(ddof=1)) * (1 + 1 / models)
    by_labels = float(stdtrit(models - 1, 0.5 + CONFIDENCE / 2)) * math.sqrt(variance)
    return _comparison(differences, by_labels)


def _comparison(differences: Values, by_labels: float = 0.0) -> Comparison:
    """With the half of the interval that other chances than that of the items account for."""
    padded = np.append(differences, [1.0, -1.0])
    z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    half = math.hypot(z * float(padded.std()) / math.sqrt(len(padded)), by_labels)
    centre = float(padded.mean())
    return Comparison(float(differences.mean()), max(-1.0, centre - half), min(1.0, centre + half))


@dataclass(frozen=True)
class PowerLaw:
    """A learning curve: accuracy = ceiling - scale * labels ^ -exponent.

    Source: C. Cortes et al., "Learning Curves: Asymptotic Values and Rate of Convergence", NIPS 1993.
    """

    ceiling: float
    scale: float
    exponent: float

    def accuracy(self, label_count: float) -> float:
        """With so many labels, 1 or more."""
        return self.ceiling - self.scale * math.pow(label_count, -self.exponent)

    def labels_to(self, accuracy: float) -> float:
        """Labels that an accuracy takes; infinite where the curve never gets there.

        >>> law = PowerLaw(0.95, 0.5, 0.5)
        >>> round(law.labels_to(0.9), 6), law.labels_to(0.95)
        (100.0, inf)
        """
        if accuracy >= self.ceiling:
            return math.inf
        if self.scale == 0.0:
            return 1.0
        # The logarithm first: the power itself may be beyond any float.
        exponent = math.log(self.scale / (self.ceiling - accuracy)) / self.exponent
        return max(1.0, math.exp(exponent)) if exponent < 700 else math.inf


def fit_power_law(label_counts: Counts, accuracies: Values, trials: Values) -> PowerLaw | None:
    """The power law nearest to measured accuracies, by least squares weighed by their trials.

    Args:
        label_counts: (t,) 1 or more.
        accuracies: (t,) accuracies measured, 0 to 1.
        trials: (t,) items that each was measured on.

    Returns:
        None with fewer than `LEAST_POINTS` label counts, or where the fit fails.
    """
    if len(np.unique(label_counts)) < LEAST_POINTS:
        return None

    def law(counts: Values, ceiling: float, scale: float, exponent: float) -> Values:
        curve: Values = ceiling - scale * np.power(counts, -exponent)
        return curve

    start = [min(float(np.max(accuracies)), 0.99), 0.5, 0.5]
    try:
        found, _ = curve_fit(
            law,
            label_counts.astype(np.float64),
            accuracies,
            p0=start,
            sigma=1.0 / np.sqrt(trials),
            bounds=([0.0, 0.0, 0.05], [1.0, 2.0, 2.0]),
        )
    except RuntimeError:
        return None
    return PowerLaw(*(float(value) for value in found))


@dataclass(frozen=True)
class RandomEffort:
    """Labels that random sampling would have needed.

    Attributes:
        is_lower_bound: the figure is a lower bound; the exact number is unknown.
    """

    label_count: float
    is_lower_bound: bool


def random_effort(
    label_counts: Counts, accuracies: Values, trials: Values, accuracy: float
) -> RandomEffort | None:
    """Labels that random sampling would have needed for an accuracy.

    A power law is fitted to the learning curve of a model that learned from random labels alone, and trusted
    up to `MOST_EXTRAPOLATION` times the last label count. Beyond that, only what was measured is sure:
    that the last label count was not enough.

    Args:
        label_counts: (t,) rising, 1 or more.
        accuracies: (t,) accuracies measured there.
        trials: (t,) items that each was measured on.
        accuracy: to be reached.

    Returns:
        None where the data allow no estimate.
    """
    if not len(label_counts):
        return None
    last, law = int(label_counts[-1]), fit_power_law(label_counts, accuracies, trials)
    needed = law.labels_to(accuracy) if law else math.inf
    if needed <= MOST_EXTRAPOLATION * last:
        return RandomEffort(needed, is_lower_bound=False)
    # The newest quarter of what was measured stands for the last label count.
    newest = slice(len(accuracies) - max(1, len(accuracies) // 4), None)
    share = float(np.average(accuracies[newest], weights=trials[newest]))
    # Where trials are the same items again, they count once.
    count = float(trials[newest].max() if trials[newest].max() > 1 else trials[newest].sum())
    return RandomEffort(last, is_lower_bound=True) if wilson(share, count)[1] < accuracy else None
