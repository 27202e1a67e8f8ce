"""What evaluation raises, for those who may not import core: errors of the one tree."""

from vicinal.core.errors import FeaturizerUnavailable, VicinalError

__all__ = ["FeaturizerUnavailable", "VicinalError"]
