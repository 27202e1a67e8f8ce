"""Values of cells and arrays as texts: ids, labels, contents, metadata, from every kind of file alike."""

import datetime
import json
import math
import os
import re

import numpy as np

from vicinal.core.field_rules import (
    CONTROL_CHARACTER,
    MAX_ITEM_ID_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    normalise_label,
)

_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOWN_CHARACTERS = 80


class ValueFault(ValueError):
    """A value cannot be used; the message says why and what to do, and the caller says where."""


def as_text(value: object) -> str:
    """A value as a text; what is missing (None, NaN, NaT) is an empty text.

    Byte strings are read as UTF-8, truth values are `true` and `false`, times are in ISO 8601, lists and
    objects are JSON.

    Raises:
        ValueFault: the bytes are no UTF-8, or the text cannot be written as UTF-8.

    >>> as_text(b"cat"), as_text(5.0), as_text(True), as_text(["x"]), as_text(float("nan"))
    ('cat', '5.0', 'true', '["x"]', '')
    """
    if isinstance(value, str):
        return value if type(value) is str and value.isascii() else _checked(value)
    if is_missing(value):
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        return _decoded(bytes(value))
    if isinstance(value, list | tuple | dict):
        return _checked(_as_json(value))
    return _checked(_scalar_text(value))


def name_of(value: object) -> str:
    """An id or a label as a text: as `as_text`, and a whole number is written without a point.

    A column of whole numbers in which one is missing is a column of floating point in pandas and numpy: 5.0
    stands for 5 there.

    Raises:
        ValueFault: as for `as_text`.

    >>> name_of(5.0), name_of(5), name_of(0.5), name_of("5.0")
    ('5', '5', '0.5', '5.0')
    """
    if type(value) is str:  # nearly always
        return as_text(value)
    if isinstance(value, float | np.floating) and math.isfinite(value) and float(value).is_integer():
        return str(int(value))
    return as_text(value)


def text_of(value: object, where: str) -> str:
    """A text to embed, to compare or to classify; empty where nothing is there.

    Args:
        value: of a cell.
        where: the value is, such as "column 'text'", for the message.

    Raises:
        ValueFault: it is a list or an object, or cannot be written as UTF-8.
    """
    if type(value) is str and value.isascii():  # nearly always
        return value
    if isinstance(value, list | tuple | dict):
        raise ValueFault(f"{where} holds {type(value).__name__}, and no text; name another column")
    try:
        return as_text(value)
    except ValueFault as error:
        raise ValueFault(f"{where}: {error}") from error


def item_id_of(value: object, where: str) -> str:
    """The id of an item, checked as a server checks it.

    Args:
        value: of a cell.
        where: the value is, such as "column 'id'", for the message.

    Raises:
        ValueFault: it is missing, too long, or holds what an id must not.
    """
    # Most are plain, and need no more.
    if type(value) is str and 0 < len(value) <= MAX_ITEM_ID_CHARACTERS and _is_plain(value):
        return value
    return _checked_name(_named(value, where), where, "id", MAX_ITEM_ID_CHARACTERS)


def label_of(value: object, where: str) -> str:
    r"""A label in the form that labels are kept in, checked likewise.

    Raises:
        ValueFault: as for `item_id_of`.

    >>> label_of(" cafe\u0301\n", "column 'label'")
    'café'
    """
    # Most are plain, and need no more.
    if type(value) is str and 0 < len(value) <= MAX_LABEL_CHARACTERS and _is_plain(value):
        return normalise_label(value)
    return _checked_name(normalise_label(_named(value, where)), where, "label", MAX_LABEL_CHARACTERS)


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, or an empty text."""
    if type(value) is str:  # nearly always
        return not value
    return value is None or (isinstance(value, str | bytes) and not value) or _is_nan(value)


def printable(text: str) -> str:
    r"""A text that every file and terminal of UTF-8 takes: halves of surrogate pairs are written as escapes.

    >>> print(printable("half \ud83d"))
    half \ud83d
    """
    return text.encode(errors="backslashreplace").decode() if _SURROGATE.search(text) else text


def one_line(name: str) -> str:
    r"""A file's name in one line, with signs in place of what cannot be printed or is not UTF-8.

    >>> one_line("a\nb.jpg")
    'a\\nb.jpg'
    """
    try:
        shown = os.fsencode(name).decode(errors="replace")
    except UnicodeEncodeError:
        shown = name.encode(errors="replace").decode()
    return CONTROL_CHARACTER.sub(lambda found: repr(found.group())[1:-1], shown)


def located(fault: str, number: int) -> str:
    """A fault with the number of its row in it.

    >>> located("the row has 1 columns, the first line 2; mend the row", 7)
    'row 7 has 1 columns, the first line 2; mend the row'
    >>> located("column 'text' is empty", 7)
    "row 7: column 'text' is empty"
    """
    for subject in ("row", "line"):
        if fault.startswith(f"the {subject} "):
            return f"{subject} {number} {fault.removeprefix(f'the {subject} ')}"
    return f"row {number}: {fault}"


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not text.isspace()


def _named(value: object, where: str) -> str:
    try:
        return name_of(value)
    except ValueFault as error:
        raise ValueFault(f"{where}: {error}") from error


def _checked_name(text: str, where: str, what: str, most_characters: int) -> str:
    if not text.strip():
        raise ValueFault(f"the row has no {what} in {where}; give it one")
    if len(text) > most_characters:
        raise ValueFault(
            f"the {what} in {where} has {len(text)} characters; at most {most_characters} are allowed"
        )
    if CONTROL_CHARACTER.search(text):
        shown = text[:_SHOWN_CHARACTERS]
        raise ValueFault(f"the {what} {shown!r} in {where} has a control character in it; take it out")
    return text


def _scalar_text(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _is_nan(value: object) -> bool:
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    return isinstance(value, np.datetime64 | np.timedelta64) and bool(np.isnat(value))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise ValueFault(
            f"the bytes {raw[:_SHOWN_CHARACTERS]!r} are not UTF-8 (byte {error.start}); save them as UTF-8"
        ) from error


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError as error:
        raise ValueFault("its value is nested too deeply; leave it out") from error


def _checked(text: str) -> str:
    if not _SURROGATE.search(text):
        return str(text)  # numpy has texts of its own
    found = _SURROGATE.findall(text)
    if all("\udc80" <= each <= "\udcff" for each in found):
        raise ValueFault("its text is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)")
    raise ValueFault(
        f"its text holds half of a surrogate pair ({printable(found[0])} at character "
        f"{text.index(found[0]) + 1}), which is no Unicode; mend it or leave it out"
    )
