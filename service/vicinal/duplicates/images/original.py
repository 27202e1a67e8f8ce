"""Which of several duplicates to keep."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from math import floor, log

import cv2
import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.grouping import Keep
from vicinal.duplicates.images.picture import Picture
from vicinal.duplicates.images.reading import Quality, sharpness
from vicinal.records.duplicates import DuplicateTransform

# Grey levels that are black in a photo only where a turned or moved picture left nothing.
_BLACK = 3
_SIDE = 48
_DEGREES, _SHIFT, _WHOLE = 5.0, 0.05, 0.93
# Two pictures of which one shows so many times what the other does show as much.
_AS_MUCH, _AS_MUCH_OF_MANY, _PAIR = 1.15, 1.35, 2
# A picture that is so much larger and so much less sharp than another was made from that one.
_LARGER, _LESS_SHARP, _ENLARGED_SHOWS = 1.2, 0.92, 1.35
_MORE_NOISE, _SHARP = 4.5, 0.6
_SHARPENED, _MOST = 1.3, 0.75
_GREY_SHARE = 0.5
_RING, _FLAT = 2, 6.0


def choose_representative(
    pictures: Mapping[int, Picture],
    seen_from: Mapping[int, DuplicateTransform | None],
    keep: Keep = Keep.BEST,
) -> int:
    """The one of several duplicates to keep.

    Args:
        pictures: the duplicates, under smaller numbers those that were there first.
        seen_from: what takes one and the same of them to each other one; None for that one itself.
        keep: which one.

    Returns:
        One of the keys.
    """
    match keep:
        case Keep.BEST:
            return likely_original(
                {item: pictures[item] for item in pictures if item in seen_from}, seen_from
            )
        case Keep.LARGEST:
            quality = _qualities(pictures)
            return max(pictures, key=lambda item: (_pixels(pictures[item]), _steepness(quality[item]), -item))
        case Keep.SHARPEST:
            quality = _qualities(pictures)
            return max(pictures, key=lambda item: (_steepness(quality[item]), _pixels(pictures[item]), -item))
        case Keep.OLDEST:
            return min(pictures)


def _steepness(quality: Quality) -> float:
    return round(quality.sharpness, 2)


def likely_original(
    pictures: Mapping[int, Picture], seen_from: Mapping[int, DuplicateTransform | None]
) -> int:
    """The picture that lies as most of them do, is whole, and has lost the least.

    Duplicates are turned and cut in many ways and the original in none, so that most lie as it does. Where
    all lie differently, what has the least black has no empty corners, and what shows more is no part of the
    other. Of those, noise, missing colour, blur and a smaller size are signs of a duplicate, then what
    differs from the mean of all.

    Args:
        pictures: the duplicates, under smaller numbers those that were there first.
        seen_from: what takes one and the same of them to each other one; None for that one itself.

    Returns:
        One of the keys.
    """
    pictures = dict(sorted(pictures.items()))
    frames = {item: _frame(seen_from[item]) for item in pictures}
    lying = Counter(frames.values())
    votes = max(lying.values())
    if votes > 1:
        usual = next(frame for frame in frames.values() if lying[frame] == votes)
        return _least_lost(
            [item for item in pictures if frames[item] == usual], pictures, typical=votes > _PAIR
        )
    black = {item: round(_black_share(picture), 1) for item, picture in pictures.items()}
    whole = _wholeness(pictures, seen_from)
    best = max((-black[item], whole[item]) for item in pictures)
    upright = [item for item in pictures if (-black[item], whole[item]) == best]
    return _least_lost(upright, pictures, typical=False)


def _least_lost(items: Sequence[int], pictures: Mapping[int, Picture], *, typical: bool) -> int:
    """Finds the picture that is nearest to the original; the first one where they do not differ.

    Args:
        items: those that it may be.
        pictures: all.
        typical: whether they lie the same way, so that they have a mean.
    """
    chosen = {item: pictures[item] for item in items}
    quality = _qualities(chosen)
    shown = {item: _shown(chosen[item], quality[item]) for item in items}
    # Blur takes the noise of the original with it.
    sharp = [item for item in items if shown[item] >= _SHARP * max(shown.values())]
    noise = _MORE_NOISE + min(quality[item].noise for item in sharp)
    colour = _GREY_SHARE * max(each.colour for each in quality.values())
    enlarged = _enlarged(chosen, quality, shown)
    lost = {
        item: (
            quality[item].noise > noise,
            quality[item].colour < colour,
            item in enlarged,
        )
        for item in items
    }
    best = max(shown[item] for item in items if lost[item] == min(lost.values()))
    if typical:
        # One that was sharpened shows more than all others.
        best = min(best, _SHARPENED * float(np.quantile(list(shown.values()), _MOST)))
    fits = _fits_to_mean(chosen) if typical else dict.fromkeys(items, 0.0)
    texture = {item: _texture(picture.thumbnail) for item, picture in chosen.items()}
    middling = float(np.median(list(texture.values())))
    return min(
        items,
        key=lambda item: (
            *lost[item],
            max(0, floor(log(best / shown[item], _AS_MUCH_OF_MANY if typical else _AS_MUCH))),
            -round(fits[item], 2),
            round(abs(np.log2(texture[item] / middling)), 1),
            -_pixels(chosen[item]),
            item,
        ),
    )


def _texture(thumbnail: NDArray[np.uint8]) -> float:
    return float(cv2.Laplacian(thumbnail, cv2.CV_32F).std()) + 1.0


def _shown(picture: Picture, quality: Quality) -> float:
    """How much a picture shows: its size, as far as it is sharp.

    Sharpness counts twice, since an enlarged picture has edges that are nearly as sharp as its pixels allow.
    """
    return max(1e-9, max(picture.width, picture.height) / picture.scale * max(quality.sharpness, 1e-3) ** 2)


def _enlarged(
    pictures: Mapping[int, Picture], quality: Mapping[int, Quality], shown: Mapping[int, float]
) -> set[int]:
    """The pictures that are larger than another one that shows as much."""
    items = list(pictures)
    scale = np.array([pictures[item].scale for item in items])
    sharpness_of = np.array([quality[item].sharpness for item in items])
    shows = np.array([shown[item] for item in items])
    return {
        item
        for row, item in enumerate(items)
        if np.any(
            (scale[row] * _LARGER < scale)
            & (sharpness_of[row] < _LESS_SHARP * sharpness_of)
            & (shows[row] < _ENLARGED_SHOWS * shows)
        )
    }


def _qualities(pictures: Mapping[int, Picture]) -> dict[int, Quality]:
    """Of pictures that are compared: of all as they came, or of all as little as is known of some."""
    known = {item: picture.quality for item, picture in pictures.items() if picture.quality is not None}
    if len(known) == len(pictures):
        return known
    return {item: Quality(sharpness(picture.thumbnail), 0.0, 0.0) for item, picture in pictures.items()}


def _pixels(picture: Picture) -> int:
    return round(picture.width / picture.scale) * round(picture.height / picture.scale)


def _frame(found: DuplicateTransform | None) -> Hashable:
    """The same for two pictures that lie the same way."""
    if found is None:
        return (False, 0, 0, 0, True, True)
    turns = round(found.rotation_degrees / _DEGREES) % round(360 / _DEGREES)
    shifts = (round(found.shift_x / _SHIFT), round(found.shift_y / _SHIFT))
    return (found.mirrored, turns, *shifts, found.kept_share > _WHOLE, found.filled_share > _WHOLE)


def _wholeness(
    pictures: Mapping[int, Picture], seen_from: Mapping[int, DuplicateTransform | None]
) -> dict[int, int]:
    """1 for what shows more than the picture that all are seen from, -1 for less; a frame shows nothing."""
    start = next((item for item in pictures if seen_from[item] is None), None)
    is_framed = start is not None and _has_flat_edge(pictures[start])
    whole = {}
    for item, picture in pictures.items():
        found = seen_from[item]
        shows_less = found is not None and found.kept_share <= _WHOLE < found.filled_share
        shows_more = found is not None and found.filled_share <= _WHOLE < found.kept_share
        more = 1 if shows_more and not _has_flat_edge(picture) else 0
        whole[item] = more - (shows_more and not more) + (1 if is_framed else -1) * shows_less
    return whole


def _has_flat_edge(picture: Picture) -> bool:
    seen = picture.thumbnail
    sides = (seen[:_RING], seen[-_RING:], seen[:, :_RING], seen[:, -_RING:])
    return all(float(side.std()) < _FLAT for side in sides)


def _black_share(picture: Picture) -> float:
    return float((picture.thumbnail <= _BLACK).mean())


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
