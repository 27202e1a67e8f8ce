"""Calls that ask what the votes say, and for the vectors behind them."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import numpy as np

from vicinal.core.errors import ItemNotFound, VicinalError
from vicinal.core.field_rules import MAX_NAME_CHARACTERS
from vicinal.core.similarity import prepare_rows
from vicinal.pools import queries
from vicinal.pools.clock import check_deadline
from vicinal.pools.session import PoolSession
from vicinal.records.votes import Prediction, ScoredItem
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.contents import (
    AcceptedContents,
    ContentVectors,
    ParsedContents,
    check_fingerprint,
    embed_contents,
    embed_for_pool,
    item_errors,
    read_contents,
)
from vicinal.server.rpc.handlers import Context, Handlers
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import FINGERPRINT, PREDICTION, SCORED_ITEM

SCORED_CHUNK = 500


@dataclass(frozen=True)
class ClassifyInputs:
    """What is to be classified, by index in the request: contents, and items of the pool."""

    contents: ParsedContents
    item_ids: dict[int, str] = field(default_factory=dict)


class VoteHandlers(Handlers):
    """Calls that ask what the votes say, and for the vectors behind them."""

    async def Classify(self, request: v1.ClassifyRequest, context: Context) -> v1.ClassifyResponse:
        """Predicts the classes of contents and items. A pool without labels is refused before embedding."""
        session, inputs = await self.workers.compute(self._read, request)
        made = await embed_for_pool(inputs.contents, self.pools, session.config, self.workers)
        return await self.workers.compute(_predict, session, inputs, made, request.with_neighbours)

    async def ScorePool(
        self, request: v1.ScorePoolRequest, context: Context
    ) -> AsyncIterator[v1.ScorePoolResponse]:
        """Every candidate, best first, as the pool is at the call."""
        rows = await self.workers.compute(self._scored, request)
        while items := await self.workers.compute(next_scored, rows):
            yield v1.ScorePoolResponse(items=items)

    async def Embed(self, request: v1.EmbedRequest, context: Context) -> v1.EmbedResponse:
        """Vectors of contents, for use elsewhere."""
        checks, settings = Checks(), self.settings
        name = checks.text(request.featurizer, "featurizer", MAX_NAME_CHARACTERS)
        checks.count(len(request.contents), "contents", settings.max_items_per_request)
        checks.raise_if_any()
        featurizer = await self.workers.load(name, lambda: self.pools.featurizers.get(name))
        fingerprint = featurizer.fingerprint
        accepted = AcceptedContents(None, True, settings.max_text_characters, settings.max_image_bytes)
        contents = await self.workers.compute(read_contents, enumerate(request.contents), accepted)
        made = await embed_contents(contents, fingerprint.dimension, name, lambda: featurizer, self.workers)
        return v1.EmbedResponse(
            fingerprint=FINGERPRINT.encode(fingerprint),
            embeddings=[
                v1.EmbedResponse.Embedding(index=index, vector=vector.astype("<f4").tobytes())
                for index, vector in zip(made.indexes, made.vectors, strict=True)
            ],
            errors=item_errors(made.failures, {}),
        )

    def _read(self, request: v1.ClassifyRequest) -> tuple[PoolSession, ClassifyInputs]:
        """Checks the request and reads its inputs, which fail one by one."""
        checks = begin_checks(request)
        checks.count(len(request.inputs), "inputs", self.settings.max_items_per_request)
        checks.text(request.fingerprint_digest, "fingerprint_digest", MAX_NAME_CHARACTERS, optional=True)
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        given = [(index, each) for index, each in enumerate(request.inputs) if not each.HasField("item_id")]
        accepted = AcceptedContents.by_pool(session.config, self.settings)
        contents = read_contents(((index, each.content) for index, each in given), accepted)
        item_ids = {
            index: each.item_id for index, each in enumerate(request.inputs) if each.HasField("item_id")
        }
        check_fingerprint(session.config, request.fingerprint_digest, brings_vectors=bool(contents.vectors))
        session.classify_items([])  # raises where there is nothing to predict from
        return session, ClassifyInputs(contents, item_ids)

    def _scored(self, request: v1.ScorePoolRequest) -> Iterator[ScoredItem]:
        checks = begin_checks(request)
        strategy = checks.strategy(request.strategy, "strategy")
        checks.raise_if_any()
        return self.pools.get(request.pool_id).score_pool(strategy)


def next_scored(rows: Iterator[ScoredItem]) -> list[v1.ScorePoolResponse.ScoredItem]:
    """The next message of a listing; empty at its end."""
    return [SCORED_ITEM.encode(row) for row in islice(rows, SCORED_CHUNK)]


def _predict(
    session: PoolSession, inputs: ClassifyInputs, made: ContentVectors, with_neighbours: bool
) -> v1.ClassifyResponse:
    prepared, refused = prepare_rows(made.vectors, session.config.dimension, session.config.metric)
    fit = [row for row in range(len(made.indexes)) if row not in refused]
    failures: dict[int, VicinalError] = {
        **made.failures,
        **{made.indexes[row]: error for row, error in refused.items()},
    }
    with session.lock:
        item_ids = _existing(session, inputs.item_ids, failures)
        of_items = session.classify_items(list(item_ids.values()), with_neighbours)
        of_contents = session.classify(prepared[np.array(fit, dtype=np.int64)], with_neighbours)
    found: dict[int, Prediction] = dict(zip(item_ids, of_items, strict=True))
    found.update(zip([made.indexes[row] for row in fit], of_contents, strict=True))
    return v1.ClassifyResponse(
        predictions=[PREDICTION.encode(each, index=index) for index, each in sorted(found.items())],
        errors=item_errors(failures, inputs.item_ids),
    )


def _existing(
    session: PoolSession, item_ids: Mapping[int, str], failures: dict[int, VicinalError]
) -> dict[int, str]:
    """The items that the pool has; the others are added to the failures."""
    existing: dict[int, str] = {}
    for index, item_id in item_ids.items():
        check_deadline()
        try:
            session.read(partial(queries.record_of, item_id=item_id))
        except ItemNotFound as error:
            failures[index] = error
        else:
            existing[index] = item_id
    return existing
