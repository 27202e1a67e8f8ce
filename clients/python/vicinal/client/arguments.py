"""What callers give, in whatever types their data have, as what the wire carries: texts and float32."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.client.errors import wrong_argument

Vectors = NDArray[np.float32]
# An image file's bytes, a text, or a vector.
Content = bytes | str | NDArray[np.floating] | Sequence[float]

# Where rounding to float32 moves rows by more than this part of their spread, it hides their differences.
_MOST_ROUNDING = 0.1
# Two rows may well be duplicates of each other.
_LEAST_ROWS = 3


@dataclass(frozen=True, eq=False)
class NewItem:
    """An item to add.

    Attributes:
        item_id: unique in the pool, 1 to 256 characters.
        content: an image file's bytes, a text, or a vector (dimension,).
        metadata: kept and handed back with the item: a path, a URL, a title.
        holdout: keeps it to measure on; its label is never learned from.
        gold_label: its true label, to check annotators by; they get it like any other item, and what they say
            of it is not learned from.
    """

    item_id: str
    content: Content
    metadata: Mapping[str, str] = field(default_factory=dict)
    holdout: bool = False
    gold_label: str = ""


def text(value: object, field: str) -> str:
    """An id, label or name as its text; whole numbers, Python's and numpy's, are written as such.

    Raises:
        InvalidArgumentError: at `field`, if it is of another type, whose text may not be what was meant.

    >>> text("a", "item_id"), text(5, "item_id"), text(np.int64(7), "label")
    ('a', '5', '7')
    """
    if isinstance(value, str):
        # Of an enum of texts, its text, and not its name.
        return str.__str__(value)
    if isinstance(value, bool | np.bool_):
        raise wrong_argument(field, f"is {value}, a truth value; give the text that you mean, such as 'yes'")
    if isinstance(value, Integral):
        return str(index(value))
    if isinstance(value, bytes | bytearray):
        raise wrong_argument(field, f"is of bytes ({bytes(value)[:40]!r}); decode them to a text first")
    if isinstance(value, Real) and value != value:  # noqa: PLR0124 - NaN alone is not itself
        raise wrong_argument(field, "is NaN, which stands for a missing value; leave it out, or give a text")
    if isinstance(value, Real):
        raise wrong_argument(
            field, f"is the number {value}; give the text that you mean, such as '{value:g}'"
        )
    if value is None:
        raise wrong_argument(field, "is None; give a text")
    raise wrong_argument(field, f"must be a text or a whole number, not {type(value).__name__}")


def texts(values: Iterable[object], field: str, of: str = "ids") -> list[str]:
    """Several ids, words or names; a single one would be taken apart into its characters.

    Raises:
        InvalidArgumentError: at `field`, or at the one of them that is no text.
    """
    if isinstance(values, str | bytes):
        raise wrong_argument(field, f"must be a list of {of}, not the single one {values!r}")
    if not isinstance(values, Iterable):
        raise wrong_argument(field, f"must be a list of {of}, not {type(values).__name__}")
    return [text(value, f"{field}[{row}]") for row, value in enumerate(values)]


def pairs(labels: Mapping[Any, object], field: str = "labels") -> list[tuple[str, str]]:
    """Item ids with their labels, of a mapping or of a Series of pandas.

    Raises:
        InvalidArgumentError: at `field`, naming the item that is at fault.
    """
    if not hasattr(labels, "items"):
        raise wrong_argument(field, f"must map item ids to labels, not be {type(labels).__name__}")
    return [
        (text(item_id, f"{field}[{row}].item_id"), text(label, f"{field}[{row}].label (of item {item_id!r})"))
        for row, (item_id, label) in enumerate(labels.items())
    ]


def metadata(values: Mapping[Any, object], field: str) -> dict[str, str]:
    """What is to be kept with an item.

    Raises:
        InvalidArgumentError: at `field`, naming the key at fault.
    """
    if not values:
        return {}
    if not hasattr(values, "items"):
        raise wrong_argument(field, f"must map names to texts, not be {type(values).__name__}")
    return {text(key, f"{field} key"): text(value, f"{field}[{key!r}]") for key, value in values.items()}


def vector(value: object, field: str) -> Vectors:
    """(dimension,) little-endian float32 of a vector given as an array, a list, or what numpy makes one of.

    Raises:
        InvalidArgumentError: at `field`, if it is no row of real numbers.
    """
    array = _numbers(value, field)
    if array.ndim != 1:
        raise wrong_argument(field, f"a vector must have one axis, this array has shape {array.shape}")
    return _as_float32(array)


def vectors(values: object, count: int) -> Vectors:
    """(count, dimension) float32, checked as a whole.

    Raises:
        InvalidArgumentError: at `vectors`, if they have another shape, are no real numbers, or are rows that
            float32 cannot tell apart.
    """
    rows = _numbers(values, "vectors")
    if rows.ndim != 2 or len(rows) != count:
        raise wrong_argument("vectors", f"must be ({count}, dimension) for the ids, not {rows.shape}")
    _check_resolution(rows)
    return _as_float32(rows)


def is_vector(value: object) -> bool:
    """Whether a content is meant as a vector: an array of some library, or a list of numbers."""
    return isinstance(value, list | tuple) or hasattr(value, "__array__")


def _numbers(value: object, field: str) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise wrong_argument(field, f"cannot be read as an array of numbers ({error})") from error
    if array.dtype.kind not in "fiu":
        raise wrong_argument(field, f"must be real numbers, not {array.dtype}")
    return array


def _as_float32(array: NDArray[Any]) -> Vectors:
    # What is beyond float32 becomes infinite, which the service refuses for that item alone.
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype="<f4")


def _check_resolution(rows: NDArray[Any]) -> None:
    if rows.dtype.itemsize < 4 or rows.dtype == np.float32 or len(rows) < _LEAST_ROWS:
        return
    with np.errstate(over="ignore", invalid="ignore"):
        wide = rows.astype(np.float64)
        moved = ((wide.astype(np.float32) - wide) ** 2).sum()
        apart = wide - wide[0]
        spread = ((apart - apart.mean(axis=0)) ** 2).sum()
    if np.isfinite(moved) and moved > _MOST_ROUNDING**2 * spread > 0:
        raise wrong_argument("vectors", "differ by less than float32 can hold; subtract their mean first")
