"""Room for calls: each kind has its own; a request with too many entries is refused before it is parsed."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from vicinal.core.errors import InvalidInput, Overloaded, Violation
from vicinal.core.field_rules import MAX_CLASSES

FULL_RETRY_SECONDS = 1.0


@dataclass(eq=False)
class Place:
    """One call in a room.

    Attributes:
        peer: whose connection it came by, as gRPC writes it: its host, then its port.
        task: of the call.
        gives_way: whether it may have to end for another one; so until its request is there.
    """

    peer: str
    task: "asyncio.Task[object]"
    gives_way: bool = True
    is_lost: bool = False

    @property
    def host(self) -> str:
        """Where the connection comes from."""
        return self.peer.rpartition(":")[0]


class Room:
    """Holds so many calls. Where it is full, one that has brought no request yet ends for one that comes.

    That is the oldest of the connection with most of such calls, of the host with most of them: one who
    floods is in their own way first. For one event loop.

    Args:
        name: of these calls, for people.
        places: how many calls it holds.
    """

    def __init__(self, name: str, places: int) -> None:
        self._name = name
        self._most = places
        self._places: dict[Place, None] = {}

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(self, peer: str) -> Iterator[Place]:
        """A place for the call whose task this is, as long as it lasts.

        Raises:
            Overloaded: all places are taken by calls at work; or this one had to give way.
        """
        task = asyncio.current_task()
        assert task is not None
        if len(self._places) >= self._most:
            self._make_room()
        place = Place(peer, task)
        self._places[place] = None
        try:
            yield place
        except asyncio.CancelledError:
            # Another one may want the task to end as well, and waits for that.
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
        # The first of those that are equal: the oldest.
        lost = max(waiting, key=lambda place: (hosts[place.host], peers[place.peer]))
        lost.is_lost = True
        del self._places[lost]
        lost.task.cancel()

    def _full(self, why: str) -> Overloaded:
        return Overloaded(
            f"this server has room for {self._most} {self._name} at a time, and {why}; try again",
            retry_after_seconds=FULL_RETRY_SECONDS,
        )


# A chunk of an import goes by parts of the size of a request.
IMPORT_PARTS = 8
# Items with more entries than are kept fail alone, up to this.
MAX_METADATA_COUNTED = 1024
# Of enums, of names of augmentations, and of one message in place of another: an honest client has few.
MAX_FEW = 64
# Fields of all lists, and of the messages in them: some eight times what a full request has.
MAX_FIELDS = 1_000_000
# So many fields of short messages are taken for granted by their length, which is quicker than to count.
_UNCOUNTED_FIELDS = 250_000
# Messages without lists are counted where they are longer: their fields replace one another.
_SHORT_BYTES = 4096
# Beyond its limit a list is counted on so far, to say how many entries there are.
COUNTED_BEYOND = 100_000

_VARINT, _EIGHT_BYTES, _DELIMITED, _GROUP, _GROUP_END, _FOUR_BYTES = range(6)
_MAX_VARINT_BYTES = 10
_CONTINUES = 128
_CONTINUED = bytes(range(128, 256))
_PACKED = {FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_MESSAGE}


class Malformed(ValueError):
    """The bytes are no message."""


@dataclass(frozen=True)
class _List:
    """What is to be known of one field.

    Attributes:
        name: of the field.
        is_list: whether it may come more than once, and not only where a client is hostile.
        most: entries that it may have; None where more of them take no more memory.
        one_bytes: how an entry of a packed list can be counted: by so many bytes, by varints (0), not (None).
        within: what is to be counted in each of its messages; None where it holds no messages.
        short_bytes: a message of no more bytes has no list that is too long.
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
    """Knows how many entries each list of any request may have.

    Args:
        per_request: most entries of a list of which `entry_limits` says nothing.
    """

    def __init__(self, per_request: int) -> None:
        self._per_request = per_request
        self._limits = entry_limits(per_request)
        self._plans: dict[str, Mapping[int, _List]] = {}

    def check(self, kind: Descriptor, raw: bytes) -> None:
        """Sees to it that no list in the bytes of a message of this kind is too long, and bounds its fields.

        Raises:
            InvalidInput: naming each list that is, with how many entries it has and may have.
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
        """By number, the fields of a message that are lists, or messages that have some."""
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
        # Members of a oneof are no list, and still each one in place of another takes memory.
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
    """One request's entries as they are counted."""

    per_request: int
    fields_left: int = MAX_FIELDS
    uncounted_left: int = _UNCOUNTED_FIELDS
    violations: list[Violation] = field(default_factory=list)

    def walk(self, raw: bytes, at: int, end: int, plan: Mapping[int, _List], path: str) -> None:
        """Counts through the fields of one message, which lie at `at` to `end`."""
        counts: dict[int, int] = {}
        while at < end:
            self.fields_left -= 1
            if self.fields_left < 0:
                self._refuse(path.rstrip(".") or "request", f"has more than {MAX_FIELDS:,} fields; send less")
                self.raise_if_too_many()
            # Most numbers take one byte, and a call for each of them would take most of the time.
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
                    raise Malformed("it ends within a field")
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
        """Counts one field of a list in: an entry, or a packed part of it with many."""
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
        """Whether a message need not be looked into; it counts for as many fields as it could have."""
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
            told = f"at most {listed.most} go into one request, so send several"
        else:
            told = f"at most {listed.most} are allowed"
        self._refuse(path + listed.name, f"has {count} entries; {told}")

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
        raise Malformed(f"there is no wire type {wire}")
    if stop > end:
        raise Malformed("it ends within a field")
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
    raise Malformed("it ends within a number, or the number is too long")
