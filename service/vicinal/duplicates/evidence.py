"""Why two items are held for the same."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Transform:
    """What was done to a picture to get another: mirrored first, then turned, scaled and moved.

    Attributes:
        mirrored: whether left and right were swapped.
        rotation_degrees: clockwise as seen, above -180 to 180.
        scale: of lengths in pixels of the whole pictures.
        squeeze: longest against shortest scale by direction, from 1.
        shift_x: of the centre, as a share of the second picture's width; right is positive.
        shift_y: likewise of its height; down is positive.
        kept: share of the first picture that the second shows, 0 to 1.
        filled: share of the second picture that the first fills, 0 to 1.
    """

    mirrored: bool
    rotation_degrees: float
    scale: float
    squeeze: float
    shift_x: float
    shift_y: float
    kept: float
    filled: float


@dataclass(frozen=True)
class Evidence:
    """What bears out that the second item is a copy of the first.

    Attributes:
        similarity: 0 to 1; for pictures how alike they look once laid on one another, for texts the
            share of characters that stand after normalisation.
        inliers: like spots that lie the same way in both pictures; 0 where nothing was matched.
        transform: what takes the first picture onto the second, if it was looked for.
        kinds: what was done, in words, the most telling first.
    """

    similarity: float
    inliers: int = 0
    transform: Transform | None = None
    kinds: tuple[str, ...] = field(default=())


# Two files with the same bytes, the same pixels, the same normalised text.
SAME_BYTES = Evidence(1.0, kinds=("identical file",))
SAME_PIXELS = Evidence(1.0, kinds=("identical pixels",))
