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
