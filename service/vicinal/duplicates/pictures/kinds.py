"""A transform in words."""

from vicinal.core.duplicates import DuplicateKind, Evidence, Transform

_LEAST_DEGREES = 2.0
_LEAST_ZOOM = 0.06
_LEAST_SQUEEZE = 1.06
_LEAST_SHIFT = 0.03
_CROPPED, _FRAMED = 0.93, 0.93
# Of the likeness after lossy compression alone.
_UNTOUCHED = 0.97


# Words of what moves the content within the picture; others leave it where it was.
_AUGMENTED = ("mirrored", "flipped", "rotated", "moved", "cropped", "framed")


def kind_of(evidence: Evidence) -> DuplicateKind:
    """An augmentation where the content was turned, moved, cut or framed, else a duplicate."""
    moved = any(kind.startswith(_AUGMENTED) for kind in evidence.kinds)
    return DuplicateKind.AUGMENTATION if moved else DuplicateKind.DUPLICATE


def kinds_of(transform: Transform, likeness: float) -> tuple[str, ...]:
    """What was done to a picture, in words, the most telling first.

    >>> plain = Transform(False, 0.2, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0)
    >>> kinds_of(plain, 0.99)
    ('re-encoded or lightly edited',)
    >>> kinds_of(Transform(True, 30.4, 0.5, 1.0, 0.0, 0.0, 1.0, 1.0), 0.99)
    ('mirrored', 'rotated by 30 degrees', 'scaled to 50%')
    """
    words = [*_turned(transform), *_sized(transform), *_cut(transform)]
    if likeness < _UNTOUCHED:
        words.append("edited (noise, blur, light or text)")
    return tuple(words) or ("re-encoded or lightly edited",)


def _turned(transform: Transform) -> list[str]:
    degrees = transform.rotation_degrees
    if transform.mirrored and 180 - abs(degrees) < _LEAST_DEGREES:
        return ["flipped upside down"]
    words = ["mirrored"] if transform.mirrored else []
    if abs(degrees) >= _LEAST_DEGREES:
        words.append(f"rotated by {degrees:.0f} degrees")
    return words


def _sized(transform: Transform) -> list[str]:
    words = []
    if abs(transform.scale - 1) > _LEAST_ZOOM:
        words.append(f"scaled to {transform.scale:.0%}")
    if transform.squeeze > _LEAST_SQUEEZE:
        words.append("squeezed")
    return words


def _cut(transform: Transform) -> list[str]:
    cropped, framed = transform.kept_share < _CROPPED, transform.filled_share < _FRAMED
    shifted = max(abs(transform.shift_x), abs(transform.shift_y)) > _LEAST_SHIFT
    if abs(transform.rotation_degrees) >= _LEAST_DEGREES and not shifted:
        # A turned picture loses its corners and leaves others empty: that is no edit of its own.
        return []
    if cropped and framed and shifted:
        return ["moved"]
    return ["cropped"] * cropped + ["framed"] * framed
