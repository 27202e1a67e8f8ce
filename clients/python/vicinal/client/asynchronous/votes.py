# Generated from votes.py by tools/generate_async_client.py; do not edit.
"""Calls that ask what the votes say, and for the vectors behind them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vicinal.client import arguments, requests, responses
from vicinal.client.arguments import Content
from vicinal.client.asynchronous.connection import AsyncConnection
from vicinal.client.errors import refusing_values, wrong_argument
from vicinal.client.votes import (
    Classified,
    Embeddings,
    _classified,
    _rows,
    join_classified,
    join_embeddings,
    parse_embeddings,
)
from vicinal.records.votes import ScoredItem
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import SCORED_ITEM


class AsyncVoteCalls(AsyncConnection):
    """Calls that ask what the votes say, and for the vectors behind them."""

    async def classify(
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
        return await self._classify_inputs(pool_id, inputs, with_neighbours, fingerprint_digest)

    async def classify_items(
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
        return await self._classify_inputs(pool_id, inputs, with_neighbours, fingerprint_digest="")

    async def _classify_inputs(
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
            parts.append(await self._call("Classify", request, parse))
        return join_classified(parts)

    async def embed(self, featurizer: str, contents: Iterable[Content]) -> Embeddings:
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
            parts.append(await self._call("Embed", request, parse))
        return join_embeddings(parts)

    def score_pool(self, pool_id: str, *, strategy: str = "") -> AsyncIterator[ScoredItem]:
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
