"""Contents of a request: how they are checked, read and embedded, and how those that fail are reported."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import FingerprintMismatch, InvalidInput, VicinalError
from vicinal.core.field_rules import MAX_ITEM_ID_CHARACTERS
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Featurizer
from vicinal.core.records import RawContent
from vicinal.pools import clock
from vicinal.pools.registry import Pools
from vicinal.records.errors import ItemError
from vicinal.server.runtime.errors import MAX_MESSAGE_BYTES, shorten
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.v1 import resources_pb2 as resources
from vicinal.wire.codecs import ITEM_ERROR

# Between chunks, a call that was cancelled or ran out of time ends.
EMBEDDING_CHUNK = 64


@dataclass(frozen=True)
class AcceptedContents:
    """Which contents a call accepts.

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
    def by_pool(cls, config: PoolConfig, settings: Settings) -> "AcceptedContents":
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
class ContentVectors:
    """Contents as vectors, embedded or as they came.

    Attributes:
        indexes: in the request, of each row.
        vectors: (n, d) float32.
        failures: why the others have none, by index.
    """

    indexes: Sequence[int]
    vectors: Vectors
    failures: Mapping[int, VicinalError]


def read_contents(
    contents: Iterable[tuple[int, resources.Content]], accepted: AcceptedContents
) -> ParsedContents:
    """Sorts contents, given with their indexes, into vectors, images or texts, and wrong ones.

    Raises:
        CallEnded: the caller no longer waits for them.
    """
    read = ParsedContents()
    for index, content in contents:
        clock.check()
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


def read_content(content: resources.Content, accepted: AcceptedContents) -> RawContent | NDArray[np.float32]:
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


async def embed_contents(
    contents: ParsedContents,
    dimension: int,
    name: str,
    featurizer: Callable[[], Featurizer],
    workers: Workers,
) -> ContentVectors:
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
    return ContentVectors(indexes, matrix, failures)


async def embed_for_pool(
    contents: ParsedContents, pools: Pools, config: PoolConfig, workers: Workers
) -> ContentVectors:
    """As `embed_contents`, by the featurizer of a pool."""
    return await embed_contents(
        contents, config.dimension, config.featurizer, lambda: pools.featurizer_of(config.pool_id), workers
    )


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


def item_errors(
    failures: Mapping[int, VicinalError], item_ids: Mapping[int, str]
) -> list[resources.ItemError]:
    """Items that failed, in order.

    Args:
        failures: why, by index in the request.
        item_ids: their ids by index, where they have one.
    """
    return [
        ITEM_ERROR.encode(
            ItemError(
                index,
                shorten_id(item_ids.get(index, "")),
                error.reason,
                shorten(error.public_message, MAX_MESSAGE_BYTES),
            )
        )
        for index, error in sorted(failures.items())
    ]


def shorten_id(given: str) -> str:
    """The id of an entry that failed, for a response; an id that is too long is cut off."""
    if len(given) <= MAX_ITEM_ID_CHARACTERS:
        return given
    return given[: MAX_ITEM_ID_CHARACTERS - 1] + "…"
