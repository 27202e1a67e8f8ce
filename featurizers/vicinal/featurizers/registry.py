"""All featurizers by name, each loaded when it is first asked for."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from vicinal.core.errors import FeaturizerNotFound
from vicinal.core.ports import Featurizer
from vicinal.featurizers import image_statistics, images, mobilenet, sentence_encoder
from vicinal.featurizers.augmentations import AugmentationEmbedder


@dataclass(frozen=True)
class FeaturizerSettings:
    """Where models come from, and what they may take.

    Attributes:
        mobilenet_handle: of "mobilenet-v2": a TF Hub handle, a URL or a local folder.
        use_handle: of "use": likewise.
        threads: most threads for a model.
        max_image_pixels: largest image that is decoded, as width times height.
    """

    mobilenet_handle: str = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    use_handle: str = "https://tfhub.dev/google/universal-sentence-encoder/4"
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    max_image_pixels: int = images.MAX_PIXELS


class FeaturizerRegistry:
    """The featurizers that can be had, one instance of each. Calls may come from any thread."""

    def __init__(self, settings: FeaturizerSettings) -> None:
        self._loaders = _loaders(settings)
        self._max_pixels = settings.max_image_pixels
        self._locks = {name: Lock() for name in self._loaders}
        self._loaded: dict[str, Featurizer] = {}

    def names(self) -> Sequence[str]:
        """Known names: for images and for texts, each in the order they are worth trying."""
        return tuple(self._loaders)

    def get(self, name: str) -> Featurizer:
        """The featurizer of that name. What could not be loaded is tried again at the next call.

        Raises:
            FeaturizerNotFound: no such name; the message lists the known ones.
            FeaturizerUnavailable: its model or packages cannot be had; the message says what to do.
        """
        if name not in self._loaders:
            known = ", ".join(self._loaders)
            raise FeaturizerNotFound(f"there is no featurizer {name!r}; choose one of {known}")
        with self._locks[name]:
            if name not in self._loaded:
                self._loaded[name] = self._loaders[name]()
            return self._loaded[name]

    def augmentations(self, name: str, augmentations: Sequence[str]) -> AugmentationEmbedder:
        """Augmentations of contents, by the featurizer of that name.

        Args:
            name: of the featurizer.
            augmentations: names of views and presets.

        Raises:
            FeaturizerNotFound, FeaturizerUnavailable: as in `get`.
            InvalidInput: a view is unknown; the message lists the known ones.
        """
        return AugmentationEmbedder(self.get(name), augmentations, self._max_pixels)


def _loaders(settings: FeaturizerSettings) -> Mapping[str, Callable[[], Featurizer]]:
    threads, pixels = settings.threads, settings.max_image_pixels
    return {
        mobilenet.NAME: lambda: mobilenet.load_mobilenet(settings.mobilenet_handle, threads, pixels),
        image_statistics.NAME: lambda: image_statistics.image_statistics(threads, pixels),
        sentence_encoder.OFFLINE_NAME: sentence_encoder.load_offline_sentence_encoder,
        sentence_encoder.HUB_NAME: lambda: sentence_encoder.load_sentence_encoder(
            settings.use_handle, threads
        ),
    }
