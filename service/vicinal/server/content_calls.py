"""Calls that turn contents into vectors or predictions, and add nothing to a pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from vicinal.core.errors import ItemNotFound, VicinalError
from vicinal.core.similarity import prepare_rows
from vicinal.sampling import deadline, queries
from vicinal.sampling.pools import Pools
from vicinal.sampling.results import Prediction
from vicinal.sampling.session import PoolSession
from vicinal.server import to_domain, to_proto
from vicinal.server.contents import (
    Accepted,
    ParsedContents,
    Vectorised,
    check_fingerprint,
    read_contents,
    vectorise,
)
from vicinal.server.settings import Settings
from vicinal.server.workers import Workers
from vicinal.v1.sampler_service_pb2 import ClassifyRequest, ClassifyResponse, EmbedRequest, EmbedResponse


@dataclass(frozen=True)
class Inputs:
    """What is to be classified, by index in the request; item ids that are wrong are among the failures."""

    contents: ParsedContents
    item_ids: dict[int, str] = field(default_factory=dict)


async def embed(pools: Pools, workers: Workers, settings: Settings, request: EmbedRequest) -> EmbedResponse:
    """Vectors of contents, for use elsewhere."""
    name = to_domain.featurizer(request, settings)
    featurizer = await workers.load(name, lambda: pools.featurizers.get(name))
    fingerprint = featurizer.fingerprint
    accepted = Accepted(None, True, settings.max_text_characters, settings.max_image_bytes)
    contents = await workers.compute(read_contents, enumerate(request.contents), accepted)
    made = await vectorise(contents, fingerprint.dimension, name, lambda: featurizer, workers)
    return EmbedResponse(
        fingerprint=to_proto.fingerprint(fingerprint),
        embeddings=[
            EmbedResponse.Embedding(index=index, vector=vector.astype("<f4").tobytes())
            for index, vector in zip(made.indexes, made.vectors, strict=True)
        ],
        errors=to_proto.item_errors(made.failures, {}),
    )


async def classify(
    pools: Pools, workers: Workers, settings: Settings, request: ClassifyRequest
) -> ClassifyResponse:
    """What the votes say of contents and items. A pool without labels is refused before any embedding."""
    session, inputs = await workers.compute(_read, pools, settings, request)

    config = session.config
    made = await vectorise(
        inputs.contents,
        config.dimension,
        config.featurizer,
        lambda: pools.featurizer_of(config.pool_id),
        workers,
    )
    return await workers.compute(_predict, session, inputs, made, request.with_neighbours)


def _read(pools: Pools, settings: Settings, request: ClassifyRequest) -> tuple[PoolSession, Inputs]:
    to_domain.check_classify(request, settings)
    session = pools.get(request.pool_id)
    given = [(index, each) for index, each in enumerate(request.inputs) if not each.HasField("item_id")]
    accepted = Accepted.by_pool(session.config, settings)
    contents = read_contents(((index, each.content) for index, each in given), accepted)
    item_ids = {index: each.item_id for index, each in enumerate(request.inputs) if each.HasField("item_id")}
    check_fingerprint(session.config, request.fingerprint_digest, brings_vectors=bool(contents.vectors))
    session.classify_items([])  # raises where there is nothing to predict from
    return session, Inputs(contents, item_ids)


def _predict(
    session: PoolSession, inputs: Inputs, made: Vectorised, with_neighbours: bool
) -> ClassifyResponse:
    prepared, refused = prepare_rows(made.vectors, session.config.dimension, session.config.metric)
    fit = [row for row in range(len(made.indexes)) if row not in refused]
    failures: dict[int, VicinalError] = {
        **made.failures,
        **{made.indexes[row]: error for row, error in refused.items()},
    }
    with session.exclusive():
        item_ids = _known(session, inputs.item_ids, failures)
        of_items = session.classify_items(list(item_ids.values()), with_neighbours)
        of_contents = session.classify(prepared[np.array(fit, dtype=np.int64)], with_neighbours)
    found: dict[int, Prediction] = dict(zip(item_ids, of_items, strict=True))
    found.update(zip([made.indexes[row] for row in fit], of_contents, strict=True))
    return ClassifyResponse(
        predictions=[to_proto.prediction(index, each) for index, each in sorted(found.items())],
        errors=to_proto.item_errors(failures, inputs.item_ids),
    )


def _known(
    session: PoolSession, item_ids: Mapping[int, str], failures: dict[int, VicinalError]
) -> dict[int, str]:
    """The items that the pool has; the others go among the failures."""
    known: dict[int, str] = {}
    for index, item_id in item_ids.items():
        deadline.check()
        try:
            session.read(partial(queries.record_of, item_id=item_id))
        except ItemNotFound as error:
            failures[index] = error
        else:
            known[index] = item_id
    return known
