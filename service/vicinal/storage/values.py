"""Single values as they are read from a database or an archive: of the right type and range, or refused.

Whoever wrote them, a database column or a line of JSON can hold anything. Messages name the column and what
it should hold, never what it holds: that may be anybody's text, and messages end up in logs.
"""

import json
from typing import Any

from vicinal.core.field_rules import MAX_METADATA_BYTES, is_moment, is_real, is_text, is_unicode

INT64_MAX = 2**63 - 1


def text(value: object, column: str, max_characters: int, *, optional: bool = False) -> str:
    """A short text.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, str) and ((optional and not value) or is_text(value, max_characters)):
        return value
    raise ValueError(f"{column} is {_kind(value)}, not a text of 1 to {max_characters} characters")


def whole(value: object, column: str, least: int = 0, most: int = INT64_MAX) -> int:
    """A whole number of that range.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise ValueError(f"{column} is {_kind(value)}, not a whole number from {least} to {most}")


def flag(value: object, column: str) -> bool:
    """0 or 1, as databases keep truth values.

    Raises:
        ValueError: it is something else.
    """
    return bool(whole(value, column, 0, 1))


def truth(value: object, column: str) -> bool:
    """A truth value, as JSON has it.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, bool):
        return value
    raise ValueError(f"{column} is {_kind(value)}, not true or false")


def real(value: object, column: str, least: float, most: float) -> float:
    """A finite number of that range.

    Raises:
        ValueError: it is none.
    """
    if is_real(value, least, most):
        return float(value)  # type: ignore[arg-type]
    raise ValueError(f"{column} is {_kind(value)}, not a number from {least:g} to {most:g}")


def moment(value: object, column: str) -> float:
    """Seconds since the epoch.

    Raises:
        ValueError: it is no time that could be shown.
    """
    if is_moment(value):
        return float(value)  # type: ignore[arg-type]
    raise ValueError(f"{column} is {_kind(value)}, not seconds since the epoch up to the year 9999")


def raw(value: object, column: str) -> bytes:
    """Bytes.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, bytes):
        return value
    raise ValueError(f"{column} is {_kind(value)}, not bytes")


def entry(value: dict[str, Any], name: str) -> Any:
    """A field of a JSON object.

    Raises:
        ValueError: it is missing.
    """
    if name not in value:
        raise ValueError(f"{name} is missing")
    return value[name]


def array(value: object, column: str, most: int) -> list[Any]:
    """A JSON array of at most so many entries.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, list) and len(value) <= most:
        return value
    raise ValueError(f"{column} is {_kind(value)}, not a list of at most {most} entries")


def mapping(value: object, column: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, dict):
        return value
    raise ValueError(f"{column} is {_kind(value)}, not a JSON object")


def from_json(value: object, column: str) -> Any:
    """What a column of JSON text says.

    Raises:
        ValueError: it is no JSON.
    """
    if not isinstance(value, str):
        raise ValueError(f"{column} is {_kind(value)}, not JSON as text")
    try:
        return json.loads(value)
    except RecursionError:
        raise ValueError(f"{column} is nested too deeply") from None
    except ValueError:
        raise ValueError(f"{column} is not JSON") from None


def only(value: dict[str, Any], names: frozenset[str], column: str) -> None:
    """Sees to it that a JSON object has no fields but these.

    Raises:
        ValueError: it has others.
    """
    if value.keys() - names:
        raise ValueError(f"{column} has fields that are not known")


def plain(value: object, column: str) -> str:
    """A text of any characters that can be written down, such as a value of metadata.

    Raises:
        ValueError: it is none, or longer than metadata may be.
    """
    if isinstance(value, str) and len(value) <= MAX_METADATA_BYTES and is_unicode(value):
        return value
    raise ValueError(f"{column} is {_kind(value)}, not a text of at most {MAX_METADATA_BYTES} bytes")


def _kind(value: object) -> str:
    """What it is, without its content."""
    if value is None:
        return "empty"
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "another value")


# A truth value is a whole number, too.
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a truth value"),
    (int, "another whole number"),
    (float, "another number"),
    (str, "another text"),
    (bytes, "bytes"),
    (list, "another list"),
)
