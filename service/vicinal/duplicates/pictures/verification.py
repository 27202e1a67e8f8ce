"""Whether one picture is a duplicate of another, and what was done to it."""

from math import atan2, degrees

import numpy as np

from vicinal.core.duplicates import Evidence, Transform
from vicinal.duplicates.pictures.alignment import Alignment, align
from vicinal.duplicates.pictures.geometry import Affine, AffineFit, fit
from vicinal.duplicates.pictures.kinds import kinds_of
from vicinal.duplicates.pictures.picture import Picture

LEAST_LIKENESS = 0.88
"""Nearly all duplicates by rotation, crop, noise, blur or a frame were at 0.88 and above, other views of a thing
at 0.86 and below (864 pictures with known duplicates)."""


def verify(first: Picture, second: Picture) -> Evidence | None:
    """The evidence that the second picture is a duplicate of the first; None where there is too little.

    The first picture is tried as it is and mirrored; with a rotation, that is every flip.
    """
    plain = fit(first.features, second.features)
    mirror = first.mirrored()
    least = 0 if plain is None else plain.inliers
    flipped = fit(mirror.features, second.features, above=least)
    is_mirrored = flipped is not None and flipped.inliers > least
    found, start = (flipped, mirror) if is_mirrored else (plain, first)
    if found is None:
        return None
    alignment = align(start.thumbnail, second.thumbnail, found.affine)
    if alignment.likeness < LEAST_LIKENESS:
        return None
    return _evidence(start, second, found, alignment, is_mirrored)


def _evidence(
    start: Picture, second: Picture, found: AffineFit, alignment: Alignment, mirrored: bool
) -> Evidence:
    transform = describe(start, second, found.affine, alignment, mirrored)
    return Evidence(
        round(alignment.likeness, 4), found.inliers, transform, kinds_of(transform, alignment.likeness)
    )


def describe(
    start: Picture, second: Picture, affine: Affine, alignment: Alignment, mirrored: bool
) -> Transform:
    """An affine transform in numbers that people know.

    Args:
        start: the first picture, mirrored already if it is.
        second: the picture that it is laid on.
        affine: from one to the other at the size that features are taken from.
        alignment: how they cover each other.
        mirrored: whether `start` is.
    """
    matrix = affine[:, :2]
    large, small = np.linalg.svd(matrix, compute_uv=False)
    centre = matrix @ np.array([start.width / 2, start.height / 2]) + affine[:, 2]
    return Transform(
        mirrored,
        degrees(atan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])),
        float(np.sqrt(large * small)) * start.scale / second.scale,
        float(large / small),
        float(centre[0] / second.width - 0.5),
        float(centre[1] / second.height - 0.5),
        alignment.kept,
        alignment.filled,
    )
