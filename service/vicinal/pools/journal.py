"""How a pool changes: first what it writes to the store, then the state in memory."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from vicinal.core.arms import SuggestionRecord
from vicinal.core.ports import Clock, PoolStore
from vicinal.core.records import Change, DuplicateRecord, Event, ExampleRecord, LeaseRecord, StoredResponse
from vicinal.core.scoring.strategies import Strategy
from vicinal.pools import queries
from vicinal.pools.adding import Addition
from vicinal.pools.choosing import suggestions
from vicinal.pools.choosing.overlap import choose
from vicinal.pools.results import BatchRequest
from vicinal.pools.rules import Step
from vicinal.pools.state.leases import without_items
from vicinal.pools.state.pool import PoolState
from vicinal.pools.transactions import Transactions
from vicinal.records.labels import Arm, Batch, EventKind

# What an annotator does to be done with an item. Other steps leave it in the annotator's hands.
_ANSWERS = (EventKind.LABELLED, EventKind.RELABELLED, EventKind.SKIPPED, EventKind.RESOLVED)


class Journal:
    """Carries out changes that have been checked. An error from the store leaves the state as it was.

    Within a transaction a change is carried out when the transaction is committed.

    Not locked: its owner sees to it that one change is made at a time.

    Args:
        state: of the pool.
        store: the pool's.
        transactions: of the pool; they say when a change is written, and with which response.
        clock: dates what happens.
        default_lease_seconds: how long a lease lasts where the caller does not say.
    """

    def __init__(
        self,
        state: PoolState,
        store: PoolStore,
        transactions: Transactions,
        clock: Clock,
        default_lease_seconds: float,
    ) -> None:
        self._state = state
        self._store = store
        self._transactions = transactions
        self._clock = clock
        self._default_lease_seconds = default_lease_seconds
        self._expired_lease_ids: set[str] = set()

    def expire(self) -> None:
        """Ends the leases whose time is up; the store hears of it with the next change."""
        for lease in self._state.leases.expired(self._clock.now()):
            self._state.drop_lease(lease.lease_id)
            self._expired_lease_ids.add(lease.lease_id)

    def add(self, addition: Addition, then: Callable[[], None]) -> None:
        """Adds items, and goes on with `then` once they are in; without items only a response is written."""

        def append(response: StoredResponse | None) -> None:
            self._store.append_items(
                addition.records,
                addition.vectors,
                response,
                sketches=addition.sketches if addition.are_stored else (),
                duplicates=addition.duplicates,
            )
            self._state.append(addition.records, self._store.vectors(), addition.duplicates)
            then()

        if addition.records:
            self._transactions.write(append)
        else:
            self._write(Change(), lambda _: then())

    def take(
        self,
        steps: Sequence[Step],
        annotator: str,
        reason: str = "",
        *,
        duplicates: Sequence[DuplicateRecord] = (),
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Writes steps to the log, with what they do to leases, and duplicates that are changed with them.

        Args:
            steps: checked; there may be none.
            annotator: who takes them.
            reason: kept with each.
            duplicates: changed with the steps.
            then: what follows once the steps are taken.
        """
        now = self._clock.now()
        events = suggestions.events_of(self._state, steps, now, annotator, reason)
        kept, ended = self._after_answers(steps, annotator)

        def apply(written: Sequence[Event]) -> None:
            self._state.apply(written)
            self._state.change_duplicates(duplicates, ())
            self._change_leases(kept, ended)
            then()

        self._write(Change(events, kept, ended, put_duplicates=duplicates), apply)

    def write_now(self) -> None:
        """Carries out what was changed so far in the transaction, without the response to its request."""
        self._transactions.write_now()

    def lease(self, wanted: BatchRequest, strategy: Strategy, annotator: str) -> Batch:
        """Chooses a batch and opens its lease."""
        self._state.scorer.refresh()
        if wanted.arm is Arm.HOLDOUT:
            strategy = suggestions.HOLDOUT_ORDER
        chosen = choose(self._state, wanted, strategy, annotator)
        leases = []
        if chosen:
            item_ids = tuple(self._state.items.ids[each.pick.position] for each in chosen)
            expires_at, number = self._expiry(wanted.lease_seconds), self._state.leases.next_number
            leases = [LeaseRecord(uuid.uuid4().hex, annotator, expires_at, item_ids, number)]
        batch = queries.query_batch(self._state, chosen, leases[0] if leases else None, strategy)
        self._put(leases, [each.record for each in chosen if each.record is not None])
        return batch

    def renew(self, leases: Sequence[LeaseRecord], lease_seconds: float | None) -> list[LeaseRecord]:
        """Makes open leases last `lease_seconds` from now."""
        expires_at = self._expiry(lease_seconds)
        renewed = [replace(lease, expires_at=expires_at) for lease in leases]
        self._put(renewed)
        return renewed

    def release(self, leases: Sequence[LeaseRecord]) -> int:
        """Ends open leases; returns how many items that set free."""
        freed = sum(len(lease.item_ids) for lease in leases)
        ended = [lease.lease_id for lease in leases]
        self._write(Change(drop_leases=ended), lambda _: self._change_leases((), ended))
        return freed

    def change_examples(self, put: Sequence[ExampleRecord], drop: Sequence[str]) -> None:
        """Adds, relabels and removes examples."""
        change = Change(put_examples=put, drop_examples=drop)
        self._write(change, lambda _: self._state.change_examples(put, drop))

    def change_duplicates(self, put: Sequence[DuplicateRecord], drop: Sequence[str]) -> None:
        """Takes in what a search for duplicates found."""
        change = Change(put_duplicates=put, drop_duplicates=drop)
        self._write(change, lambda _: self._state.change_duplicates(put, drop))

    def _after_answers(self, steps: Sequence[Step], annotator: str) -> tuple[list[LeaseRecord], list[str]]:
        """Leases without the items that steps are done with, and the ids of those that hold none any more.

        An item of several annotators leaves only the lease of the annotator who answers it.
        """
        done: dict[str, set[str]] = {}
        for step in steps:
            is_shared = self._state.items.is_shared(self._state.items.position(step.item_id))
            for lease in self._state.leases.of_item(step.item_id):
                if not is_shared or (lease.annotator == annotator and step.kind in _ANSWERS):
                    done.setdefault(lease.lease_id, set()).add(step.item_id)
        return without_items(map(self._state.leases.get, done), done)

    def _put(self, leases: Sequence[LeaseRecord], suggestions: Sequence[SuggestionRecord] = ()) -> None:
        def apply(_: Sequence[Event]) -> None:
            self._state.suggestions.put(suggestions)
            self._change_leases(leases, ())

        self._write(Change(put_leases=leases, suggestions=suggestions), apply)

    def _change_leases(self, put: Sequence[LeaseRecord], drop: Sequence[str]) -> None:
        for lease in put:
            self._state.put_lease(lease)
        for lease_id in drop:
            self._state.drop_lease(lease_id)

    def _write(self, change: Change, apply: Callable[[Sequence[Event]], None]) -> None:
        """Commits a change together with the end of the leases that expired, and then applies it.

        Args:
            change: an empty one without a response is not committed.
            apply: takes the change into memory, with its events as they were written.
        """

        def commit(response: StoredResponse | None) -> None:
            expired = tuple(self._expired_lease_ids)
            dropped = [*change.drop_leases, *expired]
            full = replace(change, drop_leases=dropped, stored_response=response)
            written = self._store.commit(full) if any(vars(full).values()) else ()
            self._expired_lease_ids.difference_update(expired)
            apply(written)

        self._transactions.write(commit)

    def _expiry(self, lease_seconds: float | None) -> float:
        return self._clock.now() + (self._default_lease_seconds if lease_seconds is None else lease_seconds)
