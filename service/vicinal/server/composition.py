"""Where everything meets: settings in, the pools of a service out."""

from vicinal.core.parallel import use_threads
from vicinal.core.similarity import Metric
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
from vicinal.index import PoolNeighbourhoods
from vicinal.sampling.clock import SystemClock
from vicinal.sampling.limits import PoolLimits
from vicinal.sampling.pools import Pools
from vicinal.server.settings import Settings
from vicinal.storage import SqlStore


def build(settings: Settings) -> Pools:
    """The pools in the settings' data directory, loaded and ready.

    Raises:
        StorageFailed: the data directory cannot be used; the message says why.
    """
    use_threads(settings.threads)
    clock = SystemClock()
    featurizers = FeaturizerRegistry(
        FeaturizerSettings(
            settings.mobilenet_handle, settings.use_handle, settings.threads, settings.max_image_pixels
        )
    )
    store = SqlStore(settings.data_dir, clock)
    return Pools(
        store,
        featurizers,
        lambda metric: PoolNeighbourhoods(Metric(metric), threads=settings.threads),
        clock,
        default_lease_seconds=settings.default_lease_seconds,
        max_pools=settings.max_pools,
        limits=PoolLimits(settings.max_items_per_pool, settings.max_classes_per_pool),
    )
