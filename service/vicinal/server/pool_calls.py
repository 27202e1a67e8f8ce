"""Calls about whole pools."""

import logging

from vicinal.core.errors import VicinalError
from vicinal.core.ports import PoolConfig
from vicinal.sampling.disguise import seen_pool
from vicinal.sampling.load_status import hidden_pool
from vicinal.sampling.pool_summaries import PoolSummary
from vicinal.sampling.pools import Pools
from vicinal.sampling.queries import query_pool
from vicinal.server import to_domain, to_proto
from vicinal.server.idempotency import once
from vicinal.server.page_tokens import id_of, page_token
from vicinal.server.security.caller import Caller
from vicinal.v1.resources_pb2 import Pool
from vicinal.v1.sampler_service_pb2 import (
    CreatePoolRequest,
    CreatePoolResponse,
    DeletePoolRequest,
    DeletePoolResponse,
    GetPoolRequest,
    GetPoolResponse,
    ListPoolsRequest,
    ListPoolsResponse,
)

LISTING = ["pools"]

log = logging.getLogger("vicinal.server")


def create_pool(pools: Pools, request: CreatePoolRequest, config: PoolConfig) -> CreatePoolResponse:
    """Makes the pool of that config, which was read from the request."""
    return once(
        pools,
        request,
        CreatePoolResponse,
        lambda: pools.create(config),
        lambda view: CreatePoolResponse(pool=to_proto.pool(view)),
    )


def get_pool(pools: Pools, request: GetPoolRequest, caller: Caller) -> GetPoolResponse:
    """A pool as it stands."""
    session = pools.get(to_domain.pool_id(request))
    view = session.view() if caller.sees_gold else session.read(seen_pool)
    return GetPoolResponse(pool=to_proto.pool(view))


def list_pools(pools: Pools, request: ListPoolsRequest, caller: Caller) -> ListPoolsResponse:
    """A page of the pools that the caller sees, by id."""
    size = to_domain.page_size(request)
    last = id_of(LISTING, request.page_token)
    seen = pools.list(caller.sees, query_pool if caller.sees_gold else seen_pool)
    rest = [view for view in seen if view.config.pool_id > last]
    shown = rest[:size]
    more = len(rest) > len(shown)
    return ListPoolsResponse(
        pools=[_listed(view) for view in shown],
        next_page_token=page_token(LISTING, shown[-1].config.pool_id) if more else "",
    )


def _listed(view: PoolSummary) -> Pool:
    """A pool as it stands; one that cannot be told of hides none of the others."""
    try:
        return to_proto.pool(view)
    except (ValueError, TypeError, OverflowError, VicinalError):
        log.exception("pool %r cannot be shown", view.config.pool_id)
        return to_proto.pool(hidden_pool(view.config))


def delete_pool(pools: Pools, request: DeletePoolRequest) -> DeletePoolResponse:
    """Takes a pool away for good."""
    pool_id = to_domain.pool_id(request)
    return once(
        pools,
        request,
        DeletePoolResponse,
        lambda: pools.delete(pool_id),
        lambda _: DeletePoolResponse(),
    )
