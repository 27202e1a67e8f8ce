"""Margin sampling with logistic regression: the yardstick from outside, trained again for each label.

Source: T. Scheffer, C. Decomain and S. Wrobel, "Active Hidden Markov Models for Information Extraction",
2001, for the margin between the two most probable classes. The classifier is scikit-learn's, and is judged
by its own predictions.

Its penalty is weaker than scikit-learn's own (C of 1), under which unit vectors hardly move the
probabilities while labels are few. Of C 1, 10 and 100, the last had the best mean accuracy over the first 60
to 100 labels on fruits, Caltech and Sentiment140: the yardstick is given the setting that suits it.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty
from vicinal.evaluation.baselines.coverage import best, random_order, unlabelled

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

MOST_ITERATIONS = 1000
INVERSE_PENALTY = 100.0


class LogisticMargin:
    """Picks by the margin, ties by chance; with fewer than two classes every pick is by chance."""

    def __init__(
        self, vectors: Vectors, seed: int, _probabilities: Callable[[], NDArray[np.float64]]
    ) -> None:
        self._vectors = vectors
        self._order = random_order(len(vectors), seed)
        self._fitted: tuple[dict[int, str], LogisticRegression] | None = None

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """As `Baseline.pick`."""
        is_open = unlabelled(len(self._vectors), labelled)
        scores = np.zeros(len(self._vectors))
        if len(set(labelled.values())) > 1 and is_open.any():
            probabilities = self._fit(labelled).predict_proba(self._vectors[is_open])
            scores[is_open] = uncertainty(np.asarray(probabilities, dtype=np.float64), Uncertainty.MARGIN)
        return best(scores, is_open, size, self._order)

    def predict(self, labelled: Mapping[int, str], vectors: Vectors) -> list[str]:
        """As `Classifier.predict`."""
        classes = sorted(set(labelled.values()))
        if not classes:
            raise ValueError("nothing is labelled: label a row before asking for predictions")
        if len(classes) == 1:
            return classes * len(vectors)
        return [str(name) for name in self._fit(labelled).predict(vectors)]

    def _fit(self, labelled: Mapping[int, str]) -> "LogisticRegression":
        """The classifier of these labels; picks and predictions between two labels share one."""
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - of the extra `evaluation`

        if self._fitted is None or self._fitted[0] != labelled:
            rows = sorted(labelled)
            classifier = LogisticRegression(C=INVERSE_PENALTY, max_iter=MOST_ITERATIONS)
            classifier.fit(self._vectors[rows], [labelled[row] for row in rows])
            self._fitted = dict(labelled), classifier
        return self._fitted[1]
