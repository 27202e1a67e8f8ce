"""Where a simulated pool gets its parts: the session that serves users, over a store in memory."""

from collections.abc import Sequence

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MakeFinder
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Featurizer, Featurizers
from vicinal.core.records import Neighbours
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
from vicinal.featurizers.augmentations import AugmentationEmbedder
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Metric
from vicinal.records.pools import Fingerprint
from vicinal.storage import MemoryStore

__all__ = [
    "NEIGHBOURS",
    "AugmentationEmbedder",
    "Featurizer",
    "Featurizers",
    "Fingerprint",
    "augmenter_for",
    "featurizers",
    "make_memory_session",
    "pool_neighbours",
]

# Each item's nearest others in the pool's graph, as in a service.
NEIGHBOURS = 20


def make_memory_session(
    config: PoolConfig, neighbours: Neighbours | None = None, make_finder: MakeFinder | None = None
) -> PoolSession:
    """A pool's session that keeps nothing on disk; it is empty.

    Args:
        config: of the pool.
        neighbours: lists of the items that will be added first, in their order, found before by
            `pool_neighbours`; None lets the session find them.
        make_finder: makes what finds copies in the pool; without it none are found.
    """
    clock = SystemClock()
    store = MemoryStore(clock)
    pool = store.create_pool(config)
    count = NEIGHBOURS
    if neighbours is not None:
        pool.save_neighbours(neighbours)
        count = neighbours.keys.shape[1]
    return PoolSession(
        config,
        pool,
        PoolNeighbourhoods(config.metric, count),
        clock,
        make_finder=make_finder,
    )


def pool_neighbours(pool: Vectors, metric: Metric, count: int = NEIGHBOURS) -> Neighbours:
    """The neighbour lists of (N, d) prepared vectors, as a session over them would find them."""
    neighbourhoods = PoolNeighbourhoods(metric, count)
    neighbourhoods.grow(pool)
    return neighbourhoods.neighbours


def featurizers(mobilenet_handle: str = "", use_handle: str = "", threads: int = 0) -> Featurizers:
    """The featurizers that a service has.

    Args:
        mobilenet_handle: of "mobilenet-v2"; empty is the usual one.
        use_handle: of "use"; empty is the usual one.
        threads: most threads for a model; 0 is one for each core.
    """
    usual = FeaturizerSettings()
    return FeaturizerRegistry(
        FeaturizerSettings(
            mobilenet_handle or usual.mobilenet_handle,
            use_handle or usual.use_handle,
            threads or usual.threads,
        )
    )


def augmenter_for(featurizer: Featurizer, names: Sequence[str]) -> AugmentationEmbedder:
    """Augmentations of contents, embedded by a featurizer.

    Args:
        featurizer: of `featurizers`.
        names: of views and presets.

    Raises:
        InvalidInput: a view is unknown; the message lists the known ones.
    """
    return AugmentationEmbedder(featurizer, names)
