"""What a command left out, named on stderr."""

from collections.abc import Iterable

from vicinal.cli.inputs import Unreadable
from vicinal.cli.output import complain


def tell_left_out(failures: Iterable[Unreadable], notes: Iterable[str] = ()) -> None:
    """Writes the notes, then each item that was asked for and is not taken, a line each."""
    for sentence in notes:
        complain(f"note: {sentence}")
    for failure in failures:
        complain(f"left out {failure.name}: {failure.message}")
