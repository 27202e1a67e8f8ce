"""The composition root of the server: makes the pools of a service from its settings."""

from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path

from vicinal.core.duplicates import DuplicateFinder, FinderSource
from vicinal.core.parallel import use_threads
from vicinal.core.pool_config import PoolConfig
from vicinal.data.images.decoding import ImageLimits
from vicinal.duplicates import ImageDuplicateFinder, TextDuplicateFinder, VectorDuplicateFinder
from vicinal.duplicates.images.picture import from_bytes
from vicinal.duplicates.texts.finder import check_body as check_text_body
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings
from vicinal.featurizers.augmentations import AugmentationEmbedder, resolve_augmentations
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.pools.state.pool import PoolLimits
from vicinal.records.pool_options import Duplicates, Metric
from vicinal.records.pools import Medium
from vicinal.server.settings import Settings
from vicinal.storage import SqlStore, is_data_directory
from vicinal.storage.snapshots import readable

__all__ = ["build", "is_data_directory", "open_store", "pack_pool", "unpack_pool"]

# An archive as files that people can read, and back.
unpack_pool = readable.unpack
pack_pool = readable.pack


def open_store(data_dir: Path) -> AbstractContextManager[SqlStore]:
    """The store in a data directory, closed afterwards.

    Raises:
        StorageFailed: the data directory cannot be used; the message says why.
    """
    return closing(
        SqlStore(data_dir, SystemClock(), check_body=check_body, check_augmentations=check_augmentations)
    )


def build(settings: Settings) -> Pools:
    """The pools in the settings' data directory, not loaded yet.

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
    store = SqlStore(settings.data_dir, clock, check_body=check_body, check_augmentations=check_augmentations)
    return Pools(
        store,
        featurizers,
        lambda metric: PoolNeighbourhoods(Metric(metric), threads=settings.threads),
        clock,
        default_lease_seconds=settings.default_lease_seconds,
        max_pools=settings.max_pools,
        make_finder=partial(make_finder, image_limits=ImageLimits(settings.max_image_pixels)),
        snapshots=store,
        limits=PoolLimits(settings.max_items_per_pool, settings.max_classes_per_pool),
        make_augmenter=partial(AugmentationEmbedder, max_pixels=settings.max_image_pixels),
    )


def make_finder(config: PoolConfig, source: FinderSource, image_limits: ImageLimits) -> DuplicateFinder:
    """The finder of duplicates for a pool, by the medium of its items.

    Args:
        config: of the pool.
        source: the pool as its finder sees it.
        image_limits: of the images that are decoded.
    """
    near = config.duplicates is Duplicates.NEAR
    match config.fingerprint.medium if config.fingerprint else Medium.VECTOR:
        case Medium.IMAGE:
            return ImageDuplicateFinder(source.bodies, near=near, limits=image_limits)
        case Medium.TEXT:
            return TextDuplicateFinder(source.bodies, near=near)
        case Medium.VECTOR:
            return VectorDuplicateFinder(
                source.bodies, source.neighbours, source.nearest, config.metric, near=near
            )


def check_body(config: PoolConfig, body: bytes) -> None:
    """Checks that the stored body of an item is one that the pool's finder of duplicates can read.

    Raises:
        StorageCorrupt: it is not.
    """
    match config.fingerprint.medium if config.fingerprint else Medium.VECTOR:
        case Medium.IMAGE:
            from_bytes(body)
        case Medium.TEXT:
            check_text_body(body)
        case Medium.VECTOR:
            # Vectors have no body.
            pass


def check_augmentations(config: PoolConfig) -> None:
    """Checks that the augmentations of a pool exist, whether or not its featurizer is installed.

    Raises:
        InvalidInput: one does not.
    """
    if config.fingerprint is not None:
        resolve_augmentations(config.fingerprint.medium, config.augmentations)
