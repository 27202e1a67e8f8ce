"""Models in TensorFlow's SavedModel form, from TensorFlow Hub, a URL or a local folder.

TensorFlow is imported here alone, and not before a model is loaded.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import FeaturizerUnavailable
from vicinal.featurizers.native_notes import suppress_native_notes

_LOG = logging.getLogger(__name__)


class SavedModel:
    """A frozen model that takes one tensor and gives one vector for each of its rows.

    Attributes:
        version: digest of the files of a local folder, else the handle.
    """

    def __init__(self, handle: str, setting: str, threads: int) -> None:
        """Loads the model; a remote one is fetched and kept in TensorFlow Hub's cache.

        Args:
            handle: a TF Hub handle, a URL or a local folder.
            setting: environment variable that gives the handle, for messages.
            threads: most threads that TensorFlow may use; its first use in the process decides.

        Raises:
            FeaturizerUnavailable: TensorFlow is missing, or there is no such model; says what to do.
        """
        self._setting = setting
        self._handle = handle
        folder = _local_folder(handle)
        self._tensorflow, hub = _tensorflow(threads)
        try:
            self._model = hub.load(str(folder or handle))
            self._run = _function_of(self._model)
            self.version = _digest(folder) if folder else handle
        except Exception as error:  # whatever Hub, the network and TensorFlow's loader raise
            raise self._unusable(f"cannot be loaded ({error})") from error

    def __call__(self, inputs: NDArray[np.float32] | Sequence[str]) -> Vectors:
        """(n, dimension) vectors of n inputs."""
        vectors: Vectors = self._run(self._tensorflow.constant(inputs)).numpy()
        return vectors

    def check(self, sample: NDArray[np.float32] | Sequence[str], dimension: int) -> None:
        """Runs the model on one input, and so warms it up.

        Raises:
            FeaturizerUnavailable: it does not take such an input, or does not give (1, dimension).
        """
        try:
            shape = self(sample).shape
        except Exception as error:  # each model refuses foreign input in its own way
            raise self._unusable(f"does not take the input of this featurizer ({error})") from error
        if shape != (1, dimension):
            raise self._unusable(f"gives vectors of shape {shape}, not (1, {dimension})")

    def _unusable(self, what: str) -> FeaturizerUnavailable:
        return FeaturizerUnavailable(
            f"model {self._handle!r} {what}; set {self._setting} to a local folder with the SavedModel, "
            "or to a TF Hub handle or URL that this machine's network reaches"
        )


def _local_folder(handle: str) -> Path | None:
    return None if "://" in handle else Path(handle).expanduser()


def _tensorflow(threads: int) -> tuple[Any, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors only; counts until the import
    try:
        with suppress_native_notes():
            import tensorflow  # noqa: PLC0415 - takes seconds, and is not installed everywhere
            import tensorflow_hub  # noqa: PLC0415
    except ImportError as error:
        raise FeaturizerUnavailable(
            f"TensorFlow and TensorFlow Hub cannot be imported ({error}); "
            "install them with `pip install 'vicinal[featurizers]'` on Python 3.13 or older"
        ) from error
    try:
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        _LOG.warning("TensorFlow is in use in this process already: it keeps its number of threads")
    return tensorflow, tensorflow_hub


def _function_of(model: Any) -> Callable[[Any], Any]:
    if callable(model):
        function: Callable[[Any], Any] = model
        return function
    signature = model.signatures["serving_default"]
    (name,) = signature.structured_input_signature[1]
    (output,) = signature.structured_outputs
    return lambda inputs: signature(**{name: inputs})[output]


def _digest(folder: Path) -> str:
    # The index of the variables holds a checksum of each, so that the weights need not be read.
    files = [folder / "saved_model.pb", folder / "saved_model.pbtxt", folder / "variables/variables.index"]
    files += sorted(folder.glob("assets/**/*"))
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            content = file.read_bytes()
            digest.update(f"{file.relative_to(folder).as_posix()}:{len(content)}:".encode() + content)
    return f"sha256:{digest.hexdigest()[:32]}"
