"""Models that turn images and texts into vectors."""

from vicinal.featurizers.registry import FeaturizerRegistry, FeaturizerSettings

__all__ = ["FeaturizerRegistry", "FeaturizerSettings"]
