"""Enums of the wire as the words that the client speaks."""

from typing import Any


def enum_word(enum: Any, prefix: str, number: int) -> str:
    """METRIC_COSINE reads as "cosine"; a value of a newer server as its number."""
    if number not in enum.values():
        return str(number)
    return str(enum.Name(number)).removeprefix(prefix).lower()
