"""Calls of the label loop: lease, label, skip, exclude, restore and remove labels."""

from vicinal.pools.registry import Pools
from vicinal.pools.session import PoolSession
from vicinal.pools.suggesting import check_annotator
from vicinal.server.rpc import to_domain, to_proto
from vicinal.server.rpc.idempotency import once
from vicinal.server.security.access import Caller
from vicinal.server.settings import Settings
from vicinal.v1.sampler_service_pb2 import (
    ExcludeItemsRequest,
    ExcludeItemsResponse,
    LeaseBatchRequest,
    LeaseBatchResponse,
    ReleaseLeasesRequest,
    ReleaseLeasesResponse,
    RemoveLabelsRequest,
    RemoveLabelsResponse,
    RenewLeasesRequest,
    RenewLeasesResponse,
    RestoreItemsRequest,
    RestoreItemsResponse,
    SkipItemsRequest,
    SkipItemsResponse,
    SubmitLabelsRequest,
    SubmitLabelsResponse,
)


def lease_batch(
    pools: Pools, settings: Settings, request: LeaseBatchRequest, caller: Caller
) -> LeaseBatchResponse:
    """Leases the next items."""
    parsed = to_domain.parse_lease_request(request, settings)
    wanted, session = parsed.batch, pools.get(request.pool_id)
    with_scores = _shows_scores(session, caller)
    return once(
        session,
        request,
        LeaseBatchResponse,
        lambda: session.leases.open(
            wanted.size, parsed.annotator, wanted.lease_seconds, wanted.strategy, arm=wanted.arm
        ),
        lambda batch: LeaseBatchResponse(batch=to_proto.batch(batch, with_scores=with_scores)),
    )


def submit_labels(
    pools: Pools, settings: Settings, request: SubmitLabelsRequest, caller: Caller
) -> SubmitLabelsResponse:
    """Adds labels, and leases the next items on request."""
    parsed = to_domain.parse_label_request(request, settings)
    session = pools.get(request.pool_id)
    _check_named(session, caller, parsed.annotator)
    with_scores = _shows_scores(session, caller)
    return once(
        session,
        request,
        SubmitLabelsResponse,
        lambda: session.labels.submit(parsed.labels, parsed.annotator, parsed.lease_id, parsed.next_batch),
        lambda outcome: to_proto.submitted(outcome, with_scores=with_scores),
    )


def renew_leases(pools: Pools, settings: Settings, request: RenewLeasesRequest) -> RenewLeasesResponse:
    """Makes leases last longer."""
    seconds = to_domain.renewal(request, settings)
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        RenewLeasesResponse,
        lambda: session.leases.renew(request.lease_ids, seconds),
        lambda leases: RenewLeasesResponse(leases=[to_proto.lease(lease) for lease in leases]),
    )


def release_leases(pools: Pools, settings: Settings, request: ReleaseLeasesRequest) -> ReleaseLeasesResponse:
    """Ends leases early."""
    lease_ids = to_domain.released_lease_ids(request, settings)
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        ReleaseLeasesResponse,
        lambda: session.leases.release(lease_ids),
        lambda items: ReleaseLeasesResponse(released_items=items),
    )


def skip_items(
    pools: Pools, settings: Settings, request: SkipItemsRequest, caller: Caller
) -> SkipItemsResponse:
    """Skips items that an annotator could not decide."""
    parsed = to_domain.parse_items_request(request, settings)
    session = pools.get(request.pool_id)
    _check_named(session, caller, parsed.annotator)
    return once(
        session,
        request,
        SkipItemsResponse,
        lambda: session.labels.skip(parsed.item_ids, parsed.reason, parsed.annotator, parsed.lease_id),
        lambda items: SkipItemsResponse(skipped=items),
    )


def exclude_items(pools: Pools, settings: Settings, request: ExcludeItemsRequest) -> ExcludeItemsResponse:
    """Leaves items out of the suggestions."""
    parsed = to_domain.parse_items_request(request, settings)
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        ExcludeItemsResponse,
        lambda: session.items.exclude(parsed.item_ids, parsed.reason, parsed.annotator),
        lambda items: ExcludeItemsResponse(excluded=items),
    )


def restore_items(pools: Pools, settings: Settings, request: RestoreItemsRequest) -> RestoreItemsResponse:
    """Makes skipped, excluded and filtered items and duplicates open again."""
    parsed = to_domain.parse_items_request(request, settings)
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        RestoreItemsResponse,
        lambda: session.items.restore(parsed.item_ids, parsed.annotator),
        lambda items: RestoreItemsResponse(restored=items),
    )


def remove_labels(pools: Pools, settings: Settings, request: RemoveLabelsRequest) -> RemoveLabelsResponse:
    """Removes labels."""
    parsed = to_domain.parse_items_request(request, settings)
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        RemoveLabelsResponse,
        lambda: session.labels.remove(parsed.item_ids, parsed.annotator),
        lambda items: RemoveLabelsResponse(removed=items),
    )


def _shows_scores(session: PoolSession, caller: Caller) -> bool:
    """Whether suggestions have scores: scores would show which items are gold."""
    return caller.sees_gold or not session.config.gold_share


def _check_named(session: PoolSession, caller: Caller, annotator: str) -> None:
    """Requires a name for every item of a pool with gold: to require it for gold items only would show them.

    Raises:
        InvalidInput: no annotator is named.
    """
    if not caller.sees_gold:
        session.read(lambda state: check_annotator(state, annotator))
