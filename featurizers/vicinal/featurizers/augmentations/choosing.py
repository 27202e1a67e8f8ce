"""Which views there are, and which a name stands for."""

from collections.abc import Mapping, Sequence

from vicinal.core.errors import InvalidInput
from vicinal.featurizers.augmentations.pictures import IMAGE_AUGMENTATIONS
from vicinal.featurizers.augmentations.texts import TEXT_AUGMENTATIONS
from vicinal.records.pools import Medium

_TURNS = ("mirror", "flip", "rotate-90", "rotate-180", "rotate-270", "rotate-30", "rotate-330")

PRESETS: Mapping[Medium, Mapping[str, Sequence[str]]] = {
    Medium.IMAGE: {"all": tuple(IMAGE_AUGMENTATIONS), "none": (), "turns": _TURNS},
    Medium.TEXT: {"all": tuple(TEXT_AUGMENTATIONS), "none": ()},
    Medium.VECTOR: {"none": ()},
}
"""Several views under one name; `turns` are the views of pictures that find the most for their number."""

_KNOWN: Mapping[Medium, Sequence[str]] = {
    Medium.IMAGE: tuple(IMAGE_AUGMENTATIONS),
    Medium.TEXT: tuple(TEXT_AUGMENTATIONS),
    Medium.VECTOR: (),
}


def list_augmentations(medium: Medium) -> Sequence[str]:
    """Names of the single views of contents of a kind."""
    return _KNOWN[medium]


def resolve_augmentations(medium: Medium, names: Sequence[str]) -> Sequence[str]:
    """The single views that names of views and presets stand for, each once, in the order of the names.

    Raises:
        InvalidInput: a name is unknown; the message lists the known ones.

    >>> resolve_augmentations(Medium.TEXT, ["without-links", "all"])
    ('without-links', 'lower-case', 'without-mentions', 'without-retweet-mark')
    """
    presets = PRESETS[medium]
    for place, name in enumerate(names):
        if name not in presets and name not in _KNOWN[medium]:
            known = ", ".join([*presets, *_KNOWN[medium]])
            raise InvalidInput.at(
                f"augmentations[{place}]",
                f"there is no augmentation {name!r} of {medium}s; known are {known}",
            )
    return tuple(dict.fromkeys(augmentation for name in names for augmentation in presets.get(name, (name,))))
