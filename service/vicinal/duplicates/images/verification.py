"""Whether one picture is a duplicate of another, and what was done to it: geometry first, then looks."""

from dataclasses import dataclass
from math import atan2, degrees

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.images.features import LocalFeatures
from vicinal.duplicates.images.picture import Alignment, Picture, align
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind, DuplicateTransform

Affine = NDArray[np.float64]

FEWEST_INLIERS = 6
# Nearest descriptor against second nearest: of a spot without a counterpart both are about as far.
_RATIO = 0.9
# In pixels at SIDE: a single pair of spots tells the transform roughly, all of them together well.
_ROUGH_PIXELS, _FINE_PIXELS = 16.0, 4.0
_HYPOTHESES, _REFINEMENTS = 5, 4
_CELLS_ACROSS = 1 << 20
# Duplicates are squeezed and enlarged, but not out of shape.
_LEAST_SCALE, _MOST_SCALE, _MOST_SQUEEZE = 0.2, 5.0, 1.9

_LEAST_DEGREES = 2.0
_LEAST_ZOOM = 0.06
_LEAST_SQUEEZE = 1.06
_LEAST_SHIFT = 0.03
_CROPPED, _FRAMED = 0.93, 0.93
# Of the likeness after lossy compression alone.
_UNTOUCHED = 0.97

# Words of what moves the content within the picture; others leave it where it was.
_AUGMENTED = ("mirrored", "flipped", "rotated", "moved", "cropped", "framed")

LEAST_LIKENESS = 0.88
"""Nearly all duplicates by rotation, crop, noise, blur or a frame were at 0.88 and above, other pictures of
the same thing at 0.86 and below (864 pictures with known duplicates)."""


@dataclass(frozen=True, eq=False)
class AffineFit:
    """A transform from one picture to another, and what bears it out.

    Attributes:
        affine: (2, 3), takes pixel positions (x, y, 1) of the first to the second, both at `SIDE`.
        inliers: spots at different places that it takes onto their counterparts.
        matches: pairs of spots that look the same.
    """

    affine: Affine
    inliers: int
    matches: int


def fit(first: LocalFeatures, second: LocalFeatures, *, above: int = 0) -> AffineFit | None:
    """The transform that takes the most spots of the first picture onto like ones of the second.

    Each pair of like spots gives one transform by its places, sizes and directions, so that all can be tried
    and nothing is left to chance (Philbin et al., "Object retrieval with large vocabularies and fast spatial
    matching", 2007); the best ones are refined on all pairs that agree.

    Args:
        first: features of one picture.
        second: of the other.
        above: a fit with no more inliers than this is of no interest.

    Returns:
        None where fewer than `FEWEST_INLIERS` pairs agree, or where no more than `above` can.
    """
    if min(len(first), len(second)) < FEWEST_INLIERS:
        return None
    ours, theirs = _matches(first.descriptors, second.descriptors)
    if len(ours) < max(FEWEST_INLIERS, above + 1):
        return None
    spots = _Spots.matched(first, second, ours, theirs)
    best: AffineFit | None = None
    for inlying in _agreeing(first, second, ours, theirs):
        found = _refined(spots, inlying)
        if found is not None and (best is None or found.inliers > best.inliers):
            best = found
    return best


def _matches(
    first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of spots that are each other's nearest by descriptor, and clearly nearer than the next."""
    left, right = first.astype(np.float32), second.astype(np.float32)
    # Whole numbers that float32 holds exactly, in whatever order they are added.
    squares = left @ right.T
    squares *= -2
    squares += np.einsum("ij,ij->i", left, left)[:, None]
    squares += np.einsum("ij,ij->i", right, right)
    nearest, back = squares.argmin(axis=1), squares.argmin(axis=0)
    mutual = np.flatnonzero(back[nearest] == np.arange(len(first)))
    others = squares[mutual]
    places = np.arange(len(mutual)), nearest[mutual]
    least = others[places]
    others[places] = np.inf
    clear = mutual[least < _RATIO**2 * others.min(axis=1, initial=np.inf)]
    return clear, nearest[clear]


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
    counts = near.sum(axis=1)
    order = np.argsort(-counts, kind="stable")[:_HYPOTHESES]
    # What the same matches agree with need not be refined twice.
    different = {near[row].tobytes(): near[row] for row in order if counts[row] >= FEWEST_INLIERS}
    return list(different.values())


@dataclass(frozen=True, eq=False)
class _Spots:
    """Matched spots of two pictures.

    Attributes:
        start: (n, 3) x, y and 1 in the first picture.
        end: (n, 2) x and y in the second.
        cells: (2, n) int64, the same for spots at the same place in the first picture, and in the second.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    cells: NDArray[np.int64]

    @classmethod
    def matched(
        cls,
        first: LocalFeatures,
        second: LocalFeatures,
        ours: NDArray[np.intp],
        theirs: NDArray[np.intp],
    ) -> "_Spots":
        start, end = first.points[ours].astype(np.float64), second.points[theirs].astype(np.float64)
        return cls(np.column_stack([start, np.ones(len(start))]), end, np.stack([_cells(start), _cells(end)]))

    def distinct(self, inlying: NDArray[np.bool_]) -> int:
        """Pairs at different places: a spot of several directions is one witness all the same."""
        ordered = np.sort(self.cells[:, inlying], axis=1)
        if not ordered.shape[1]:
            return 0
        return int((ordered[:, 1:] != ordered[:, :-1]).sum(axis=1).min()) + 1


def _cells(points: Affine) -> NDArray[np.int64]:
    """(n,) a number for each 3 by 3 pixels."""
    places = np.rint(points / 3).astype(np.int64)
    cells: NDArray[np.int64] = places[:, 0] * _CELLS_ACROSS + places[:, 1]
    return cells


def _refined(spots: _Spots, inlying: NDArray[np.bool_]) -> AffineFit | None:
    affine: Affine | None = None
    for tolerance in np.geomspace(_ROUGH_PIXELS, _FINE_PIXELS, _REFINEMENTS)[1:]:
        if spots.distinct(inlying) < FEWEST_INLIERS:
            return None
        solution = np.linalg.lstsq(spots.start[inlying], spots.end[inlying], rcond=None)[0]
        affine = np.asarray(solution.T, dtype=np.float64)
        inlying = np.linalg.norm(spots.start @ solution - spots.end, axis=1) < tolerance
    inliers = spots.distinct(inlying)
    if affine is None or inliers < FEWEST_INLIERS or not plausible(affine):
        return None
    return AffineFit(affine, inliers, len(spots.end))


def plausible(affine: Affine) -> bool:
    """Whether a duplicate may have been made so: no mirror, no extreme scale, not squeezed to nothing."""
    if np.linalg.det(affine[:, :2]) <= 0:
        return False
    large, small = np.linalg.svd(affine[:, :2], compute_uv=False)
    return bool(small > _LEAST_SCALE and large < _MOST_SCALE and large / small < _MOST_SQUEEZE)


def kind_of(evidence: DuplicateEvidence) -> DuplicateKind:
    """An augmentation where the content was turned, moved, cut or framed, else a duplicate."""
    moved = any(kind.startswith(_AUGMENTED) for kind in evidence.kinds)
    return DuplicateKind.AUGMENTATION if moved else DuplicateKind.DUPLICATE


def kinds_of(transform: DuplicateTransform, likeness: float) -> tuple[str, ...]:
    """What was done to a picture, in words, the most telling first.

    >>> plain = DuplicateTransform(False, 0.2, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0)
    >>> kinds_of(plain, 0.99)
    ('re-encoded or lightly edited',)
    >>> kinds_of(DuplicateTransform(True, 30.4, 0.5, 1.0, 0.0, 0.0, 1.0, 1.0), 0.99)
    ('mirrored', 'rotated by 30 degrees', 'scaled to 50%')
    """
    words = [*_turned(transform), *_sized(transform), *_cut(transform)]
    if likeness < _UNTOUCHED:
        words.append("edited (noise, blur, light or text)")
    return tuple(words) or ("re-encoded or lightly edited",)


def _turned(transform: DuplicateTransform) -> list[str]:
    degrees = transform.rotation_degrees
    if transform.mirrored and 180 - abs(degrees) < _LEAST_DEGREES:
        return ["flipped upside down"]
    words = ["mirrored"] if transform.mirrored else []
    if abs(degrees) >= _LEAST_DEGREES:
        words.append(f"rotated by {degrees:.0f} degrees")
    return words


def _sized(transform: DuplicateTransform) -> list[str]:
    words = []
    if abs(transform.scale - 1) > _LEAST_ZOOM:
        words.append(f"scaled to {transform.scale:.0%}")
    if transform.squeeze > _LEAST_SQUEEZE:
        words.append("squeezed")
    return words


def _cut(transform: DuplicateTransform) -> list[str]:
    cropped, framed = transform.kept_share < _CROPPED, transform.filled_share < _FRAMED
    shifted = max(abs(transform.shift_x), abs(transform.shift_y)) > _LEAST_SHIFT
    if abs(transform.rotation_degrees) >= _LEAST_DEGREES and not shifted:
        # A turned picture loses its corners and leaves others empty: that is no edit of its own.
        return []
    if cropped and framed and shifted:
        return ["moved"]
    return ["cropped"] * cropped + ["framed"] * framed


def verify(first: Picture, second: Picture) -> DuplicateEvidence | None:
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
) -> DuplicateEvidence:
    transform = describe(start, second, found.affine, alignment, mirrored)
    return DuplicateEvidence(
        round(alignment.likeness, 4), found.inliers, transform, kinds_of(transform, alignment.likeness)
    )


def describe(
    start: Picture, second: Picture, affine: Affine, alignment: Alignment, mirrored: bool
) -> DuplicateTransform:
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
    return DuplicateTransform(
        mirrored,
        degrees(atan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])),
        float(np.sqrt(large * small)) * start.scale / second.scale,
        float(large / small),
        float(centre[0] / second.width - 0.5),
        float(centre[1] / second.height - 0.5),
        alignment.kept,
        alignment.filled,
    )
