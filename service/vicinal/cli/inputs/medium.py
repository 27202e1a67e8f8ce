"""Whether contents go with a pool, before the first of them is sent."""

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.source import DataKind, Source
from vicinal.client import Pool


def check_goes_with(pool: Pool, source: Source, name: str) -> None:
    """Sees to it that a pool takes what a source holds.

    Args:
        pool: that the items are for.
        source: of the items.
        name: of the file or folder, for the message.

    Raises:
        Failure: it does not: texts for a pool of images, vectors of another dimension.
    """
    if source.holds is None:
        return
    if source.holds is DataKind.VECTORS:
        if source.dimension and source.dimension != pool.dimension:
            raise Failure(
                f"{name}: holds vectors of dimension {source.dimension}, but pool {pool.pool_id!r} has "
                f"dimension {pool.dimension}; give vectors of that dimension"
            )
        return
    if pool.fingerprint is None:
        raise Failure(
            f"{name}: holds {source.holds}, but pool {pool.pool_id!r} has no featurizer to read them with; "
            "give vectors, or make a pool with a featurizer"
        )
    if f"{pool.fingerprint.medium}s" != source.holds:
        raise Failure(
            f"{name}: holds {source.holds}, but {pool.featurizer} of pool {pool.pool_id!r} reads "
            f"{pool.fingerprint.medium}s; give {pool.fingerprint.medium}s, or name another pool"
        )
