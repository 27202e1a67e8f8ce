"""A featurizer that looks at each content several times."""

from collections.abc import Sequence

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Featurizer
from vicinal.core.records import RawContent
from vicinal.featurizers import images
from vicinal.featurizers.augmentations import pictures, texts
from vicinal.featurizers.augmentations.choosing import resolve_augmentations
from vicinal.records.pools import Fingerprint, Medium


class AugmentationEmbedder:
    """Embeds the views of contents: where the vector of one lies near another item, that may be a copy.

    Implements `vicinal.core.ports.Augmenter`. Calls may come from any thread.
    """

    def __init__(
        self, featurizer: Featurizer, names: Sequence[str], max_pixels: int = images.MAX_PIXELS
    ) -> None:
        """Chooses the views.

        Args:
            featurizer: that embeds them.
            names: of views, and of presets, which stand for several.
            max_pixels: largest picture that is decoded, as width times height.

        Raises:
            InvalidInput: a name is unknown for what the featurizer reads; the message lists the known ones.
        """
        self._featurizer = featurizer
        self._max_pixels = max_pixels
        self._names = resolve_augmentations(featurizer.fingerprint.medium, names)

    @property
    def names(self) -> Sequence[str]:
        """Of the single views, in the order that `embed` gives them."""
        return self._names

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the featurizer, with all that is done to a content before."""
        plain = self._featurizer.fingerprint
        reading = pictures.READING if plain.medium is Medium.IMAGE else texts.READING
        done = ",".join((reading, *self._names, plain.preprocessing))
        return Fingerprint(plain.name, plain.version, done, plain.dimension, plain.medium)

    def embed(self, content: RawContent) -> Vectors:
        """(views, dimension) float32, a row for each view of one content.

        Raises:
            ContentUnreadable: it cannot be read.
        """
        embedded = self._featurizer.embed(self._seen(content))
        for failure in embedded.failures.values():
            raise failure
        return embedded.vectors

    def _seen(self, content: RawContent) -> Sequence[RawContent]:
        if self._featurizer.fingerprint.medium is Medium.IMAGE:
            augmentations = {name: pictures.IMAGE_AUGMENTATIONS[name] for name in self._names}
            return pictures.image_augmentations(content, augmentations, self._max_pixels)
        return texts.text_augmentations(
            content, {name: texts.TEXT_AUGMENTATIONS[name] for name in self._names}
        )
