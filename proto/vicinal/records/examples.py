"""Examples: labelled contents that vote in a pool without being items of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Example:
    """An example as it stands.

    Attributes:
        annotator: who labelled it, if that was said.
        created_at: when it got this label.
    """

    example_id: str
    label: str
    annotator: str
    created_at: datetime | None


@dataclass(frozen=True)
class ExampleError:
    """One example of a request that failed; the others did not.

    Attributes:
        index: its place in the request, or in all that was passed to the client's call.
        reason: stable UPPER_SNAKE name for programs.
        message: what was wrong, and what to do.
    """

    index: int
    example_id: str
    reason: str
    message: str
