"""Calls that read a pool and change nothing."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice

from vicinal.core.errors import InvalidInput
from vicinal.core.records import Event
from vicinal.pools import queries
from vicinal.pools.gold import hide_gold_in_explanation, list_items_hiding_gold
from vicinal.pools.registry import Pools
from vicinal.pools.results import FilterReason, ScoredItem
from vicinal.pools.session import PoolSession
from vicinal.server.rpc import to_domain, to_proto
from vicinal.server.rpc.checks import Checks
from vicinal.server.rpc.page_tokens import page_token, position_of
from vicinal.server.rpc.to_proto import FILTER_REASONS
from vicinal.server.runtime.workers import Workers
from vicinal.server.security.access import Caller
from vicinal.v1 import filters_pb2 as filters
from vicinal.v1.resources_pb2 import LabelEvent
from vicinal.v1.sampler_service_pb2 import (
    ExportLabelsRequest,
    ExportLabelsResponse,
    GetItemRequest,
    GetItemResponse,
    ListItemsRequest,
    ListItemsResponse,
    ScorePoolRequest,
    ScorePoolResponse,
)

STREAM_CHUNK = 500


def get_item(pools: Pools, request: GetItemRequest, caller: Caller) -> GetItemResponse:
    """An item with all that speaks for and against suggesting it."""
    strategy = to_domain.strategy(request)
    session = pools.get(request.pool_id)
    explained = session.explain(request.item_id, strategy)
    if not caller.sees_gold:
        explained = session.read(lambda state: hide_gold_in_explanation(state, explained))
    return to_proto.explanation(explained)


def list_items(pools: Pools, request: ListItemsRequest, caller: Caller) -> ListItemsResponse:
    """A page of items, in the order they were added."""
    states, size = to_domain.states(request), to_domain.page_size(request)
    reasons = _filter_reasons(request)
    listing = ["items", request.pool_id, *sorted({*states, *reasons})]
    session = pools.get(request.pool_id)
    first = position_of(listing, request.page_token)
    if caller.sees_gold:
        items, cursor = session.list_items(states, first, size, filtered=reasons)
    else:
        items, cursor = session.read(
            lambda state: list_items_hiding_gold(state, states, reasons, first, size)
        )
    return ListItemsResponse(
        items=[to_proto.item(item) for item in items],
        next_page_token="" if cursor is None else page_token(listing, cursor),
    )


async def score_pool(
    pools: Pools, workers: Workers, request: ScorePoolRequest
) -> AsyncIterator[ScorePoolResponse]:
    """Every candidate, best first, as the pool is at the call."""
    rows = await workers.compute(_scored, pools, request)
    while items := await workers.compute(_next_scored, rows):
        yield ScorePoolResponse(items=items)


async def export_labels(
    pools: Pools, workers: Workers, request: ExportLabelsRequest
) -> AsyncIterator[ExportLabelsResponse]:
    """The current labels, or the whole log."""
    session, events = await workers.compute(_log, pools, request)
    while lines := await workers.compute(_next_lines, session, events):
        yield ExportLabelsResponse(events=lines)


def _filter_reasons(request: ListItemsRequest) -> list[FilterReason]:
    """For which reasons the listed items are filtered; none lists all items, filtered or not."""
    checks = Checks()
    reasons = {number: reason for reason, number in FILTER_REASONS.items()}
    for row, value in enumerate(request.filtered):
        if value not in reasons:
            known = ", ".join(filters.FilterReason.Name(number) for number in reasons)
            checks.wrong(f"filtered[{row}]", f"is {value}; give {known}, or none for all")
    checks.raise_if_any()
    return [reasons[value] for value in request.filtered]


def _scored(pools: Pools, request: ScorePoolRequest) -> Iterator[ScoredItem]:
    strategy = to_domain.strategy(request)
    return pools.get(request.pool_id).score_pool(strategy)


def _next_scored(rows: Iterator[ScoredItem]) -> list[ScorePoolResponse.ScoredItem]:
    return [to_proto.scored_item(row) for row in islice(rows, STREAM_CHUNK)]


def _log(pools: Pools, request: ExportLabelsRequest) -> tuple[PoolSession, Iterator[Event]]:
    session = pools.get(to_domain.pool_id(request))
    if request.history and request.with_duplicates:
        raise InvalidInput.at("with_duplicates", "goes with the current labels; leave history unset")
    if request.history:
        return session, session.history()
    return session, iter(session.export_labels(with_duplicates=request.with_duplicates))


def _next_lines(session: PoolSession, events: Iterator[Event]) -> list[LabelEvent]:
    chunk = list(islice(events, STREAM_CHUNK))
    records = session.read(lambda state: [queries.record_of(state, event.item_id) for event in chunk])
    return [to_proto.label_event(event, item) for event, item in zip(chunk, records, strict=True)]
