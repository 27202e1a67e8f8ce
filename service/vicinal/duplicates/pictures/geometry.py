"""Whether two pictures' features lie the same way: which transform takes one picture onto the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.pictures.local_features import LocalFeatures

Affine = NDArray[np.float64]

FEWEST_INLIERS = 6
# Nearest descriptor against second nearest: of a spot without a counterpart both are about as far.
_RATIO = 0.9
# In pixels at SIDE: a single pair of spots tells the transform roughly, all of them together well.
_ROUGH_PIXELS, _FINE_PIXELS = 16.0, 4.0
_HYPOTHESES, _REFINEMENTS = 5, 4
# Copies are squeezed and enlarged, but not out of shape.
_LEAST_SCALE, _MOST_SCALE, _MOST_SQUEEZE = 0.2, 5.0, 1.9


@dataclass(frozen=True, eq=False)
class Fit:
    """A transform from one picture to another, and what bears it out.

    Attributes:
        affine: (2, 3), takes pixel positions (x, y, 1) of the first to the second, both at `SIDE`.
        inliers: spots at different places that it takes onto their counterparts.
        matches: pairs of spots that look alike.
    """

    affine: Affine
    inliers: int
    matches: int


def fit(first: LocalFeatures, second: LocalFeatures) -> Fit | None:
    """The transform that takes the most spots of the first picture onto like ones of the second.

    Each pair of like spots gives one transform by its places, sizes and directions, so that all can be tried
    and nothing is left to chance (Philbin et al., "Object retrieval with large vocabularies and fast spatial
    matching", 2007); the best ones are refined on all pairs that agree.

    Returns:
        None where fewer than `FEWEST_INLIERS` pairs agree.
    """
    if min(len(first), len(second)) < FEWEST_INLIERS:
        return None
    ours, theirs = _matches(first.descriptors, second.descriptors)
    if len(ours) < FEWEST_INLIERS:
        return None
    start, end = first.points[ours].astype(np.float64), second.points[theirs].astype(np.float64)
    rough = _agreeing(first, second, ours, theirs)
    best: Fit | None = None
    for inlying in rough:
        found = _refined(start, end, inlying)
        if found is not None and (best is None or found.inliers > best.inliers):
            best = found
    return best


def _matches(
    first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of spots that are each other's nearest by descriptor, and clearly nearer than the next."""
    left, right = first.astype(np.float32), second.astype(np.float32)
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * (left @ right.T)
    nearest, back = squares.argmin(axis=1), squares.argmin(axis=0)
    rows = np.arange(len(first))
    two = np.partition(squares, 1, axis=1)
    clear = (back[nearest] == rows) & (two[:, 0] < _RATIO**2 * two[:, 1])
    return rows[clear], nearest[clear]


def _agreeing(
    first: LocalFeatures, second: LocalFeatures, ours: NDArray[np.intp], theirs: NDArray[np.intp]
) -> list[NDArray[np.bool_]]:
    """Which matches agree with each of the best one-match transforms, best first."""
    scales = second.radii[theirs] / first.radii[ours]
    turns = second.angles[theirs] - first.angles[ours]
    rotations = (scales * np.exp(1j * turns)).astype(np.complex64)
    start = first.points[ours] @ np.array([1, 1j], dtype=np.complex64)
    end = second.points[theirs] @ np.array([1, 1j], dtype=np.complex64)
    moved = rotations[:, None] * (start[None, :] - start[:, None]) + end[:, None]
    sized = np.abs(np.log2(scales[None, :] / scales[:, None])) < 1.0
    turned = np.cos(turns[None, :] - turns[:, None]) > 0.7
    near = (np.abs(moved - end[None, :]) < _ROUGH_PIXELS) & sized & turned
    order = np.argsort(-near.sum(axis=1), kind="stable")[:_HYPOTHESES]
    return [near[row] for row in order if near[row].sum() >= FEWEST_INLIERS]


def _refined(start: Affine, end: Affine, inlying: NDArray[np.bool_]) -> Fit | None:
    homogeneous = np.column_stack([start, np.ones(len(start))])
    affine: Affine | None = None
    for tolerance in np.geomspace(_ROUGH_PIXELS, _FINE_PIXELS, _REFINEMENTS)[1:]:
        if distinct(start[inlying], end[inlying]) < FEWEST_INLIERS:
            return None
        solution = np.linalg.lstsq(homogeneous[inlying], end[inlying], rcond=None)[0]
        affine = np.asarray(solution.T, dtype=np.float64)
        inlying = np.linalg.norm(homogeneous @ solution - end, axis=1) < tolerance
    inliers = distinct(start[inlying], end[inlying])
    if affine is None or inliers < FEWEST_INLIERS or not plausible(affine):
        return None
    return Fit(affine, inliers, len(start))


def distinct(start: Affine, end: Affine) -> int:
    """Pairs at different places: one spot may carry several directions, and is one witness all the same."""
    cells = min(len(np.unique(np.rint(points / 3), axis=0)) for points in (start, end))
    return int(cells)


def plausible(affine: Affine) -> bool:
    """Whether a copy may have been made so: no mirror, no extreme scale, not squeezed to nothing."""
    if np.linalg.det(affine[:, :2]) <= 0:
        return False
    large, small = np.linalg.svd(affine[:, :2], compute_uv=False)
    return bool(small > _LEAST_SCALE and large < _MOST_SCALE and large / small < _MOST_SQUEEZE)
