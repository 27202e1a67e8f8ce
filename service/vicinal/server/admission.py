"""Room for calls: each kind of them has so much of its own, so that none can use up another's."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vicinal.core.errors import Overloaded

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
