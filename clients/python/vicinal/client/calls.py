"""The shapes a call to the service can have, apart from whether it blocks or is awaited."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

R = TypeVar("R")
Request = TypeVar("Request", bound=Message)


@dataclass(frozen=True)
class Call(Generic[R]):
    """One request, one answer.

    Attributes:
        method: name of the RPC.
        request: sent again, the same, at each retry.
        parse: turns the answer's message into the result.
    """

    method: str
    request: Message
    parse: Callable[[Any], R]


@dataclass(frozen=True)
class Series(Generic[R]):
    """One call too large for a single message.

    Attributes:
        calls: made one after the other, each built when it is its turn.
        merge: joins their results, in order.
    """

    calls: Iterator[Call[R]]
    merge: Callable[[list[R]], R]


@dataclass(frozen=True)
class Pages(Generic[R]):
    """A list fetched page by page.

    Attributes:
        page: the call for the page of a token ("" is the first); gives its rows and the next token.
    """

    page: Callable[[str], Call[tuple[list[R], str]]]


@dataclass(frozen=True)
class Download(Generic[R]):
    """One request, a stream of answers, each with several rows."""

    method: str
    request: Message
    parse: Callable[[Any], list[R]]


@dataclass(frozen=True)
class Upload(Generic[R]):
    """A stream of requests, one answer."""

    method: str
    requests: Iterator[Message]
    parse: Callable[[Any], R]
