"""Arguments of the client, written as messages of the wire."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from numbers import Integral, Real
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

import numpy as np
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from vicinal.client import arguments
from vicinal.client.arguments import Content, NewItem
from vicinal.client.channel import MAX_MESSAGE_BYTES
from vicinal.client.errors import refusing_values, wrong_argument
from vicinal.v1 import resources_pb2, sampler_service_pb2
from vicinal.wire.codecs import NUMBERS

M = TypeVar("M", bound=Message)

# Small enough that a server on a busy machine embeds a pack well within the default time limit.
PACK_ITEMS: Final = 256
# An image takes the server up to a tenth of a second, where it also looks for near duplicates.
PACK_IMAGES: Final = 64
PACK_BYTES: Final = 8 * 1024 * 1024
# A stream has time, and each pack of it costs the server a write that waits for the disk.
STREAMED_PACK_ITEMS: Final = 1024

PAGE_SIZE: Final = 1000

# Room for the rest of a message around its largest item.
_ENVELOPE_BYTES: Final = 64 * 1024

# As google.protobuf.Duration has it.
_LONGEST_SECONDS: Final = 315_576_000_000


@dataclass(frozen=True)
class Pack(Generic[M]):
    """Messages that travel in one request.

    Attributes:
        offset: place of the first among all.
        messages: more than one only while they stay within PACK_BYTES.
    """

    offset: int
    messages: list[M]
    size_bytes: int

    @property
    def is_too_large(self) -> bool:
        """Whether its only message is more than the wire takes."""
        return self.size_bytes > MAX_MESSAGE_BYTES - _ENVELOPE_BYTES


def packs(messages: Iterable[M], most: int = PACK_ITEMS) -> Iterator[Pack[M]]:
    """Splits messages, in order, into requests of at most `most`, of few images, and of bounded size."""
    offset, held, held_bytes, images = 0, list[M](), 0, 0
    for message in messages:
        size_bytes = message.ByteSize()
        if held and (len(held) == most or images == PACK_IMAGES or held_bytes + size_bytes > PACK_BYTES):
            yield Pack(offset, held, held_bytes)
            offset, held, held_bytes, images = offset + len(held), [], 0, 0
        held.append(message)
        held_bytes += size_bytes
        images += _holds_image(message)
    if held:
        yield Pack(offset, held, held_bytes)


def _holds_image(message: Message) -> bool:
    content = getattr(message, "content", message)
    return isinstance(content, resources_pb2.Content) and content.WhichOneof("kind") == "image"


def request_id() -> str:
    """A new id that makes a mutation safe to send again."""
    return str(uuid4())


def content(value: Content, field: str) -> resources_pb2.Content:
    """Image bytes, a text or a vector (dimension,) as a message.

    Raises:
        InvalidArgumentError: at `field`, if it is none of them.
    """
    message = resources_pb2.Content()
    _fill(message, value, field)
    return message


def new_item(item: NewItem, index: int) -> resources_pb2.NewItem:
    """An item to add, the `index`-th of all.

    Raises:
        InvalidArgumentError: naming the item.
    """
    field = f"items[{index}]"
    with refusing_values(field):
        message = resources_pb2.NewItem(
            item_id=arguments.text(item.item_id, f"{field}.item_id"),
            holdout=item.holdout,
            gold_label=arguments.text(item.gold_label, f"{field}.gold_label"),
        )
        message.metadata.update(arguments.metadata(item.metadata, f"{field}.metadata"))
        # Filled in place: a message given to another's constructor is copied, which costs more than the rest.
        _fill(message.content, item.content, f"{field}.content")
    return message


def classify_content(value: Content, index: int) -> sampler_service_pb2.ClassifyRequest.Input:
    """A content to classify, the `index`-th of all.

    Raises:
        InvalidArgumentError: naming the content.
    """
    return sampler_service_pb2.ClassifyRequest.Input(content=content(value, f"contents[{index}]"))


def duration(seconds: float | None, field: str) -> Duration | None:
    """A time span; None stays unset, which takes the server's default.

    Raises:
        InvalidArgumentError: at `field`, if it is longer than the wire can carry, or no number.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool | np.bool_) or not isinstance(seconds, Real):
        raise wrong_argument(field, f"must be a number of seconds, not {seconds!r}")
    seconds = float(seconds)
    if not abs(seconds) <= _LONGEST_SECONDS:
        raise wrong_argument(field, f"must be a number of seconds below 10,000 years, not {seconds}")
    whole = int(seconds)
    return Duration(seconds=whole, nanos=round((seconds - whole) * 1e9))


def whole_number(value: int, field: str, bits: int = 32) -> int:
    """The number, if the wire can carry it.

    Raises:
        InvalidArgumentError: at `field`, if it is negative, too large or not whole.
    """
    if not isinstance(value, Integral):
        raise wrong_argument(field, f"must be a whole number, not {value!r}")
    if not 0 <= value < 2**bits:
        raise wrong_argument(field, f"must be from 0 to {2**bits - 1}, not {value}")
    return int(value)


def enum_number(kind: type[StrEnum], word: str, field: str) -> Any:
    """The number on the wire of a word of an enum.

    Raises:
        InvalidArgumentError: at `field`, listing the known words.
    """
    if word not in list(kind):
        raise wrong_argument(field, f"{word!r} is not one of {', '.join(kind)}")
    return NUMBERS[kind][kind(word)]


def _fill(message: resources_pb2.Content, value: Content, field: str) -> None:
    with refusing_values(field):
        match value:
            case bytes() | bytearray():
                message.image = bytes(value)
            case str():
                message.text = value
            case _ if arguments.is_vector(value):
                message.vector = arguments.vector(value, field).tobytes()
            case _:
                text = f"must be image bytes, a text or a vector, not {type(value).__name__}"
                raise wrong_argument(field, text)
