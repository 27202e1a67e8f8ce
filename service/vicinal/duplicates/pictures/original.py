"""Which of several copies is most likely the one that the others were made from."""

from collections import Counter
from collections.abc import Hashable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from vicinal.core.copies import Transform
from vicinal.duplicates.pictures.picture import Picture

# Grey levels that are black in a photo only where a turned or moved picture left nothing.
_BLACK = 3
_SIDE = 48
_DEGREES, _SHIFT, _WHOLE = 5.0, 0.05, 0.93


def likely_original(pictures: Mapping[int, Picture], seen_from: Mapping[int, Transform | None]) -> int:
    """The picture that lies as most of them do, and looks most like the mean of those.

    Copies are turned and cut in many ways and the original in none, so that most lie as it does; treated in
    many ways, they have it as their mean. Where all lie differently, what has the least black has no empty
    corners. Where nothing tells, the largest is kept, then the first.

    Args:
        pictures: the copies.
        seen_from: what takes one and the same of them to each other one; None for that one itself.

    Returns:
        One of the keys.
    """
    frames = {item: _frame(seen_from[item]) for item in pictures}
    lying = Counter(frames.values())
    black = {item: round(_black_share(picture), 1) for item, picture in pictures.items()}
    votes, least = max(lying.values()), min(black.values())
    upright = {
        item: pictures[item]
        for item in pictures
        if lying[frames[item]] == votes and (votes > 1 or black[item] == least)
    }
    usual = frames[min(upright)]
    return _most_typical({item: upright[item] for item in upright if frames[item] == usual})


def _most_typical(pictures: Mapping[int, Picture]) -> int:
    """Of the usual size, near the mean picture, of middling sharpness; of two sizes the larger one.

    Noise adds to sharpness, and blur takes away.
    """
    sizes = Counter(picture.scale for picture in pictures.values())
    fits = _fits_to_mean(pictures)
    sharpness = {item: _sharpness(picture.thumbnail) for item, picture in pictures.items()}
    middling = float(np.median(list(sharpness.values())))
    return min(
        pictures,
        key=lambda item: (
            -sizes[pictures[item].scale],
            pictures[item].scale,
            -round(fits[item], 2),
            round(abs(np.log2(sharpness[item] / middling)), 1),
            item,
        ),
    )


def _frame(found: Transform | None) -> Hashable:
    """The same for two pictures that lie the same way."""
    if found is None:
        return (False, 0, 0, 0, True, True)
    turns = round(found.rotation_degrees / _DEGREES) % round(360 / _DEGREES)
    shifts = (round(found.shift_x / _SHIFT), round(found.shift_y / _SHIFT))
    return (found.mirrored, turns, *shifts, found.kept > _WHOLE, found.filled > _WHOLE)


def _black_share(picture: Picture) -> float:
    return float((picture.thumbnail <= _BLACK).mean())


def _sharpness(thumbnail: NDArray[np.uint8]) -> float:
    return float(cv2.Laplacian(thumbnail, cv2.CV_32F).std()) + 1.0


def _fits_to_mean(pictures: Mapping[int, Picture]) -> dict[int, float]:
    """Correlation of each picture with the mean of all."""
    rows = np.stack([_standardised(picture.thumbnail) for picture in pictures.values()])
    mean = rows.mean(axis=0)
    together = rows @ mean / max(float(np.linalg.norm(mean)), 1e-9)
    return dict(zip(pictures, together.tolist(), strict=True))


def _standardised(thumbnail: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n,) of mean 0 and length 1; all 0 where the picture has one level."""
    small = cv2.resize(thumbnail, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
    small -= small.mean()
    standardised: NDArray[np.float64] = small / max(float(np.linalg.norm(small)), 1e-9)
    return standardised
