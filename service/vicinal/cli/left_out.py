"""Items that were left out: said one by one where they are few, summed up where many are wrong alike."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vicinal.cli.inputs.source import Unreadable
from vicinal.cli.output import complain

# So many with the same fault are named one by one.
_NAMED = 3
# What differs between messages of one kind: numbers, and what stands in quotes.
_PARTICULARS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")


def say_left_out(items: Sequence[Unreadable]) -> None:
    """Names items that were left out, on stderr; of many with the same fault the first."""
    for alike in _by_fault(items):
        if len(alike) <= _NAMED:
            for item in alike:
                complain(f"left out {item.told}")
        else:
            complain(f"left out {len(alike)} items: {alike[0].message} (first: {alike[0].place})")


def say_notes(notes: Iterable[str]) -> None:
    """Writes what a reader took otherwise than it is written, on stderr."""
    for note in notes:
        complain(f"note: {note}")


def _by_fault(items: Iterable[Unreadable]) -> list[list[Unreadable]]:
    kinds: dict[str, list[Unreadable]] = {}
    for item in items:
        kinds.setdefault(_PARTICULARS.sub("#", item.message), []).append(item)
    return list(kinds.values())


def with_notes(answer: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    """An answer in JSON, with the notes if there are any."""
    return {**answer, "notes": list(notes)} if notes else dict(answer)
