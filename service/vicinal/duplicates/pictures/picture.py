"""A picture as it is kept for comparing: features and a thumbnail, some 40 kilobytes."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.pictures.alignment import thumbnail
from vicinal.duplicates.pictures.local_features import SIDE, LocalFeatures, local_features
from vicinal.duplicates.pictures.quality import Quality
from vicinal.duplicates.pictures.reading import ReadPicture


@dataclass(frozen=True, eq=False)
class Picture:
    """What comparing needs of a picture.

    Attributes:
        features: of the picture at `SIDE`.
        thumbnail: (height, width) uint8, grey.
        width: of the picture at `SIDE`, in pixels.
        height: likewise.
        scale: pixels of the picture at `SIDE` for one of the whole picture.
        quality: of the whole picture; None where an older version kept none.
    """

    features: LocalFeatures
    thumbnail: NDArray[np.uint8]
    width: int
    height: int
    scale: float
    quality: Quality | None = None

    def mirrored(self) -> "Picture":
        """The same with left and right swapped."""
        flipped = np.ascontiguousarray(self.thumbnail[:, ::-1])
        return replace(self, features=self.features.mirrored(self.width), thumbnail=flipped)


def summarise(read: ReadPicture) -> Picture:
    """Features and thumbnail of a picture."""
    height, width = read.grey.shape
    scale = SIDE / max(read.width, read.height)
    return Picture(local_features(read.grey), thumbnail(read.grey), width, height, scale, read.quality)
