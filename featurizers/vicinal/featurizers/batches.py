"""The one way in which contents go through a model: read apart, run together."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import Embedded, RawContent
from vicinal.records.pools import Fingerprint

Input = TypeVar("Input")
_Batch = list[tuple[int, Future[Input]]]


class BatchedFeaturizer(Generic[Input]):
    """A featurizer made of a reader of single contents and a model that takes batches.

    While the model runs on a batch, the next one is read by threads of their own: decoding then costs an
    idle core instead of the model's time.
    """

    def __init__(
        self,
        fingerprint: Fingerprint,
        read: Callable[[RawContent], Input],
        infer: Callable[[Sequence[Input]], Vectors],
        *,
        batch_size: int,
        reading_threads: int,
    ) -> None:
        """Joins the two.

        Args:
            fingerprint: of the model and what `read` does.
            read: one content, ready for the model; raises ContentUnreadable. Called from several threads.
            infer: (n, dimension) vectors of 1 to `batch_size` inputs. Called from any thread.
            batch_size: most inputs for one run of the model.
            reading_threads: contents that are read at once.
        """
        self._fingerprint = fingerprint
        self._read = read
        self._infer = infer
        self._batch_size = batch_size
        self._reading_threads = reading_threads

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the loaded model."""
        return self._fingerprint

    def embed(self, contents: Sequence[RawContent]) -> Embedded:
        """Vectors of the contents; one that cannot be read fails alone."""
        vectors = np.zeros((len(contents), self._fingerprint.dimension), np.float32)
        failures: dict[int, ContentUnreadable] = {}
        with ThreadPoolExecutor(self._reading_threads, "vicinal-reader") as readers:
            for batch in self._batches(readers, contents):
                inputs: dict[int, Input] = {}
                for row, reading in batch:
                    try:
                        inputs[row] = reading.result()
                    except ContentUnreadable as error:
                        failures[row] = error
                if inputs:
                    vectors[list(inputs)] = self._infer(list(inputs.values()))
        return Embedded(vectors, failures)

    def _batches(
        self, readers: ThreadPoolExecutor, contents: Sequence[RawContent]
    ) -> Iterator["_Batch[Input]"]:
        ready: _Batch[Input] = []
        for start in range(0, len(contents), self._batch_size):
            rows = range(start, min(start + self._batch_size, len(contents)))
            ahead = [(row, readers.submit(self._read, contents[row])) for row in rows]
            if ready:
                yield ready
            ready = ahead
        if ready:
            yield ready
