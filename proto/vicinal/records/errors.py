"""Errors as records: of a field, an item or an example."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """One wrong field of a request: its path (`labels[3].item_id`) and what is wrong with it."""

    field: str
    description: str


@dataclass(frozen=True)
class ItemError:
    """One item or content of a request that failed; the others did not.

    Attributes:
        index: its place in the request, or in all that was passed to the client's call.
        item_id: empty where contents have no id.
        reason: stable UPPER_SNAKE name for programs.
        message: what was wrong, and what to do.
    """

    index: int
    item_id: str
    reason: str
    message: str


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
