"""A picture as it is kept for comparing: features and a thumbnail, some 40 kilobytes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.pictures.alignment import thumbnail
from vicinal.duplicates.pictures.local_features import SIDE, LocalFeatures, local_features
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
    """

    features: LocalFeatures
    thumbnail: NDArray[np.uint8]
    width: int
    height: int
    scale: float

    def mirrored(self) -> "Picture":
        """The same with left and right swapped."""
        flipped = np.ascontiguousarray(self.thumbnail[:, ::-1])
        return Picture(self.features.mirrored(self.width), flipped, self.width, self.height, self.scale)


def summarise(read: ReadPicture) -> Picture:
    """Features and thumbnail of a picture."""
    height, width = read.grey.shape
    scale = SIDE / max(read.width, read.height)
    return Picture(local_features(read.grey), thumbnail(read.grey), width, height, scale)
