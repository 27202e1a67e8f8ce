"""Vectors of the data sets by the project's own featurizers, kept from one run to the next."""

import os
from pathlib import Path

from benchmarks.data_sets import DataSet, shared_folder
from vicinal.core.arrays import Vectors
from vicinal.evaluation.composition import featurizers
from vicinal.evaluation.embedding import embed_once

MODEL_FOLDER = "models/mobilenet_v2_100_224_feature_vector"


def embedded(data: DataSet, cache: Path) -> Vectors:
    """(n, d) vectors of a data set, from the cache where the same contents went through the same model.

    Raises:
        ValueError: a content cannot be read.
        FeaturizerUnavailable: the model cannot be had.
    """
    handle = os.environ.get("VICINAL_MOBILENET_HANDLE") or str(shared_folder() / MODEL_FOLDER)
    answer = embed_once(data.name, data.contents, featurizers(handle).get(data.featurizer), cache)
    if answer.failures:
        row, error = next(iter(answer.failures.items()))
        raise ValueError(f"content {row} of {data.name} cannot be read: {error}")
    return answer.vectors
