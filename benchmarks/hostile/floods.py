"""Requests with far too many entries in one of their lists, written byte by byte: no library would."""

import random
from collections.abc import Sequence

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

# A number that no enum of ours has.
_UNKNOWN = 99
_DELIMITED = 2

Path = tuple[FieldDescriptor, ...]


def flood(chance: random.Random, method: MethodDescriptor, pool_id: str) -> list[bytes] | None:
    """Requests of which one has a list that is far too long; None of a call whose requests have no lists."""
    paths = lists_of(method.input_type)
    if not paths:
        return None
    path, kind = chance.choice(paths), GetMessageClass(method.input_type)
    if len(path) > 1 and path[-2].is_repeated and chance.random() < 0.5:
        raw = spread(path, chance.choice((100, 1000)), chance.choice((60, 70, 1000)))
    else:
        count = chance.choice((65, 2049, 20_000, 200_000))
        raw = flooded(path, count, packed=path[-1].enum_type is not None and chance.random() < 0.5)
    if method.client_streaming:
        header = kind(header={"pool_id": pool_id}).SerializeToString()
        return [header, raw]
    if "pool_id" in method.input_type.fields_by_name:
        raw = kind(pool_id=pool_id).SerializeToString() + raw
    return [raw]


def lists_of(kind: Descriptor, above: Path = ()) -> list[Path]:
    """All lists and maps that a message of this kind can hold, each as the fields that lead to it."""
    found: list[Path] = []
    for field in kind.fields:
        path = (*above, field)
        if field.is_repeated:
            found.append(path)
        if field.message_type is not None and not is_map(field) and field not in above:
            found += lists_of(field.message_type, path)
    return found


def is_map(field: FieldDescriptor) -> bool:
    """Whether a field is a map."""
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def flooded(path: Sequence[FieldDescriptor], count: int, *, packed: bool = False) -> bytes:
    """The bytes of a request whose list at the end of `path` has `count` entries, each as small as can be.

    Args:
        path: as `lists_of` gives it.
        count: entries.
        packed: whether numbers are written as one block.
    """
    raw = _entries(path[-1], count, packed=packed)
    for field in reversed(path[:-1]):
        raw = delimited(field.number, raw)
    return raw


def spread(path: Sequence[FieldDescriptor], outer: int, inner: int) -> bytes:
    """As `flooded`, but with `inner` entries in each of `outer` messages of the list around it."""
    raw = flooded(path[-2:], inner) * outer
    for field in reversed(path[:-2]):
        raw = delimited(field.number, raw)
    return raw


def delimited(number: int, value: bytes) -> bytes:
    """A field that holds bytes."""
    return varint(number << 3 | _DELIMITED) + varint(len(value)) + value


def varint(value: int) -> bytes:
    """A number of 7 bits a byte."""
    raw = bytearray()
    while value > 0x7F:
        raw.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*raw, value))


def _entries(field: FieldDescriptor, count: int, *, packed: bool) -> bytes:
    if is_map(field):
        # Entries under one key would be one.
        return b"".join(delimited(field.number, delimited(1, b"%x" % row)) for row in range(count))
    if field.message_type is not None or field.type in (field.TYPE_STRING, field.TYPE_BYTES):
        return delimited(field.number, b"") * count
    if packed:
        return delimited(field.number, bytes((_UNKNOWN,)) * count)
    return (varint(field.number << 3) + bytes((_UNKNOWN,))) * count
