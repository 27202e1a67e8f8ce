"""Small data that can be learned from a label for each class."""

import numpy as np

from vicinal.evaluation.labelled import LabelledVectors, labelled_vectors


def clusters(items=120, classes=3, dimension=8, seed=5, spread=0.3) -> LabelledVectors:
    """Items in one cluster for each class; two in a row are of one group."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(classes, size=items // 2).repeat(2)
    centres = np.eye(classes, dimension) * 2
    vectors = centres[labels] + generator.normal(scale=spread, size=(items, dimension))
    names = [f"class {label}" for label in labels]
    groups = [f"source {row // 2}" for row in range(items)]
    ids = [f"item {row:04d}" for row in range(items)]
    return labelled_vectors("clusters", ids, names, groups, vectors.astype(np.float32))
