"""Messages of any kind, filled from their descriptors, and bytes that are none."""

import random
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from benchmarks.hostile.contents import HostileContents
from benchmarks.hostile.words import Words

_DEEPEST = 6
_MARK = "invalid UTF-8 goes here"
_NO_UTF8 = (b"\xff\xfe\xfd\xc3\x28\xa0\xed\xa0\x80" + bytes(40))[: len(_MARK)]
_UNSIGNED = {
    FieldDescriptor.TYPE_UINT32: 32,
    FieldDescriptor.TYPE_UINT64: 64,
    FieldDescriptor.TYPE_FIXED32: 32,
    FieldDescriptor.TYPE_FIXED64: 64,
}
_SIGNED_64 = {FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_SINT64, FieldDescriptor.TYPE_SFIXED64}
_REAL = {FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT}


class HostileMessages:
    """Messages drawn by chance.

    Args:
        random_numbers: the only source of chance.
        words: for strings and numbers.
        contents: for vectors and pictures.
    """

    def __init__(self, random_numbers: random.Random, words: Words, contents: HostileContents) -> None:
        self._random = random_numbers
        self._words = words
        self._contents = contents

    def raw(self, kind: Descriptor) -> bytes:
        """The bytes of a message of this kind; one in eight is broken below the level of fields."""
        self._words.begin()
        if self._random.random() < 0.02:
            return self._random.randbytes(self._random.randrange(300))
        message = self.filled(kind)
        if self._random.random() < 0.04 and self._mark(message):
            return message.SerializeToString().replace(_MARK.encode(), _NO_UTF8)
        whole = message.SerializeToString()
        broken = self._random.random()
        if broken < 0.03:
            return self._contents.changed(whole, whole_file=False)
        if broken < 0.05:
            return whole[: self._random.randrange(len(whole) + 1)]
        if broken < 0.06:
            # Groups within groups that are never closed.
            return whole + b"\x0b" * self._random.choice((10, 10_000))
        return whole

    def filled(self, kind: Descriptor, depth: int = 0) -> Message:
        """A message of this kind."""
        message: Message = GetMessageClass(kind)()
        chosen = {oneof.name: self._random.choice(oneof.fields) for oneof in kind.oneofs}
        for field in kind.fields:
            is_chosen = field.containing_oneof is None or chosen[field.containing_oneof.name] is field
            if is_chosen and depth < _DEEPEST and (self._words.is_mild() or self._random.random() < 0.7):
                self._fill(message, field, depth)
        return message

    def _fill(self, message: Message, field: FieldDescriptor, depth: int) -> None:
        target = getattr(message, field.name)
        if _is_map(field):
            for _ in range(self._random.choice((0, 1, 2)) if self._words.is_mild() else 80):
                key = self._scalar(field.message_type.fields_by_name["key"])
                target[key] = self._scalar(field.message_type.fields_by_name["value"])
        elif field.is_repeated:
            count = self._random.choice((1, 1, 1, 2, 3, 12) if self._words.is_mild() else (0, 12))
            values = [self._value(field, depth) for _ in range(count)]
            # Rarely, far more than a request may bring.
            target.extend(values * 300 if self._random.random() < 0.01 and depth == 0 else values)
        elif field.message_type is not None:
            target.CopyFrom(self._value(field, depth))
            target.SetInParent()
        else:
            setattr(message, field.name, self._scalar(field))

    def _value(self, field: FieldDescriptor, depth: int) -> Any:
        if field.message_type is not None:
            return self.filled(field.message_type, depth + 1)
        return self._scalar(field)

    def _scalar(self, field: FieldDescriptor) -> Any:
        if field.type == FieldDescriptor.TYPE_STRING:
            return self._words.text(field.name)
        if field.type == FieldDescriptor.TYPE_BYTES:
            if field.name == "vector":
                return self._contents.vector(is_mild=self._words.is_mild())
            return self._contents.picture()
        if field.type == FieldDescriptor.TYPE_BOOL:
            return self._random.random() < 0.5
        return self._number(field)

    def _number(self, field: FieldDescriptor) -> Any:
        if field.enum_type is not None:
            return self._words.enum(tuple(value.number for value in field.enum_type.values))
        if field.type in _REAL:
            return self._words.real(field.name)
        if bits := _UNSIGNED.get(field.type):
            return self._words.whole(field.name, 0, 2**bits - 1)
        bits = 64 if field.type in _SIGNED_64 else 32
        return self._words.whole(field.name, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def _mark(self, message: Message) -> bool:
        """Puts the mark into one of its strings, at its own level; tells whether it has any."""
        strings = [
            field
            for field in message.DESCRIPTOR.fields
            if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated
        ]
        if strings:
            setattr(message, self._random.choice(strings).name, _MARK)
        return bool(strings)


def _is_map(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and bool(kind.GetOptions().map_entry)
