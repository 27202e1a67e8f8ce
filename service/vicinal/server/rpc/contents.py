"""Contents of a request: how they are read and embedded, and the calls that embed or classify them."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import FingerprintMismatch, InvalidInput, ItemNotFound, VicinalError
from vicinal.core.pool_options import PoolConfig
from vicinal.core.ports import Featurizer
from vicinal.core.records import RawContent
from vicinal.core.similarity import prepare_rows
from vicinal.pools import queries
from vicinal.pools.clock import check_deadline
from vicinal.pools.registry import Pools
from vicinal.pools.results import Prediction
from vicinal.pools.session import PoolSession
from vicinal.server.rpc import to_domain, to_proto
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1.sampler_service_pb2 import ClassifyRequest, ClassifyResponse, EmbedRequest, EmbedResponse

# Between chunks, a call that was cancelled or ran out of time ends.
EMBEDDING_CHUNK = 64


@dataclass(frozen=True)
class Accepted:
    """Which contents are accepted.

    Attributes:
        dimension: of vectors; None refuses vectors.
        raw: whether images and texts are accepted.
        max_text_characters: longest text.
        max_image_bytes: largest image file.
    """

    dimension: int | None
    raw: bool
    max_text_characters: int
    max_image_bytes: int

    @classmethod
    def by_pool(cls, config: PoolConfig, settings: Settings) -> "Accepted":
        """What a pool accepts: vectors always, images and texts if it has a featurizer."""
        return cls(
            config.dimension,
            bool(config.featurizer),
            settings.max_text_characters,
            settings.max_image_bytes,
        )


@dataclass
class ParsedContents:
    """Contents by index in the request; each index is in one of the three mappings."""

    vectors: dict[int, Vectors] = field(default_factory=dict)
    raw: dict[int, RawContent] = field(default_factory=dict)
    failures: dict[int, VicinalError] = field(default_factory=dict)


@dataclass(frozen=True)
class Vectorised:
    """Contents as vectors.

    Attributes:
        indexes: in the request, of each row.
        vectors: (n, d) float32.
        failures: why the others have none, by index.
    """

    indexes: Sequence[int]
    vectors: Vectors
    failures: Mapping[int, VicinalError]


@dataclass(frozen=True)
class Inputs:
    """What is to be classified, by index in the request."""

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
    """Predicts the classes of contents and items. A pool without labels is refused before any embedding."""
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


def read_contents(contents: Iterable[tuple[int, resources.Content]], accepted: Accepted) -> ParsedContents:
    """Sorts contents, given with their indexes, into vectors, images or texts, and wrong ones.

    Raises:
        CallEnded: the caller no longer waits for them.
    """
    read = ParsedContents()
    for index, content in contents:
        check_deadline()
        try:
            value = read_content(content, accepted)
        except InvalidInput as error:
            read.failures[index] = error
        else:
            if isinstance(value, np.ndarray):
                read.vectors[index] = value
            else:
                read.raw[index] = value
    return read


def read_content(content: resources.Content, accepted: Accepted) -> RawContent | NDArray[np.float32]:
    """Reads one content.

    Raises:
        InvalidInput: it is empty, or its kind or size is not accepted.
    """
    kind = content.WhichOneof("kind")
    if kind is None:
        raise InvalidInput.at("content", "is empty; give a vector, an image or a text")
    if kind == "vector":
        return _vector(content.vector, accepted.dimension)
    if not accepted.raw:
        raise InvalidInput.at(
            "content", f"this pool has no featurizer to read the {kind} with; send a vector"
        )
    if kind == "image":
        return _image(content.image, accepted.max_image_bytes)
    if len(content.text) > accepted.max_text_characters:
        raise InvalidInput.at(
            "content.text",
            f"has {len(content.text)} characters; this server takes at most {accepted.max_text_characters}",
        )
    return content.text


def content_hash(content: resources.Content) -> str:
    """SHA-256 of the raw content, hexadecimal; an item that is added again has the same."""
    kind = content.WhichOneof("kind")
    # Each access to a field of bytes copies them.
    raw: bytes | str = getattr(content, kind) if kind else b""
    return hashlib.sha256(raw.encode() if isinstance(raw, str) else raw).hexdigest()


async def vectorise(
    contents: ParsedContents,
    dimension: int,
    name: str,
    featurizer: Callable[[], Featurizer],
    workers: Workers,
) -> Vectorised:
    """Embeds images and texts, chunk by chunk; vectors stay as they are.

    Args:
        contents: as they were read.
        dimension: of all vectors.
        name: of the featurizer.
        featurizer: loads the model; called only where there is something to embed.
        workers: run the model.

    Raises:
        FeaturizerNotFound, FeaturizerUnavailable, FingerprintMismatch: there is no model to embed with.
        ModelLoading: the model is not loaded in time.
        Overloaded: too many calls wait for models already.
    """
    vectors, failures = dict(contents.vectors), dict(contents.failures)
    waiting = list(contents.raw)
    model = await workers.load(name, featurizer) if waiting else None
    while waiting and model is not None:
        chunk, waiting = waiting[:EMBEDDING_CHUNK], waiting[EMBEDDING_CHUNK:]
        embedded = await workers.embed(model, [contents.raw[index] for index in chunk])
        for row, index in enumerate(chunk):
            if row in embedded.failures:
                failures[index] = embedded.failures[row]
            else:
                vectors[index] = embedded.vectors[row]
    indexes = sorted(vectors)
    empty = np.zeros(0, dtype=np.float32)
    matrix = np.concatenate([vectors[index] for index in indexes] or [empty]).reshape(-1, dimension)
    return Vectorised(indexes, matrix, failures)


def check_fingerprint(config: PoolConfig, digest: str, *, brings_vectors: bool) -> None:
    """Checks that vectors from elsewhere were made by the pool's own featurizer.

    Raises:
        FingerprintMismatch: they were not, or the request does not say.
    """
    own = config.fingerprint.digest if config.fingerprint else ""
    if digest == own or (not digest and not brings_vectors):
        return
    if not own:
        text = f"pool {config.pool_id!r} has no featurizer to compare with; leave fingerprint_digest unset"
    elif digest:
        text = f"fingerprint_digest is {digest[:64]!r}, but pool {config.pool_id!r} was made with {own!r}"
    else:
        text = (
            f"pool {config.pool_id!r} holds vectors of {config.featurizer}; bring others of the same "
            f"featurizer only, and say so: fingerprint_digest={own!r}"
        )
    raise FingerprintMismatch(text, details={"pool_id": config.pool_id, "fingerprint_digest": own})


def _image(raw: bytes, max_bytes: int) -> bytes:
    if len(raw) > max_bytes:
        raise InvalidInput.at(
            "content.image", f"has {len(raw)} bytes; this server takes at most {max_bytes} (max_image_bytes)"
        )
    return raw


def _vector(raw: bytes, dimension: int | None) -> NDArray[np.float32]:
    if dimension is None:
        raise InvalidInput.at("content.vector", "is a vector already; give an image or a text")
    if len(raw) != 4 * dimension:
        raise InvalidInput.at(
            "content.vector",
            f"has {len(raw)} bytes; give {dimension} little-endian float32, which are {4 * dimension} bytes",
        )
    return np.frombuffer(raw, dtype="<f4")


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
    with session.lock:
        item_ids = _existing(session, inputs.item_ids, failures)
        of_items = session.classify_items(list(item_ids.values()), with_neighbours)
        of_contents = session.classify(prepared[np.array(fit, dtype=np.int64)], with_neighbours)
    found: dict[int, Prediction] = dict(zip(item_ids, of_items, strict=True))
    found.update(zip([made.indexes[row] for row in fit], of_contents, strict=True))
    return ClassifyResponse(
        predictions=[to_proto.prediction(index, each) for index, each in sorted(found.items())],
        errors=to_proto.item_errors(failures, inputs.item_ids),
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
