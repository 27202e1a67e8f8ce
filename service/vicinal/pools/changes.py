"""How a pool changes: what a change is, its transaction, and its writing: store first, memory after."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from threading import RLock

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.errors import RequestIdReused
from vicinal.core.ports import Clock, PoolStore
from vicinal.core.records import (
    Change,
    DuplicateRecord,
    Event,
    ItemRecord,
    LeaseRecord,
    Sketch,
    StoredResponse,
)
from vicinal.core.statistics.consensus import is_consensus_due
from vicinal.pools.clock import check_deadline
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import ItemState
from vicinal.records.labels import EventKind
from vicinal.records.pool_options import Consensus

# Looks a stored response up by request id.
FindStoredResponse = Callable[[str], StoredResponse | None]
# Writes a change to the store, with the response where there is one, and then takes it into memory.
Write = Callable[[StoredResponse | None], None]

CONSENSUS_REASON = Consensus.DAWID_SKENE.value
"""Reason of the label log's lines that a consensus over all annotations wrote."""

# What ends an annotator's lease of an item. Other events leave it leased.
_ANSWERS = (EventKind.LABELLED, EventKind.RELABELLED, EventKind.SKIPPED, EventKind.RESOLVED)


@dataclass(frozen=True)
class PlannedEvent:
    """What is about to happen to one item: a line of the label log before it is written."""

    kind: EventKind
    item_id: str
    label: str = ""


@dataclass(frozen=True)
class Addition:
    """The items that are about to be added.

    Attributes:
        records: the new items.
        vectors: (len(records), d) prepared rows.
        sketches: of the new items, one each, if duplicates are found in the pool.
        are_stored: whether the sketches are kept in the store.
        duplicates: those of the new items that are duplicates.
    """

    records: Sequence[ItemRecord]
    vectors: Vectors
    sketches: Sequence[Sketch] = ()
    are_stored: bool = False
    duplicates: Sequence[DuplicateRecord] = ()


def plan_change(
    state: PoolState,
    planned: Sequence[PlannedEvent],
    now: float,
    annotator: str,
    reason: str = "",
    *,
    duplicates: Sequence[DuplicateRecord] = (),
) -> Change:
    """The change that events make: the lines of the log, and the leases that lose items or end.

    Args:
        state: of the pool, before the change.
        planned: checked; there may be none.
        now: when they happen, in seconds since the epoch.
        annotator: who causes them.
        reason: kept with each.
        duplicates: records that change with them.
    """
    predicted = _predict_labels(state, planned)
    events = [
        _make_event(state, each, now, annotator, reason=reason, predicted=predicted.get(each.item_id, ""))
        for each in planned
    ]
    left, ended = _take_answered_items(state, planned, annotator)
    return Change(events, left, ended, put_duplicates=duplicates)


def _make_event(
    state: PoolState, planned: PlannedEvent, now: float, annotator: str, *, reason: str, predicted: str
) -> Event:
    """The line of the log: a label with the suggestion that it answers, and what was predicted before it.

    A label that replaces another keeps what was predicted before the first; of several annotators' labels
    the first alone answers the suggestion.
    """
    position, suggestion = state.items.position(planned.item_id), state.suggestions.last(planned.item_id)
    if planned.kind is EventKind.RELABELLED:
        before = state.items.given_by(position, annotator)
        suggestion, predicted = (before.suggestion, before.predicted) if before else (None, "")
    elif planned.kind is not EventKind.LABELLED or state.items.state(position) is ItemState.LABELLED:
        suggestion = None
    return Event(
        planned.kind,
        planned.item_id,
        now,
        planned.label,
        annotator,
        reason,
        suggestion=suggestion,
        predicted=predicted,
    )


def _predict_labels(state: PoolState, planned: Sequence[PlannedEvent]) -> dict[str, str]:
    """What the votes say now of suggested items that are about to get their label."""
    fresh = [
        each.item_id
        for each in planned
        if each.kind is EventKind.LABELLED
        and state.suggestions.last(each.item_id)
        and not state.items.label(state.items.position(each.item_id))
    ]
    votes = state.scorer.votes
    if not fresh or not votes.label_count:
        return {}
    # After a restart this may be the first to need the graph.
    state.scorer.refresh()
    positions = np.array([state.items.position(item_id) for item_id in fresh], dtype=np.int64)
    # Equal probabilities: the first, as classify has it.
    columns, classes = votes.probabilities(positions).argmax(axis=1), votes.classes
    return {item_id: classes[column] for item_id, column in zip(fresh, columns, strict=True)}


def _take_answered_items(
    state: PoolState, planned: Sequence[PlannedEvent], annotator: str
) -> tuple[list[LeaseRecord], list[str]]:
    """Leases without the items that are answered, and the ids of the leases that hold none any more.

    An item of several annotators leaves only the lease of the annotator who answers it.
    """
    answered: dict[str, set[str]] = {}
    for each in planned:
        is_shared = state.items.is_shared(state.items.position(each.item_id))
        for lease in state.leases.of_item(each.item_id):
            if not is_shared or (lease.annotator == annotator and each.kind in _ANSWERS):
                answered.setdefault(lease.lease_id, set()).add(each.item_id)
    left: list[LeaseRecord] = []
    ended: list[str] = []
    for lease_id, item_ids in answered.items():
        lease = state.leases.get(lease_id)
        rest = tuple(item_id for item_id in lease.item_ids if item_id not in item_ids)
        if rest:
            left.append(replace(lease, item_ids=rest))
        else:
            ended.append(lease_id)
    return left, ended


class Transaction:
    """One request that changes something. Its change is made by `commit`, together with the response to it.

    Until then neither store nor memory has changed; without `commit` they never do.

    Attributes:
        stored_response: the response to this very request if it was carried out before; then nothing is to
            be done, and nothing to be committed.
    """

    def __init__(self, request_id: str, digest: str, clock: Clock, stored_response: bytes | None) -> None:
        self.stored_response = stored_response
        self._request_id = request_id
        self._digest = digest
        self._clock = clock
        self._pending: Write | None = None

    def commit(self, response: bytes) -> None:
        """Writes the change and the response, both or neither.

        Args:
            response: to the request, serialised.

        Raises:
            RuntimeError: nothing was changed in this transaction, or it was committed before.
            StorageFailed: nothing was written, and memory is as it was.
        """
        self._write(StoredResponse(self._request_id, self._digest, response, self._clock.now()))

    def add(self, write: Write) -> None:
        """Keeps a write for `commit`.

        Raises:
            RuntimeError: there is one already, which this one was planned without.
        """
        if self._pending is not None:
            raise RuntimeError("a transaction takes one change; commit it before the next one")
        self._pending = write

    def write_now(self) -> None:
        """Carries out the write that is kept, without the response, which goes with the next one."""
        self._write(None)

    def _write(self, response: StoredResponse | None) -> None:
        write, self._pending = self._pending, None
        if write is None:
            raise RuntimeError("this transaction has no change to write")
        write(response)


class Transactions:
    """The transactions of one pool, or of all pools of a service: one at a time, each with the lock held.

    Args:
        lock: of what is changed; re-entrant.
        find: looks a stored response up by request id.
        clock: dates responses.
    """

    def __init__(self, lock: AbstractContextManager[object], find: FindStoredResponse, clock: Clock) -> None:
        self._lock = lock
        self._find = find
        self._clock = clock
        self._open: Transaction | None = None

    def stored_response(self, request_id: str, digest: str) -> bytes | None:
        """The response to a request that was carried out before; None if it was not.

        Args:
            request_id: chosen by the caller, globally unique.
            digest: of the request, to distinguish a retry from another request under the same id.

        Raises:
            RequestIdReused: the id belongs to another request.
        """
        stored = self._find(request_id)
        if stored is None:
            return None
        if stored.digest != digest:
            raise RequestIdReused(
                f"request_id {request_id!r} was used for another request; make a new one for each request"
            )
        return stored.message

    @contextmanager
    def begin(self, request_id: str, digest: str) -> Iterator[Transaction]:
        """A transaction for a request, with the lock held until the block ends.

        Raises:
            RequestIdReused: as `stored_response`.
        """
        with self._lock:
            response = self.stored_response(request_id, digest)
            self._open = Transaction(request_id, digest, self._clock, response)
            try:
                yield self._open
            finally:
                self._open = None

    def write(self, write: Write) -> None:
        """Carries a write out: at the transaction's commit, or at once where there is no transaction.

        To be called with the lock held.
        """
        if self._open is None:
            write(None)
        else:
            self._open.add(write)

    def write_now(self) -> None:
        """Carries out what the transaction keeps, for a use case that goes on from what it has changed."""
        if self._open is not None:
            self._open.write_now()


class ChangeWriter:
    """A pool's state behind its lock, and the one way to change it: in the store first, then in memory.

    An error from the store leaves the state as it was. Within a transaction a change is written when the
    transaction is committed.

    Attributes:
        lock: the pool's, re-entrant: nobody else reads or changes the pool while it is held.
        transactions: of the pool; they say when a change is written, and with which response.
    """

    def __init__(self, state: PoolState, store: PoolStore, clock: Clock) -> None:
        self.lock = RLock()
        self.transactions = Transactions(self.lock, store.stored_response, clock)
        self._state = state
        self._store = store
        self._clock = clock
        self._expired_lease_ids: set[str] = set()

    @contextmanager
    def lock_state(self) -> Iterator[PoolState]:
        """The state, with the lock held. Expired leases are ended; the next change writes that to the store.

        Raises:
            CallEnded: the caller does not wait any more.
        """
        with self.lock:
            check_deadline()
            for lease in self._state.leases.expired(self._clock.now()):
                self._state.drop_lease(lease.lease_id)
                self._expired_lease_ids.add(lease.lease_id)
            yield self._state

    def now(self) -> float:
        """Seconds since the epoch, for what is planned."""
        return self._clock.now()

    def write(self, change: Change) -> None:
        """Writes and applies a change; an empty one only where there is a response to be written with it."""
        self.transactions.write(partial(self._commit, change))

    def add(self, addition: Addition) -> None:
        """Writes new items and takes them in; without items only a response is written."""
        self.transactions.write(partial(self._append, addition))

    def take_unfiled_sketches(self) -> list[Sketch]:
        """Sketches of the items that came in since the last call, for the finder of duplicates."""
        with self.lock:
            sketches, self._state.unfiled_sketches = self._state.unfiled_sketches, []
            return sketches

    def _append(self, addition: Addition, response: StoredResponse | None) -> None:
        if not addition.records:
            self._commit(Change(), response)
            return
        sketches = addition.sketches if addition.are_stored else ()
        self._store.append_items(
            addition.records, addition.vectors, response, sketches=sketches, duplicates=addition.duplicates
        )
        self._state.append(
            addition.records, self._store.vectors(), addition.duplicates, sketches=addition.sketches
        )

    def _commit(self, change: Change, response: StoredResponse | None) -> None:
        """Commits a change together with the end of the leases that expired, and then applies it."""
        expired = tuple(self._expired_lease_ids)
        full = replace(change, drop_leases=[*change.drop_leases, *expired], stored_response=response)
        annotations = self._state.items.annotations.count
        written = self._store.commit(full) if any(vars(full).values()) else ()
        self._expired_lease_ids.difference_update(expired)
        self._state.apply(full, written)
        if self._state.config.consensus is Consensus.DAWID_SKENE and is_consensus_due(
            annotations, self._state.items.annotations.count
        ):
            self._commit(plan_consensus(self._state, self._clock.now()), None)


def plan_consensus(state: PoolState, now: float) -> Change:
    """The change that labels items by the consensus of Dawid and Skene, those that a person resolved apart.

    Raises:
        ConsensusUnavailable: crowd-kit is not installed.
    """
    labels = state.find_consensus().items()
    planned = [PlannedEvent(EventKind.RESOLVED, item_id, label) for item_id, label in labels]
    return plan_change(state, planned, now, "", CONSENSUS_REASON)
