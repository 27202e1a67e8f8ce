"""Calls that ask what the votes say, and for the vectors behind them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from vicinal.client import arguments, requests, responses
from vicinal.client.arguments import Content
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values, wrong_argument
from vicinal.records.errors import ItemError
from vicinal.records.pools import Fingerprint
from vicinal.records.votes import Prediction, ScoredItem
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import FINGERPRINT, PREDICTION, SCORED_ITEM


@dataclass(frozen=True)
class Classified:
    """Outcome of a classification.

    Attributes:
        predictions: one for each input, in order; None where `errors` has that index.
    """

    predictions: list[Prediction | None]
    errors: list[ItemError]


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Vectors of contents.

    Attributes:
        vectors: (n, dimension) float32 in the order of the contents; rows of failures are NaN.
        fingerprint: what the vectors were made with; its digest goes with them to `add_vectors`.
    """

    vectors: NDArray[np.float32]
    fingerprint: Fingerprint
    errors: list[ItemError]


class VoteCalls(Connection):
    """Calls that ask what the votes say, and for the vectors behind them."""

    def classify(
        self,
        pool_id: str,
        contents: Sequence[Content] | NDArray[np.floating],
        *,
        with_neighbours: bool = False,
        fingerprint_digest: str = "",
    ) -> Classified:
        """What the votes say of contents that need not be in the pool.

        Args:
            pool_id: of the pool.
            contents: images, texts or vectors; or an array (n, dimension).
            with_neighbours: adds the labelled items that voted.
            fingerprint_digest: what vectors were made with, if the pool has a featurizer.

        Raises:
            InvalidArgumentError: a content is of no known kind.
            NotFoundError: no such pool.
            FailedPreconditionError: the pool has no label yet, or the vectors another fingerprint.
        """
        if isinstance(contents, (str, bytes)):
            raise wrong_argument("contents", "must be a list of contents, not a single one")
        inputs = (requests.classify_content(value, index) for index, value in enumerate(_rows(contents)))
        return self._classify_inputs(pool_id, inputs, with_neighbours, fingerprint_digest)

    def classify_items(
        self, pool_id: str, item_ids: Iterable[str], *, with_neighbours: bool = False
    ) -> Classified:
        """What the votes say of items of the pool.

        Args:
            pool_id: of the pool.
            item_ids: of the items, in the order of the predictions.
            with_neighbours: adds the labelled items that voted.

        Raises:
            NotFoundError: no such pool.
            FailedPreconditionError: the pool has no label yet.
        """
        with refusing_values("item_ids"):
            ids = arguments.texts(item_ids, "item_ids")
            inputs = [v1.ClassifyRequest.Input(item_id=item_id) for item_id in ids]
        return self._classify_inputs(pool_id, inputs, with_neighbours, fingerprint_digest="")

    def _classify_inputs(
        self,
        pool_id: str,
        inputs: Iterable[v1.ClassifyRequest.Input],
        with_neighbours: bool,
        fingerprint_digest: str,
    ) -> Classified:
        parts = []
        for pack in requests.packs(inputs):
            request = v1.ClassifyRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                inputs=pack.messages,
                with_neighbours=with_neighbours,
                fingerprint_digest=arguments.text(fingerprint_digest, "fingerprint_digest"),
            )
            count = len(pack.messages)
            parse = partial(_classified, count=count, offset=pack.offset)
            parts.append(self._call("Classify", request, parse))
        return join_classified(parts)

    def embed(self, featurizer: str, contents: Iterable[Content]) -> Embeddings:
        """Vectors of images or texts, for use elsewhere or for `add_vectors` with their fingerprint.

        Args:
            featurizer: name of the model.
            contents: at least one image or text, as the featurizer reads.

        Raises:
            InvalidArgumentError: no content, or one of no known kind.
            NotFoundError: no such featurizer.
            FailedPreconditionError: its model cannot be had; the message says what to do.
        """
        if isinstance(contents, (str, bytes)):
            raise wrong_argument("contents", "must be a list of contents, not a single one")
        messages = (requests.content(value, f"contents[{index}]") for index, value in enumerate(contents))
        parts = []
        for pack in requests.packs(messages):
            request = v1.EmbedRequest(
                featurizer=arguments.text(featurizer, "featurizer"), contents=pack.messages
            )
            count = len(pack.messages)
            parse = partial(parse_embeddings, count=count, offset=pack.offset)
            parts.append(self._call("Embed", request, parse))
        return join_embeddings(parts)

    def score_pool(self, pool_id: str, *, strategy: str = "") -> Iterator[ScoredItem]:
        """Every item that can be chosen now with its score, best first; those filtered are left out.

        Args:
            pool_id: of the pool.
            strategy: to score by; empty is the pool's.

        Raises:
            InvalidArgumentError: no such strategy.
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.ScorePoolRequest(
                pool_id=arguments.text(pool_id, "pool_id"), strategy=arguments.text(strategy, "strategy")
            )
        return self._download("ScorePool", request, responses.rows_of("items", SCORED_ITEM))


def _classified(message: v1.ClassifyResponse, count: int, offset: int) -> Classified:
    """Predictions put back to the places of their `count` inputs.

    Raises:
        IndexError: the server answered for an input that was not sent.
    """
    predictions: list[Prediction | None] = [None] * count
    for prediction in message.predictions:
        predictions[prediction.index] = PREDICTION.decode(prediction)
    return Classified(predictions, responses.item_errors(message.errors, offset))


def parse_embeddings(message: v1.EmbedResponse, count: int, offset: int) -> Embeddings:
    """Vectors put back to the places of their `count` contents, NaN where there is none."""
    vectors = np.full((count, message.fingerprint.dimension), np.nan, dtype=np.float32)
    for embedding in message.embeddings:
        vectors[embedding.index] = np.frombuffer(embedding.vector, dtype="<f4")
    return Embeddings(
        vectors, FINGERPRINT.decode(message.fingerprint), responses.item_errors(message.errors, offset)
    )


def _rows(contents: Iterable[Content] | NDArray[np.floating]) -> Iterable[Content]:
    """Contents one by one: those of an array or a frame are its rows."""
    if not hasattr(contents, "__array__"):
        return contents
    array = np.asarray(contents)
    if array.dtype.kind in "fiu" and array.ndim != 2:
        raise wrong_argument("contents", f"vectors must be an array (n, dimension), not {array.shape}")
    return array


def join_classified(parts: Sequence[Classified]) -> Classified:
    """Predictions and errors, one part after the other."""
    return Classified(
        list(chain.from_iterable(part.predictions for part in parts)),
        list(chain.from_iterable(part.errors for part in parts)),
    )


def join_embeddings(parts: Sequence[Embeddings]) -> Embeddings:
    """Vectors and errors, one part after the other.

    Raises:
        InvalidArgumentError: there is no part, so that not even the dimension is known.
    """
    if not parts:
        raise wrong_argument("contents", "must hold at least one content")
    return Embeddings(
        np.concatenate([part.vectors for part in parts]),
        parts[0].fingerprint,
        list(chain.from_iterable(part.errors for part in parts)),
    )
