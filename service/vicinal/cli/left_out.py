"""What a command left out, named on stderr."""

from collections.abc import Iterable

from vicinal.cli.inputs import Reason, Unreadable
from vicinal.cli.output import complain

CONTENT_UNREADABLE = "CONTENT_UNREADABLE"
"""The reason that a server gives for contents that it cannot read."""


def refused(name: str, message: str, reason: str) -> Unreadable:
    """What a server did not take, by the reason that it gives."""
    why = Reason.UNREADABLE if reason == CONTENT_UNREADABLE else Reason.REFUSED
    return Unreadable(name, message, why)


def tell_left_out(failures: Iterable[Unreadable], notes: Iterable[str] = ()) -> None:
    """Writes the notes, then each item that was asked for and is not taken, a line each."""
    for sentence in notes:
        complain(f"note: {sentence}")
    for failure in failures:
        complain(f"left out {failure.name}: {failure.message}")
