"""Calls about annotators: how often each is right, what they disagree on, and how that is resolved."""

from dataclasses import replace

from vicinal.core.statistics.accuracy import Interval
from vicinal.pools.annotators import AnnotatorSummary
from vicinal.pools.registry import Pools
from vicinal.pools.results import LabelInput
from vicinal.server.rpc import to_proto
from vicinal.server.rpc.checks import begin_checks
from vicinal.server.rpc.idempotency import once
from vicinal.server.rpc.page_tokens import page_token, position_of
from vicinal.server.rpc.to_domain import DEFAULT_PAGE, MAX_PAGE
from vicinal.server.security.access import Caller
from vicinal.server.settings import Settings
from vicinal.v1 import annotators_pb2 as v1


def list_annotators(
    pools: Pools, request: v1.ListAnnotatorsRequest, caller: Caller
) -> v1.ListAnnotatorsResponse:
    """Who labels, and how often each is right; figures on gold items only for callers that may see gold."""
    checks = begin_checks(request)
    checks.raise_if_any()
    listed = pools.get(request.pool_id).annotators.list()
    if not caller.sees_gold:
        listed = [replace(annotator, gold=None) for annotator in listed]
    return v1.ListAnnotatorsResponse(annotators=[_annotator(annotator) for annotator in listed])


def list_disputed_items(pools: Pools, request: v1.ListDisputedItemsRequest) -> v1.ListDisputedItemsResponse:
    """A page of the items whose annotators disagree, most disputed first."""
    checks = begin_checks(request)
    size = checks.number(request.page_size, "page_size", default=DEFAULT_PAGE, limit=MAX_PAGE)
    checks.raise_if_any()
    listing = ["disputed", request.pool_id]
    session = pools.get(request.pool_id)
    page, cursor = session.annotators.disputed(position_of(listing, request.page_token), size)
    return v1.ListDisputedItemsResponse(
        items=[to_proto.item(item) for item in page],
        next_page_token="" if cursor is None else page_token(listing, cursor),
    )


def resolve_items(
    pools: Pools, settings: Settings, request: v1.ResolveItemsRequest, caller: Caller
) -> v1.ResolveItemsResponse:
    """Decides the labels of items, as a person says."""
    labels, annotator = _resolutions(request, settings)
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        v1.ResolveItemsResponse,
        lambda: session.annotators.resolve(labels, annotator, hides_gold=not caller.sees_gold),
        lambda resolved: v1.ResolveItemsResponse(resolved=resolved),
    )


def settle_labels(pools: Pools, request: v1.SettleLabelsRequest) -> v1.SettleLabelsResponse:
    """Labels items by a consensus over all annotations."""
    checks = begin_checks(request)
    checks.raise_if_any()
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        v1.SettleLabelsResponse,
        session.annotators.settle,
        lambda changed: v1.SettleLabelsResponse(changed=changed),
    )


def _resolutions(request: v1.ResolveItemsRequest, settings: Settings) -> tuple[list[LabelInput], str]:
    checks, limit = begin_checks(request), settings.max_items_per_request
    checks.count(len(request.resolutions), "resolutions", limit)
    annotator = checks.annotator(request.annotator, optional=False)
    labels = [
        LabelInput(
            checks.item_id(given.item_id, f"resolutions[{row}].item_id"),
            checks.label(given.label, f"resolutions[{row}].label"),
        )
        for row, given in enumerate(request.resolutions[:limit])
    ]
    checks.raise_if_any()
    return labels, annotator


def _annotator(of: AnnotatorSummary) -> v1.Annotator:
    return v1.Annotator(
        annotator=of.annotator,
        labels=of.labels,
        items_leased=of.items_leased,
        last_label_time=to_proto.timestamp(of.last_at),
        agreement=_share(of.agreement),
        gold=_share(of.gold),
    )


def _share(of: Interval | None) -> v1.MeasuredShare | None:
    return None if of is None else v1.MeasuredShare(value=of.value, low=of.low, high=of.high, items=of.items)
