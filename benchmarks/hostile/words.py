"""Single values: such as a caller would send, and such as would hurt."""

import math
import random
from collections.abc import Mapping, MutableSequence
from typing import Any

# At most so many characters or bytes: the limits of a request are beyond.
_GIANT = 120_000

STRINGS = (
    "",
    " ",
    "\0",
    "a\0b",
    "a\nb",
    "\x7f",
    "\x85",
    "\u200b",
    "\u202egnp.exe",
    "\ufeff",
    "\U0010ffff",
    "e\u0301",
    "🙂" * 40,
    "../../etc/passwd",
    "/",
    "' OR 1=1; --",
    "%s%n{0}{}",
    "-1",
    "NaN",
    "x" * 64,
    "x" * 65,
    "x" * 256,
    "x" * 257,
    "ß" * 1025,
    "x" * _GIANT,
)
WHOLE = (0, 1, 2, 7, 255, 1000, 1001, 2**31 - 1, 2**31, 2**32 - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1)
NEGATIVE = (-1, -(2**31), -(2**63))
REAL = (0.0, -0.0, 0.5, 1.0, -1.0, 1e-320, 1e308, -1e308, math.nan, math.inf, -math.inf)
# Of names that nothing is known about.
_MILD: Mapping[type, Any] = {str: "", int: 1, float: 0.5}
ENUM_NUMBERS = (-1, 99, 2**31 - 1, -(2**31))


class Words:
    """Values by the names of fields, drawn by chance.

    Args:
        random_numbers: the only source of chance.
        known: of a field's name, what the server would know; lists may grow as it answers.
    """

    def __init__(self, random_numbers: random.Random, known: Mapping[str, MutableSequence[Any]]) -> None:
        self._random = random_numbers
        self._known = known
        self._mildness, self._mild_values = 1.0, 0

    def begin(self) -> None:
        """Begins a message: some are wrong in a single value, some in many, some in none."""
        self._mildness = self._random.choice((1.0, 1.0, 1.0, 0.98, 0.7))
        self._mild_values = self._random.randrange(self._random.choice((8, 40)))

    def is_mild(self) -> bool:
        """Whether the next value is one that is meant to be taken."""
        self._mild_values -= 1
        return self._mild_values != 0 and self._random.random() < self._mildness

    def one(self, field: str, hostile: tuple[Any, ...]) -> Any:
        """What the server would know, or what would hurt."""
        if not self.is_mild():
            return self._random.choice(hostile)
        # Of a list of ids, each is known by the name of one.
        known = self._known.get(field) or self._known.get(field.removesuffix("s"))
        return self._random.choice(known) if known else _MILD[type(hostile[0])]

    def text(self, field: str) -> str:
        """For a field of type string."""
        chosen: str = self.one(field, STRINGS)
        return chosen

    def whole(self, field: str, least: int, most: int) -> int:
        """For a field of whole numbers of so many bits."""
        fitting = tuple(number for number in (*WHOLE, *NEGATIVE) if least <= number <= most)
        chosen: int = self.one(field, fitting)
        return chosen

    def real(self, field: str) -> float:
        """For a field of real numbers."""
        chosen: float = self.one(field, REAL)
        return chosen

    def enum(self, numbers: tuple[int, ...]) -> int:
        """A number of an enum, and sometimes none."""
        return self._random.choice(numbers if self.is_mild() else ENUM_NUMBERS)
