"""The models that pools' contents go through."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from vicinal.core.errors import FingerprintMismatch, InvalidInput
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Augmenter, Featurizer, Featurizers
from vicinal.records.pool_options import Duplicates

MakeAugmenter = Callable[[Featurizer, Sequence[str]], Augmenter]


class PoolModels:
    """Finds the featurizer and the augmentations that a pool's settings name.

    Args:
        featurizers: those that can be had.
        make_augmenter: makes the augmentations of those names, seen by a featurizer; None has none.
    """

    def __init__(self, featurizers: Featurizers, make_augmenter: MakeAugmenter | None) -> None:
        self._featurizers = featurizers
        self._make_augmenter = make_augmenter

    def featurizer_of(self, config: PoolConfig) -> Featurizer:
        """The featurizer of a pool.

        Raises:
            InvalidInput: the pool takes plain vectors.
            FingerprintMismatch: the model here is not the one that the pool's vectors came from.
            FeaturizerNotFound, FeaturizerUnavailable: it cannot be had.
        """
        if not config.featurizer or config.fingerprint is None:
            raise InvalidInput.at("content", f"pool {config.pool_id!r} has no featurizer; send vectors")
        featurizer = self._featurizers.get(config.featurizer)
        if featurizer.fingerprint.digest != config.fingerprint.digest:
            raise FingerprintMismatch(
                f"pool {config.pool_id!r} was made with {config.fingerprint}, but this server has "
                f"{featurizer.fingerprint}; serve it with the model it was made with"
            )
        return featurizer

    def augmenter_of(self, config: PoolConfig) -> Augmenter | None:
        """The augmentations by which a pool looks for near duplicates; None where it has none.

        Raises:
            InvalidInput: there is no augmentation of a name, or there are none at all here.
            FingerprintMismatch, FeaturizerUnavailable: the featurizer cannot be had.
        """
        if not config.augmentations or config.duplicates is not Duplicates.NEAR:
            return None
        return self._augmenter(self.featurizer_of(config), config.augmentations)

    def completed(self, config: PoolConfig, now: float) -> PoolConfig:
        """The settings of a new pool, with fingerprint, dimension and date.

        Raises:
            InvalidInput: no dimension for plain vectors, or not the featurizer's; augmentations that cannot
                be.
            FeaturizerNotFound, FeaturizerUnavailable: the featurizer cannot be had.
        """
        secret = secrets.token_hex(16) if config.gold_share else ""
        dated = replace(config, created_at=now, gold_secret=secret)
        if not config.featurizer:
            if config.dimension < 1:
                raise InvalidInput.at("config.dimension", "a pool of plain vectors needs one; give 1 or more")
            if config.augmentations:
                raise InvalidInput.at(
                    "config.augmentations", "go with a featurizer; leave them unset for vectors"
                )
            return dated
        featurizer = self._featurizers.get(config.featurizer)
        fingerprint = featurizer.fingerprint
        if config.augmentations:
            self._augmenter(featurizer, config.augmentations)
        if config.dimension not in (0, fingerprint.dimension):
            raise InvalidInput.at(
                "config.dimension",
                f"{config.dimension}, but {config.featurizer} gives {fingerprint.dimension}; leave it unset",
            )
        return replace(dated, fingerprint=fingerprint, dimension=fingerprint.dimension)

    def _augmenter(self, featurizer: Featurizer, names: Sequence[str]) -> Augmenter:
        if self._make_augmenter is None:
            raise InvalidInput.at(
                "config.augmentations", "this server has no augmentations; leave them unset"
            )
        return self._make_augmenter(featurizer, names)
