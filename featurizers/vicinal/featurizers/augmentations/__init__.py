"""Contents as they look after standard transforms: turned, mirrored, cropped, cleaned of links."""

from vicinal.featurizers.augmentations.augmented import AugmentationEmbedder
from vicinal.featurizers.augmentations.choosing import PRESETS, list_augmentations, resolve_augmentations

__all__ = ["PRESETS", "AugmentationEmbedder", "list_augmentations", "resolve_augmentations"]
