"""How a pool changes: first what it writes to the store, then the state in memory."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from vicinal.core.ports import (
    Arm,
    Change,
    Clock,
    CopyRecord,
    Draw,
    Event,
    EventKind,
    ExampleRecord,
    Lease,
    PoolStore,
    Receipt,
)
from vicinal.core.strategies import Strategy
from vicinal.sampling import suggestions, views
from vicinal.sampling.adding import Addition
from vicinal.sampling.choosing import choose
from vicinal.sampling.leases import without_items
from vicinal.sampling.receipts import receipt_for
from vicinal.sampling.results import Added, Batch, NextBatch, Retry
from vicinal.sampling.rules import Step
from vicinal.sampling.state import PoolState

T = TypeVar("T")

# What an annotator does to be done with an item. Other steps leave it in the annotator's hands.
_ANSWERS = (EventKind.LABELLED, EventKind.RELABELLED, EventKind.SKIPPED, EventKind.RESOLVED)


class Journal:
    """Carries out changes that have been checked. An error from the store leaves the state as it was.

    Not locked: its owner sees to it that one change is made at a time.
    """

    def __init__(
        self, state: PoolState, store: PoolStore, clock: Clock, default_lease_seconds: float
    ) -> None:
        self._state = state
        self._store = store
        self._clock = clock
        self._default_lease_seconds = default_lease_seconds
        self._expired_lease_ids: set[str] = set()

    def expire(self) -> None:
        """Ends the leases whose time is up; the store hears of it with the next change."""
        for lease in self._state.leases.expired(self._clock.now()):
            self._state.drop_lease(lease.lease_id)
            self._expired_lease_ids.add(lease.lease_id)

    def add(self, addition: Addition, retry: Retry[Added] | None) -> None:
        """Adds items; where there are none to add, only the receipt is kept."""
        receipt = self._receipt(retry, addition.result)
        if not addition.records:
            self._write(Change(receipt=receipt))
            return
        self._store.append_items(
            addition.records,
            addition.vectors,
            receipt,
            sketches=addition.sketches if addition.are_stored else (),
            copies=addition.copies,
        )
        self._state.append(addition.records, self._store.vectors(), addition.copies)

    def take(
        self,
        steps: Sequence[Step],
        annotator: str,
        reason: str,
        outcome: T,
        retry: Retry[T] | None,
        *,
        copies: Sequence[CopyRecord] = (),
    ) -> T:
        """Writes steps to the log, with what they do to leases, and copies that are changed with them."""
        now = self._clock.now()
        events = suggestions.events_of(self._state, steps, now, annotator, reason)
        kept, ended = self._after_answers(steps, annotator)
        receipt = self._receipt(retry, outcome)
        self._state.apply(self._write(Change(events, kept, ended, receipt, put_copies=copies)))
        self._state.change_copies(copies, ())
        for lease in kept:
            self._state.put_lease(lease)
        for lease_id in ended:
            self._state.drop_lease(lease_id)
        return outcome

    def lease(
        self,
        wanted: NextBatch,
        strategy: Strategy,
        annotator: str,
        outcome_of: Callable[[Batch], T],
        retry: Retry[T] | None,
    ) -> T:
        """Chooses a batch and opens its lease."""
        self._state.scorer.refresh()
        if wanted.arm is Arm.HOLDOUT:
            strategy = suggestions.HOLDOUT_ORDER
        chosen = choose(self._state, wanted, strategy, annotator)
        leases = []
        if chosen:
            item_ids = tuple(self._state.items.ids[each.pick.position] for each in chosen)
            expires_at, number = self._expiry(wanted.lease_seconds), self._state.leases.next_number
            leases = [Lease(uuid.uuid4().hex, annotator, expires_at, item_ids, number)]
        batch = views.view_batch(self._state, chosen, leases[0] if leases else None, strategy)
        outcome = outcome_of(batch)
        self._put(leases, outcome, retry, [each.draw for each in chosen if each.draw is not None])
        return outcome

    def renew(
        self, leases: Sequence[Lease], lease_seconds: float | None, retry: Retry[list[Lease]] | None
    ) -> list[Lease]:
        """Makes open leases last `lease_seconds` from now."""
        expires_at = self._expiry(lease_seconds)
        renewed = [replace(lease, expires_at=expires_at) for lease in leases]
        self._put(renewed, renewed, retry)
        return renewed

    def release(self, leases: Sequence[Lease], retry: Retry[int] | None) -> int:
        """Ends open leases; returns how many items that set free."""
        freed = sum(len(lease.item_ids) for lease in leases)
        ended = [lease.lease_id for lease in leases]
        self._write(Change(drop_leases=ended, receipt=self._receipt(retry, freed)))
        for lease_id in ended:
            self._state.drop_lease(lease_id)
        return freed

    def change_examples(
        self, put: Sequence[ExampleRecord], drop: Sequence[str], outcome: T, retry: Retry[T] | None
    ) -> T:
        """Adds, relabels and removes examples."""
        receipt = self._receipt(retry, outcome)
        self._write(Change(put_examples=put, drop_examples=drop, receipt=receipt))
        self._state.change_examples(put, drop)
        return outcome

    def change_copies(self, put: Sequence[CopyRecord], drop: Sequence[str]) -> None:
        """Takes in what a search for copies found."""
        self._write(Change(put_copies=put, drop_copies=drop))
        self._state.change_copies(put, drop)

    def _after_answers(self, steps: Sequence[Step], annotator: str) -> tuple[list[Lease], list[str]]:
        """Leases without the items that steps are done with, and the ids of those that hold none any more.

        Of items of several annotators, what this one answers leaves the own lease alone.
        """
        done: dict[str, set[str]] = {}
        for step in steps:
            is_shared = self._state.items.is_shared(self._state.items.position(step.item_id))
            for lease in self._state.leases.of_item(step.item_id):
                if not is_shared or (lease.annotator == annotator and step.kind in _ANSWERS):
                    done.setdefault(lease.lease_id, set()).add(step.item_id)
        return without_items(map(self._state.leases.get, done), done)

    def _put(
        self, leases: Sequence[Lease], outcome: T, retry: Retry[T] | None, draws: Sequence[Draw] = ()
    ) -> None:
        self._write(Change(put_leases=leases, receipt=self._receipt(retry, outcome), draws=draws))
        self._state.draws.put(draws)
        for lease in leases:
            self._state.put_lease(lease)

    def _write(self, change: Change) -> Sequence[Event]:
        """Commits a change together with the end of the leases that expired; an empty one is not written."""
        expired = tuple(self._expired_lease_ids)
        full = replace(change, drop_leases=[*change.drop_leases, *expired])
        if not any(vars(full).values()):
            return ()
        written = self._store.commit(full)
        self._expired_lease_ids.difference_update(expired)
        return written

    def _expiry(self, lease_seconds: float | None) -> float:
        return self._clock.now() + (self._default_lease_seconds if lease_seconds is None else lease_seconds)

    def _receipt(self, retry: Retry[T] | None, outcome: T) -> Receipt | None:
        return receipt_for(retry, outcome, self._clock.now())
