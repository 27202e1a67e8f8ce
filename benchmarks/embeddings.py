"""Vectors of the data sets by the project's own featurizers, kept from one run to the next."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data_sets import DataSet, shared_folder
from vicinal.core.ports import Fingerprint, RawContent, Vectors
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings

MODEL_FOLDER = "models/mobilenet_v2_100_224_feature_vector"
CHUNK = 256


def embedded(data: DataSet, cache: Path) -> Vectors:
    """(n, d) vectors of a data set, from the cache where the same contents went through the same model.

    Raises:
        ValueError: a content cannot be read.
        FeaturizerUnavailable: the model cannot be had.
    """
    settings = FeaturizerSettings(
        mobilenet_handle=os.environ.get("VICINAL_MOBILENET_HANDLE") or str(shared_folder() / MODEL_FOLDER)
    )
    featurizer = FeaturizerRegistry(settings).get(data.featurizer)
    kept = cache / f"{data.name}-{_digest(data.contents, featurizer.fingerprint)}.npy"
    if kept.exists():
        vectors: Vectors = np.load(kept)
        return vectors
    parts = []
    for start in range(0, len(data.contents), CHUNK):
        answer = featurizer.embed(data.contents[start : start + CHUNK])
        if answer.failures:
            row, error = next(iter(answer.failures.items()))
            raise ValueError(f"content {start + row} of {data.name} cannot be read: {error}")
        parts.append(answer.vectors)
    vectors = np.concatenate(parts)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}.npy")
    np.save(unfinished, vectors)
    unfinished.replace(kept)
    return vectors


def _digest(contents: Sequence[RawContent], fingerprint: Fingerprint) -> str:
    digest = hashlib.sha256(fingerprint.digest.encode())
    for content in contents:
        raw = content.encode() if isinstance(content, str) else content
        digest.update(hashlib.sha256(raw).digest())
    return digest.hexdigest()[:32]
