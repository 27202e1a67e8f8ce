"""What both stores refuse."""

from collections.abc import Container, Iterable, Sequence

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.errors import (
    InvalidInput,
    ItemExists,
    ItemNotFound,
    PoolExists,
    PoolNotFound,
    RequestIdReused,
    StorageFailed,
)
from vicinal.core.records import Event, ItemRecord
from vicinal.core.similarity import prepare
from vicinal.records.pool_options import Metric

STORED_RESPONSE_SECONDS = 24 * 3600.0
"""How long the response to a request is stored for a retry."""

# How far prepared rows are from what preparing them again gives, by the rounding of float32.
_ROUNDING = 1e-3


def check_rows(records: Sequence[ItemRecord], vectors: Vectors, dimension: int) -> None:
    """One float32 row of the pool's dimension for each record.

    Raises:
        ValueError: the caller broke this.
    """
    if vectors.dtype != np.float32 or vectors.shape != (len(records), dimension):
        raise ValueError(
            f"vectors are {vectors.dtype} {vectors.shape}, needed float32 {(len(records), dimension)}"
        )


def check_stored_vectors(vectors: Vectors, dimension: int, metric: Metric, field: str) -> None:
    """Rows from outside are such as a request could have brought.

    Args:
        vectors: (n, dimension) float32.
        dimension: the pool's.
        metric: the pool's.
        field: name of the vectors in messages.

    Raises:
        ValueError: a row is not.
    """
    try:
        prepare(vectors, dimension, metric, field)
    except InvalidInput as error:
        raise ValueError(error.message) from error


def check_prepared(vectors: Vectors, dimension: int, metric: Metric, field: str) -> None:
    """Rows from outside are such as a pool keeps: as `check_stored_vectors`, and for cosine of length 1.

    Raises:
        ValueError: a row is not.
    """
    check_stored_vectors(vectors, dimension, metric, field)
    if metric is Metric.COSINE:
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
        if not np.allclose(lengths, 1, rtol=0, atol=_ROUNDING):
            raise ValueError(f"{field} are not of length 1, as cosine has them")


def check_new(records: Iterable[ItemRecord], stored_ids: Container[str]) -> None:
    """No id is stored already or comes twice.

    Raises:
        ItemExists: one is.
    """
    seen: set[str] = set()
    for record in records:
        if record.item_id in stored_ids or record.item_id in seen:
            raise item_exists(record.item_id)
        seen.add(record.item_id)


def check_known(events: Iterable[Event], stored_ids: Container[str]) -> None:
    """Every event is of a stored item.

    Raises:
        ItemNotFound: one is not.
    """
    for event in events:
        if event.item_id not in stored_ids:
            raise item_not_found(event.item_id)


def item_exists(item_id: str) -> ItemExists:
    """The error for an id that is taken."""
    return ItemExists(f"item {item_id!r} is in the pool already", details={"item_id": item_id})


def item_not_found(item_id: str) -> ItemNotFound:
    """The error for an id that is not there."""
    return ItemNotFound(f"no item {item_id!r} in the pool", details={"item_id": item_id})


def request_id_reused(request_id: str) -> RequestIdReused:
    """The error for a request id that is taken."""
    return RequestIdReused(
        f"request id {request_id!r} was used within the last 24 hours; give each request one of its own",
        details={"request_id": request_id},
    )


def pool_exists(pool_id: str) -> PoolExists:
    """The error for a pool id that is taken."""
    return PoolExists(f"pool {pool_id!r} is there already", details={"pool_id": pool_id})


def pool_not_found(pool_id: str) -> PoolNotFound:
    """The error for a pool id that is not there."""
    return PoolNotFound(f"no pool {pool_id!r}", details={"pool_id": pool_id})


def store_closed() -> StorageFailed:
    """The error for use after the end."""
    return StorageFailed("the store is closed; open it again")
