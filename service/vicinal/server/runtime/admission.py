"""Admission of calls: how many at a time, and how many entries a request may have before it is parsed."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from vicinal.core.errors import InvalidInput, Overloaded
from vicinal.records.errors import Violation
from vicinal.records.pool_options import MAX_CLASSES

FULL_RETRY_SECONDS = 1.0
# A chunk of an import may have as many items as this many requests; it is processed in parts.
IMPORT_PARTS = 8
# With more metadata entries than this, an item makes the whole request fail; below, it fails alone.
MAX_METADATA_COUNTED = 1024
# Of enums, of names of augmentations, and of one message in place of another: an honest client has few.
MAX_FEW = 64
# Fields of all lists and of the messages in them: about eight times as many as a full request has.
MAX_FIELDS = 1_000_000
# Up to this many fields of short messages are estimated from their length, which is faster than counting.
_UNCOUNTED_FIELDS = 250_000
# Messages without lists are counted if they are longer: repeated fields in them replace one another.
_SHORT_BYTES = 4096
# How far beyond its limit a list is counted, to report how many entries it has.
COUNTED_BEYOND = 100_000


@dataclass(eq=False)
class AdmittedCall:
    """One call that was admitted.

    Attributes:
        peer: the other end of its connection, as gRPC writes it: host, then port.
        task: of the call.
        gives_way: whether it can be ended for another call; true until its request has arrived.
    """

    peer: str
    task: "asyncio.Task[object]"
    gives_way: bool = True
    is_lost: bool = False

    @property
    def host(self) -> str:
        """The host that the connection comes from."""
        return self.peer.rpartition(":")[0]


class CallAdmission:
    """Admits so many calls at a time. If it is full, a call whose request has not arrived ends for a new one.

    It ends the oldest such call of the connection that has most of them, of the host that has most of them: a
    caller that floods the server loses its own calls first. For one event loop.

    Args:
        name: of these calls, for messages.
        places: how many calls it admits at a time.
    """

    def __init__(self, name: str, places: int) -> None:
        self._name = name
        self._most = places
        self._places: dict[AdmittedCall, None] = {}

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(self, peer: str) -> Iterator[AdmittedCall]:
        """Admits the call of this task while the context lasts.

        Raises:
            Overloaded: all places are taken by calls that work; or this call ended for another one.
        """
        task = asyncio.current_task()
        assert task is not None
        if len(self._places) >= self._most:
            self._make_room()
        place = AdmittedCall(peer, task)
        self._places[place] = None
        try:
            yield place
        except asyncio.CancelledError:
            # The task may have been cancelled for another reason too; then that has to go on.
            if not place.is_lost or task.uncancel() > 0:
                raise
            raise self._full("this one gave way to another") from None
        finally:
            self._places.pop(place, None)

    def _make_room(self) -> None:
        waiting = [place for place in self._places if place.gives_way]
        if not waiting:
            raise self._full("all of them are at work")
        hosts = Counter(place.host for place in waiting)
        peers = Counter(place.peer for place in waiting)
        # Of equal ones max takes the first, the oldest.
        lost = max(waiting, key=lambda place: (hosts[place.host], peers[place.peer]))
        lost.is_lost = True
        del self._places[lost]
        lost.task.cancel()

    def _full(self, why: str) -> Overloaded:
        return Overloaded(
            f"this server admits {self._most} {self._name} at a time, and {why}; try again",
            retry_after_seconds=FULL_RETRY_SECONDS,
        )


_VARINT, _EIGHT_BYTES, _DELIMITED, _GROUP, _GROUP_END, _FOUR_BYTES = range(6)
_MAX_VARINT_BYTES = 10
_CONTINUES = 128
_CONTINUED = bytes(range(128, 256))
_PACKED = {FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_MESSAGE}


class MalformedMessage(ValueError):
    """The bytes are no message."""


@dataclass(frozen=True)
class _List:
    """How one field is counted.

    Attributes:
        name: of the field.
        is_list: whether the field is repeated; others come more than once only from hostile clients.
        most: entries that it may have; None where more entries take no more memory.
        one_bytes: bytes of an entry of a packed list; 0 for varints, None if the list is not packed.
        within: the fields to count in each of its messages; None where it holds no messages.
        short_bytes: a message of at most so many bytes cannot have a list that is too long.
    """

    name: str
    is_list: bool
    most: int | None
    one_bytes: int | None
    within: "Mapping[int, _List] | None"
    short_bytes: int


def entry_limits(per_request: int) -> Mapping[str, int]:
    """The most entries of those lists that may not have `per_request` of them, by their full names."""
    prefix = "vicinal.v1."
    return {
        f"{prefix}ImportItemsRequest.Chunk.items": IMPORT_PARTS * per_request,
        f"{prefix}NewItem.metadata": MAX_METADATA_COUNTED,
        f"{prefix}PoolConfig.classes": MAX_CLASSES,
        f"{prefix}PoolConfig.augmentations": MAX_FEW,
        f"{prefix}ListItemsRequest.states": MAX_FEW,
        f"{prefix}ListItemsRequest.filtered": MAX_FEW,
    }


class EntryCounts:
    """Counts the entries of the lists of a request, and refuses lists that are too long.

    Args:
        per_request: most entries of a list that `entry_limits` does not name.
    """

    def __init__(self, per_request: int) -> None:
        self._per_request = per_request
        self._limits = entry_limits(per_request)
        self._plans: dict[str, Mapping[int, _List]] = {}

    def check(self, kind: Descriptor, raw: bytes) -> None:
        """Checks that no list in a serialised message of this kind is too long, and bounds its fields.

        Raises:
            InvalidInput: names each list that is too long, with its entries and the limit.
            Malformed: the bytes are no message.
        """
        plan = self._plan(kind)
        count = _Count(self._per_request)
        count.walk(raw, 0, len(raw), plan, "")
        count.raise_if_too_many()

    def most(self, listed: FieldDescriptor) -> int:
        """How many entries this list may have."""
        return self._limits.get(listed.full_name, self._per_request if listed.is_repeated else MAX_FEW)

    def _plan(self, kind: Descriptor) -> Mapping[int, _List]:
        """The fields of a message, by number, that are lists or messages with lists."""
        plan = self._plans.get(kind.full_name)
        if plan is None:
            lists = {each.number: self._list(each) for each in kind.fields}
            plan = {
                number: each
                for number, each in lists.items()
                if each.most is not None or each.within is not None
            }
            self._plans[kind.full_name] = plan
        return plan

    def _list(self, of: FieldDescriptor) -> _List:
        is_map = of.message_type is not None and bool(of.message_type.GetOptions().map_entry)
        within = None if of.message_type is None else {} if is_map else self._plan(of.message_type)
        # Members of a oneof are no list, but each one that replaces another takes memory.
        is_counted = of.is_repeated or (of.containing_oneof is not None and of.message_type is not None)
        most = self.most(of) if is_counted else None
        return _List(of.name, of.is_repeated, most, _one_bytes(of), within, _short_bytes(within or {}))


def _short_bytes(within: Mapping[int, _List]) -> int:
    """How long a message can be without a list that is too long: an entry takes 2 bytes, or 1 if packed."""
    room = [_SHORT_BYTES]
    for each in within.values():
        if each.most is not None:
            room.append(each.most * (2 if each.one_bytes is None else 1))
        room.append(each.short_bytes)
    return min(room)


def _one_bytes(of: FieldDescriptor) -> int | None:
    if not of.is_repeated or of.cpp_type in _PACKED:
        return None
    if of.type in (of.TYPE_DOUBLE, of.TYPE_FIXED64, of.TYPE_SFIXED64):
        return 8
    return 4 if of.type in (of.TYPE_FLOAT, of.TYPE_FIXED32, of.TYPE_SFIXED32) else 0


@dataclass
class _Count:
    """The count of one request's entries."""

    per_request: int
    fields_left: int = MAX_FIELDS
    uncounted_left: int = _UNCOUNTED_FIELDS
    violations: list[Violation] = field(default_factory=list)

    def walk(self, raw: bytes, at: int, end: int, plan: Mapping[int, _List], path: str) -> None:
        """Counts the fields of one message, which is at `at` to `end`."""
        counts: dict[int, int] = {}
        while at < end:
            self.fields_left -= 1
            if self.fields_left < 0:
                self._refuse(path.rstrip(".") or "request", f"has more than {MAX_FIELDS:,} fields; send less")
                self.raise_if_too_many()
            # Most numbers have one byte, and a function call for each would take most of the time.
            tag = raw[at]
            if tag < _CONTINUES:
                at += 1
            else:
                tag, at = _varint(raw, at, end)
            wire = tag & 7
            if wire == _DELIMITED and at < end and raw[at] < _CONTINUES:
                begin = at + 1
                at = begin + raw[at]
                if at > end:
                    raise MalformedMessage("it ends within a field")
            else:
                begin, at = _value(raw, at, end, wire)
            listed = plan.get((tag & 0xFFFFFFFF) >> 3)
            if listed is not None:
                self._entries(raw, (begin, at), (wire, listed), counts, path)
        for listed in plan.values():
            if listed.most is not None and (count := counts.get(id(listed), 0)) > listed.most:
                self._too_many(listed, path, f"{count}")

    def _entries(
        self,
        raw: bytes,
        reach: tuple[int, int],
        found: tuple[int, _List],
        counts: dict[int, int],
        path: str,
    ) -> None:
        """Adds one field of a list to its count: an entry, or a packed part with many entries."""
        (begin, end), (wire, listed) = reach, found
        row = counts.get(id(listed), 0)
        if listed.one_bytes is not None and wire == _DELIMITED:
            entries = _packed(raw[begin:end], listed.one_bytes)
        else:
            entries = 1
        counts[id(listed)] = count = row + entries
        if listed.most is not None and count > listed.most:
            if count > listed.most + COUNTED_BEYOND:
                self._too_many(listed, path, f"more than {listed.most + COUNTED_BEYOND}")
                self.raise_if_too_many()
        elif listed.within is not None and wire == _DELIMITED and not self._is_short(listed, end - begin):
            self.walk(raw, begin, end, listed.within, f"{path}{listed.name}{_index(listed, row)}.")

    def _is_short(self, listed: _List, size: int) -> bool:
        """Whether a message need not be walked; it counts as having as many fields as it could have."""
        if size > listed.short_bytes or not listed.within:
            return size <= listed.short_bytes
        most = size // 2
        if most > self.uncounted_left:
            return False
        self.uncounted_left -= most
        self.fields_left -= most
        return True

    def _too_many(self, listed: _List, path: str, count: str) -> None:
        if listed.most == self.per_request:
            limit = f"at most {listed.most} go into one request, so send several"
        else:
            limit = f"at most {listed.most} are allowed"
        self._refuse(path + listed.name, f"has {count} entries; {limit}")

    def _refuse(self, where: str, why: str) -> None:
        self.violations.append(Violation(where, why))

    def raise_if_too_many(self) -> None:
        """Refuses the request if a list was too long."""
        if self.violations:
            raise InvalidInput.of(self.violations)


def _index(listed: _List, row: int) -> str:
    return f"[{row}]" if listed.is_list else ""


def _packed(part: bytes, one_bytes: int) -> int:
    """How many numbers a packed part of a list holds."""
    if one_bytes:
        return len(part) // one_bytes
    return len(part.translate(None, _CONTINUED))


def _value(raw: bytes, at: int, end: int, wire: int) -> tuple[int, int]:
    """Where a field's value begins and ends."""
    if wire == _DELIMITED:
        length, at = _varint(raw, at, end)
        stop = at + length
    elif wire == _VARINT:
        stop = _varint(raw, at, end)[1]
    elif wire in (_GROUP, _GROUP_END):
        stop = at
    elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
        stop = at + (8 if wire == _EIGHT_BYTES else 4)
    else:
        raise MalformedMessage(f"there is no wire type {wire}")
    if stop > end:
        raise MalformedMessage("it ends within a field")
    return at, stop


def _varint(raw: bytes, at: int, end: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = shift = 0
    for place in range(at, min(end, at + _MAX_VARINT_BYTES)):
        byte = raw[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place + 1
        shift += 7
    raise MalformedMessage("it ends within a number, or the number is too long")
