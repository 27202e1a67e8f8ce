"""Calls of the label loop: lease, label, skip, exclude, restore and remove labels, and the log of it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, Protocol

from google.protobuf.duration_pb2 import Duration

from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import MAX_NAME_CHARACTERS, MAX_REASON_CHARACTERS
from vicinal.core.records import Event, ItemRecord
from vicinal.pools import queries
from vicinal.pools.clock import moment_of
from vicinal.pools.results import BatchRequest, LabelInput
from vicinal.pools.rules import check_annotator
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Arm, Batch, LabelEvent
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.handlers import Context, Handlers, in_worker
from vicinal.server.rpc.idempotency import run_once
from vicinal.server.security.access import current_caller
from vicinal.server.settings import Settings
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import BATCH, LABEL_EVENT, LEASE, SUBMITTED

MAX_BATCH = 1000
EXPORT_CHUNK = 500


class LabelHandlers(Handlers):
    """Calls of the label loop."""

    @in_worker
    def LeaseBatch(self, request: v1.LeaseBatchRequest, context: Context) -> v1.LeaseBatchResponse:
        """Leases the next items."""
        checks = begin_checks(request)
        wanted = _batch_request(checks, request, "", self.settings)
        annotator = checks.annotator(request.annotator)
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        return run_once(
            session,
            request,
            v1.LeaseBatchResponse,
            lambda: session.lease_batch(
                wanted.size, annotator, wanted.lease_seconds, wanted.strategy, arm=wanted.arm
            ),
            lambda batch: v1.LeaseBatchResponse(batch=BATCH.encode(_as_seen(batch, session))),
        )

    @in_worker
    def SubmitLabels(self, request: v1.SubmitLabelsRequest, context: Context) -> v1.SubmitLabelsResponse:
        """Adds labels, and leases the next items on request."""
        checks, settings = begin_checks(request), self.settings
        labels = _labels(checks, request, settings.max_items_per_request)
        annotator = checks.annotator(request.annotator)
        lease_id = _lease_id(checks, request.lease_id)
        wanted = _batch_request(checks, request.next, "next.", settings) if request.HasField("next") else None
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        _check_named(session, annotator)
        return run_once(
            session,
            request,
            v1.SubmitLabelsResponse,
            lambda: session.submit_labels(labels, annotator, lease_id, wanted),
            lambda outcome: SUBMITTED.encode(
                replace(outcome, next=_as_seen(outcome.next, session)) if outcome.next else outcome
            ),
        )

    @in_worker
    def RenewLeases(self, request: v1.RenewLeasesRequest, context: Context) -> v1.RenewLeasesResponse:
        """Makes leases last longer."""
        checks = begin_checks(request)
        lease_ids = checks.ids(request.lease_ids, "lease_ids", self.settings.max_items_per_request)
        seconds = _lease_seconds(checks, request, "lease_duration", self.settings)
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        return run_once(
            session,
            request,
            v1.RenewLeasesResponse,
            lambda: session.renew_leases(lease_ids, seconds),
            lambda leases: v1.RenewLeasesResponse(leases=map(LEASE.encode, leases)),
        )

    @in_worker
    def ReleaseLeases(self, request: v1.ReleaseLeasesRequest, context: Context) -> v1.ReleaseLeasesResponse:
        """Ends leases early."""
        checks = begin_checks(request)
        lease_ids = checks.ids(request.lease_ids, "lease_ids", self.settings.max_items_per_request)
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        return run_once(
            session,
            request,
            v1.ReleaseLeasesResponse,
            lambda: session.release_leases(lease_ids),
            lambda items: v1.ReleaseLeasesResponse(released_items=items),
        )

    @in_worker
    def SkipItems(self, request: v1.SkipItemsRequest, context: Context) -> v1.SkipItemsResponse:
        """Skips items that an annotator could not decide."""
        given, session = self._named_items(request)
        _check_named(session, given.annotator)
        return run_once(
            session,
            request,
            v1.SkipItemsResponse,
            lambda: session.skip_items(given.item_ids, given.reason, given.annotator, given.lease_id),
            lambda items: v1.SkipItemsResponse(skipped=items),
        )

    @in_worker
    def ExcludeItems(self, request: v1.ExcludeItemsRequest, context: Context) -> v1.ExcludeItemsResponse:
        """Leaves items out of the suggestions."""
        given, session = self._named_items(request)
        return run_once(
            session,
            request,
            v1.ExcludeItemsResponse,
            lambda: session.exclude_items(given.item_ids, given.reason, given.annotator),
            lambda items: v1.ExcludeItemsResponse(excluded=items),
        )

    @in_worker
    def RestoreItems(self, request: v1.RestoreItemsRequest, context: Context) -> v1.RestoreItemsResponse:
        """Makes skipped, excluded and filtered items and duplicates open again."""
        given, session = self._named_items(request)
        return run_once(
            session,
            request,
            v1.RestoreItemsResponse,
            lambda: session.restore_items(given.item_ids, given.annotator),
            lambda items: v1.RestoreItemsResponse(restored=items),
        )

    @in_worker
    def RemoveLabels(self, request: v1.RemoveLabelsRequest, context: Context) -> v1.RemoveLabelsResponse:
        """Removes labels."""
        given, session = self._named_items(request)
        return run_once(
            session,
            request,
            v1.RemoveLabelsResponse,
            lambda: session.remove_labels(given.item_ids, given.annotator),
            lambda items: v1.RemoveLabelsResponse(removed=items),
        )

    async def ExportLabels(
        self, request: v1.ExportLabelsRequest, context: Context
    ) -> AsyncIterator[v1.ExportLabelsResponse]:
        """The current labels, or the whole log."""
        session, events = await self.workers.compute(self._log, request)
        while lines := await self.workers.compute(_next_lines, session, events):
            yield v1.ExportLabelsResponse(events=lines)

    def _named_items(self, request: "_ItemsRequest") -> "tuple[NamedItems, PoolSession]":
        """The items that a request names, and their pool."""
        checks = begin_checks(request)
        given = NamedItems(
            checks.ids(request.item_ids, "item_ids", self.settings.max_items_per_request),
            checks.annotator(request.annotator),
            checks.text(getattr(request, "reason", ""), "reason", MAX_REASON_CHARACTERS, optional=True),
            _lease_id(checks, getattr(request, "lease_id", "")),
        )
        checks.raise_if_any()
        return given, self.pools.get(request.pool_id)

    def _log(self, request: v1.ExportLabelsRequest) -> tuple[PoolSession, Iterator[Event]]:
        session = self.named_pool(request)
        if request.history and request.with_duplicates:
            raise InvalidInput.at("with_duplicates", "goes with the current labels; leave history unset")
        if request.history:
            return session, session.history()
        return session, iter(session.export_labels(with_duplicates=request.with_duplicates))


@dataclass(frozen=True)
class NamedItems:
    """Items that a request names, and what it says of them; fields that it does not have are empty."""

    item_ids: Sequence[str]
    annotator: str
    reason: str
    lease_id: str


_ItemsRequest = v1.SkipItemsRequest | v1.ExcludeItemsRequest | v1.RestoreItemsRequest | v1.RemoveLabelsRequest


class _WithDuration(Protocol):
    """A message that may say how long a lease is to last."""

    @property
    def lease_duration(self) -> Duration: ...

    def HasField(self, field_name: Literal["lease_duration"], /) -> bool: ...


class _BatchFields(_WithDuration, Protocol):
    """A message that asks for a batch."""

    size: int
    strategy: str

    @property
    def arm(self) -> int: ...


def _batch_request(checks: Checks, wanted: _BatchFields, path: str, settings: Settings) -> BatchRequest:
    return BatchRequest(
        checks.number(wanted.size, f"{path}size", default=1, limit=MAX_BATCH),
        _lease_seconds(checks, wanted, f"{path}lease_duration", settings),
        checks.strategy(wanted.strategy, f"{path}strategy"),
        _arm(checks, wanted, path),
    )


def _arm(checks: Checks, wanted: _BatchFields, path: str) -> Arm:
    arm = checks.word(wanted.arm, Arm, f"{path}arm") or Arm.ACTIVE
    if arm is Arm.CONTROL:
        checks.wrong(f"{path}arm", "is CONTROL, whose items come among those of ACTIVE; ask for another arm")
    if arm is Arm.HOLDOUT and wanted.strategy:
        checks.wrong(
            f"{path}strategy", "does not go with holdout, which comes in random order; leave it unset"
        )
    return arm


def _lease_seconds(checks: Checks, message: _WithDuration, field: str, settings: Settings) -> float | None:
    if not message.HasField("lease_duration"):
        return None
    return checks.seconds(message.lease_duration, field, settings.max_lease_seconds)


def _lease_id(checks: Checks, value: str) -> str:
    return checks.text(value, "lease_id", MAX_NAME_CHARACTERS, optional=True)


def _labels(checks: Checks, request: v1.SubmitLabelsRequest, limit: int) -> list[LabelInput]:
    checks.count(len(request.labels), "labels", limit)
    return [
        LabelInput(
            checks.item_id(given.item_id, f"labels[{row}].item_id"),
            checks.label(given.label, f"labels[{row}].label"),
            given.relabel,
        )
        for row, given in enumerate(request.labels[:limit])
    ]


def _as_seen(batch: Batch, session: PoolSession) -> Batch:
    """A batch as its caller may see it: in a pool with gold items, scores would show which they are."""
    if current_caller().sees_gold or not session.config.gold_share:
        return batch
    return replace(batch, items=[replace(item, score=None) for item in batch.items])


def _check_named(session: PoolSession, annotator: str) -> None:
    """Requires a name for every item of a pool with gold: to require it for gold items only would show them.

    Raises:
        InvalidInput: no annotator is named.
    """
    if not current_caller().sees_gold:
        session.read(lambda state: check_annotator(state, annotator))


def _next_lines(session: PoolSession, events: Iterator[Event]) -> list[resources.LabelEvent]:
    chunk = list(islice(events, EXPORT_CHUNK))
    records = session.read(lambda state: [queries.record_of(state, event.item_id) for event in chunk])
    return [LABEL_EVENT.encode(label_event(event, item)) for event, item in zip(chunk, records, strict=True)]


def label_event(event: Event, item: ItemRecord) -> LabelEvent:
    """A line of the log for callers, with what is known of its item and suggestion."""
    suggestion = event.suggestion
    return LabelEvent(
        sequence=event.sequence,
        kind=event.kind,
        item_id=event.item_id,
        label=event.label,
        annotator=event.annotator,
        reason=event.reason,
        at=moment_of(event.at),
        metadata=item.metadata,
        arm=suggestion.arm if suggestion else None,
        suggestion_number=suggestion.number if suggestion else 0,
        eligible_items=suggestion.eligible if suggestion else 0,
        predicted_label=event.predicted,
        carried_from=event.carried_from,
        holdout=item.holdout,
    )
