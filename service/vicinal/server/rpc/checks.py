"""Checks of single fields. All wrong fields of a request are collected before it is refused."""

import math
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration

from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import (
    CONTROL_CHARACTER,
    MAX_ITEM_ID_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_METADATA_BYTES,
    MAX_METADATA_ENTRIES,
    MAX_NAME_CHARACTERS,
    MAX_VIOLATIONS,
    POOL_ID,
    normalise_label,
)
from vicinal.core.scoring.strategies import STRATEGIES
from vicinal.records.errors import Violation
from vicinal.wire.codecs import NUMBERS

E = TypeVar("E", bound=StrEnum)

MAX_PAGE = 1000
DEFAULT_PAGE = 100
MAX_REQUEST_ID_CHARACTERS = 128
REQUEST_ID = re.compile(rf"[!-~]{{1,{MAX_REQUEST_ID_CHARACTERS}}}")
# A longer label or name is refused without normalising it.
_LONGEST_TO_LOOK_AT = 4096


class Checks:
    """Collects the wrong fields of one request or item.

    Each check returns the value it was given, so that it can stand where the value is used.

    >>> checks = Checks()
    >>> checks.pool_id("fruits"), checks.text("", "label", 10)
    ('fruits', '')
    >>> checks.raise_if_any()
    Traceback (most recent call last):
    ...
    vicinal.core.errors.InvalidInput: label: is empty; give 1 to 10 characters
    """

    def __init__(self) -> None:
        self._violations: list[Violation] = []
        self._unnamed = 0

    def wrong(self, field: str, description: str) -> None:
        """Adds a wrong field; of very many, only the first are named."""
        if len(self._violations) < MAX_VIOLATIONS:
            self._violations.append(Violation(field, description))
        else:
            self._unnamed += 1

    def raise_if_any(self) -> None:
        """Refuses the request if a check failed.

        Raises:
            InvalidInput: with the wrong fields, and how many there are.
        """
        if self._violations:
            raise InvalidInput.of(self._violations, self._unnamed)

    def pool_id(self, value: str, field: str = "pool_id") -> str:
        """Checks the id of a pool."""
        if not POOL_ID.fullmatch(value):
            self.wrong(
                field,
                f"{value[:80]!r} is no pool id: give 1 to 64 of the characters a-z A-Z 0-9 . _ -, "
                "beginning with a letter or digit",
            )
        return value

    def request_id(self, value: str) -> str:
        """Checks the id of a request; empty is allowed."""
        if value and not REQUEST_ID.fullmatch(value):
            self.wrong(
                "request_id", "give 1 to 128 visible ASCII characters, such as a UUID, or leave it unset"
            )
        return value

    def item_id(self, value: str, field: str = "item_id") -> str:
        """Checks the id of an item."""
        return self.text(value, field, MAX_ITEM_ID_CHARACTERS)

    def ids(self, values: Sequence[str], field: str, limit: int) -> list[str]:
        """Checks a list of item or lease ids: some, not too many, each well-formed."""
        self.count(len(values), field, limit)
        return [self.item_id(value, f"{field}[{row}]") for row, value in enumerate(values[:limit])]

    def label(self, value: str, field: str) -> str:
        """Checks a label; returns it in the form in which labels are stored."""
        return self._name(value, field, MAX_LABEL_CHARACTERS)

    def annotator(self, value: str, field: str = "annotator", *, optional: bool = True) -> str:
        """Checks the name of an annotator; returns it in the form in which labels are stored."""
        return self._name(value, field, MAX_NAME_CHARACTERS) if value or not optional else value

    def classes(self, values: Sequence[str], field: str, limit: int) -> tuple[str, ...]:
        """Checks the classes of a pool, each once; returns them in the form in which labels are stored."""
        if len(values) > limit:
            self.wrong(field, f"has {len(values)} entries; at most {limit} are allowed")
        first_of: dict[str, str] = {}
        for row, value in enumerate(values[:limit]):
            label = self.label(value, f"{field}[{row}]")
            if label in first_of:
                same = "" if value == first_of[label] else f" (as {first_of[label][:80]!r})"
                self.wrong(f"{field}[{row}]", f"{value[:80]!r} is named twice{same}; name each class once")
            first_of.setdefault(label, value)
        return tuple(first_of)

    def _name(self, value: str, field: str, max_characters: int) -> str:
        if len(value) > _LONGEST_TO_LOOK_AT:
            return self.text(value, field, max_characters)
        name = normalise_label(value)
        if value and not name:
            self.wrong(
                field, f"{value[:80]!r} is blank; give 1 to {max_characters} characters that can be seen"
            )
            return name
        return self.text(name, field, max_characters)

    def text(self, value: str, field: str, max_characters: int, *, optional: bool = False) -> str:
        """Checks a short text: not blank, not too long, no control characters."""
        # Printable text has no control characters; this one check is enough for most.
        if (not value and optional) or _is_plain(value, max_characters):
            return value
        if not value.strip():
            what = "blank" if value else "empty"
            self.wrong(field, f"is {what}; give 1 to {max_characters} characters")
        elif len(value) > max_characters:
            self.wrong(field, f"has {len(value)} characters; at most {max_characters} are allowed")
        elif CONTROL_CHARACTER.search(value):
            self.wrong(field, f"{value[:80]!r} has a control character; remove it")
        return value

    def count(self, count: int, field: str, limit: int) -> None:
        """Checks the length of a list that must hold something."""
        if count == 0:
            self.wrong(field, "is empty; give at least one")
        elif count > limit:
            self.wrong(field, f"has {count} entries; at most {limit} go into one request, so send several")

    def number(self, value: int, field: str, *, default: int, limit: int) -> int:
        """Checks a number; 0 means the default."""
        if value > limit:
            self.wrong(field, f"is {value}; at most {limit} is allowed")
        return value or default

    def page_size(self, value: int) -> int:
        """Checks how many entries a page of a listing is to have; 0 means the default."""
        return self.number(value, "page_size", default=DEFAULT_PAGE, limit=MAX_PAGE)

    def fraction(
        self, value: float, field: str, *, least_is_allowed: bool = False, most_is_allowed: bool = False
    ) -> float:
        """Checks a share of a whole; the caller says whether 0 and 1 themselves are allowed."""
        above = value >= 0 if least_is_allowed else value > 0
        below = value <= 1 if most_is_allowed else value < 1
        if not (above and below):
            least = "0" if least_is_allowed else "more than 0"
            most = "at most 1" if most_is_allowed else "less than 1"
            self.wrong(field, f"is {value:g}; give {least} to {most}")
        return value

    def multiple(self, value: float, field: str) -> float:
        """Checks a factor."""
        if not 0 <= value < math.inf:
            self.wrong(field, f"is {value:g}; give 0 or more")
        return value

    def seconds(self, duration: Duration, field: str, limit: float) -> float:
        """Checks a positive duration."""
        seconds = duration.seconds + duration.nanos / 1e9
        if not 0 <= duration.nanos < 1_000_000_000 or not 0 < seconds <= limit:
            self.wrong(field, f"is {seconds:g} seconds; give more than 0 and at most {limit:g}")
        return seconds

    def metadata(self, value: Mapping[str, str], field: str = "metadata") -> dict[str, str]:
        """Checks the metadata to store with an item."""
        if not value:
            return {}
        size = sum(len(key.encode()) + len(text.encode()) for key, text in value.items())
        if len(value) > MAX_METADATA_ENTRIES:
            self.wrong(field, f"has {len(value)} entries; at most {MAX_METADATA_ENTRIES} are allowed")
        elif size > MAX_METADATA_BYTES:
            self.wrong(field, f"has {size} bytes; at most {MAX_METADATA_BYTES} are allowed")
        for key in list(value)[:MAX_METADATA_ENTRIES]:
            self.text(key, f"{field} key", MAX_NAME_CHARACTERS)
        return dict(value)

    def word(self, value: int, kind: type[E], field: str) -> E | None:
        """The word of a number on the wire; None where it is unspecified, or unknown, which is wrong."""
        known: dict[int, E] = {number: word for word, number in NUMBERS[kind].items()}
        if value and value not in known:
            self.wrong(field, f"is {value}, which this server does not know; known are {sorted(known)}")
        return known.get(value)

    def strategy(self, name: str, field: str) -> str:
        """Checks the name of a strategy; empty is allowed."""
        if name and name not in STRATEGIES:
            self.wrong(field, f"there is no strategy {name[:80]!r}; known are {', '.join(STRATEGIES)}")
        return name


def begin_checks(request: object) -> Checks:
    """The checks that requests about a pool begin with: its id, and the request's id where it has one."""
    checks = Checks()
    checks.pool_id(getattr(request, "pool_id", ""))
    checks.request_id(getattr(request, "request_id", ""))
    return checks


def _is_plain(value: str, max_characters: int) -> bool:
    return 0 < len(value) <= max_characters and value.isprintable() and not value.isspace()
