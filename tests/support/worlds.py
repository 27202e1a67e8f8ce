"""A small world of classes to choose from."""

import numpy as np

from vicinal.core.similarity import prepare
from vicinal.evaluation.baselines import BASELINES
from vicinal.records.pool_options import Metric

CLASSES = ("cat", "dog", "owl")


class World:
    """A small clustered pool with its classes, and shares that depend on how many labels there are."""

    def __init__(self, count, dimension=6, seed=0):
        chance = np.random.default_rng(seed)
        self.codes = chance.integers(3, size=count)
        centres = 2.0 * chance.standard_normal((3, dimension))
        raw = centres[self.codes] + chance.standard_normal((count, dimension))
        self.vectors = prepare(raw, dimension, Metric.COSINE)
        self.classes = [CLASSES[code] for code in self.codes]
        self.labelled = {}
        self._distances = chance.uniform(0.1, 1.0, (count, 3))

    def probabilities(self):
        probabilities = self._distances ** (1 + len(self.labelled) % 5)
        return probabilities / probabilities.sum(axis=1, keepdims=True)

    def make(self, name, seed=3):
        return BASELINES[name](self.vectors, seed, self.probabilities)

    def label(self, rows):
        for row in rows:
            self.labelled[row] = self.classes[row]
