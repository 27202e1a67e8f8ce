"""What a command left out: said one by one where it is little, summed up where many are wrong alike."""

import re
from collections.abc import Iterable

from vicinal.cli.inputs import Reason, Unreadable
from vicinal.cli.output import complain

CONTENT_UNREADABLE = "CONTENT_UNREADABLE"
"""The reason that a server gives for contents that it cannot read."""

# So many with the same fault are named one by one.
_NAMED = 3
# What differs between messages of one kind: numbers, and what stands in quotes.
_PARTICULARS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")


def reason_of(reason: str) -> Reason:
    """Why an item is left out that a server refused, by the reason that the server gives."""
    return Reason.UNREADABLE if reason == CONTENT_UNREADABLE else Reason.REFUSED


def say_left_out(items: Iterable[Unreadable], notes: Iterable[str] = ()) -> None:
    """Writes notes, then names items that were left out, on stderr; of many with the same fault the first."""
    say_notes(notes)
    for alike in _by_fault(items):
        if len(alike) <= _NAMED:
            for item in alike:
                complain(f"left out {item.line}")
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
