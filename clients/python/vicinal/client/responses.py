"""How responses are read: as records, rows, pages and counts."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeVar

from google.protobuf.message import Message

from vicinal.records.errors import ItemError
from vicinal.v1.resources_pb2 import ItemError as ItemErrorMessage
from vicinal.wire.codecs import ITEM_ERROR, Codec

R = TypeVar("R")


def nothing(message: Message) -> None:
    """A response that says no more than that all went well."""


def value_of(field: str) -> Callable[[Any], int]:
    """A reader of responses that are a count alone."""
    return attrgetter(field)


def record_of(field: str, codec: Codec[R, Any]) -> Callable[[Any], R]:
    """A reader of responses that are one record."""
    return lambda message: codec.decode(getattr(message, field))


def rows_of(field: str, codec: Codec[R, Any]) -> Callable[[Any], list[R]]:
    """A reader of responses that are some records."""
    return lambda message: [codec.decode(row) for row in getattr(message, field)]


def page_of(field: str, codec: Codec[R, Any]) -> Callable[[Any], tuple[list[R], str]]:
    """A reader of pages: their records, and the token of the next page."""
    rows = rows_of(field, codec)
    return lambda message: (rows(message), message.next_page_token)


def item_errors(messages: Iterable[ItemErrorMessage], offset: int) -> list[ItemError]:
    """Errors of one request, with indexes counted from `offset` on."""
    return [replace(error, index=offset + error.index) for error in map(ITEM_ERROR.decode, messages)]
