"""Contents as they look after standard transforms: turned, mirrored, cropped, cleaned of links."""

from vicinal.featurizers.views.augmented import AugmentedViews
from vicinal.featurizers.views.choosing import PRESETS, chosen_views, known_views

__all__ = ["PRESETS", "AugmentedViews", "chosen_views", "known_views"]
