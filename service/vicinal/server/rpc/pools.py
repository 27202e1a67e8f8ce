"""Calls about whole pools, and the settings of a pool to create."""

import logging
from typing import Any

from vicinal.core.errors import VicinalError
from vicinal.core.pool_options import (
    POOL_OPTIONS,
    Classes,
    Flag,
    Multiple,
    Names,
    OneOf,
    PoolConfig,
    Rule,
    Share,
    StrategyName,
    Text,
    Whole,
    default_of,
)
from vicinal.core.records import Duplicates
from vicinal.pools.gold import hide_gold_in_pool
from vicinal.pools.queries import query_pool
from vicinal.pools.registry import Pools, make_unreadable_summary
from vicinal.pools.results import PoolSummary
from vicinal.server.rpc import to_domain, to_proto
from vicinal.server.rpc.checks import Checks
from vicinal.server.rpc.idempotency import once
from vicinal.server.rpc.page_tokens import id_of, page_token
from vicinal.server.rpc.to_proto import WIRE_ENUMS
from vicinal.server.security.access import Caller
from vicinal.v1 import resources_pb2 as resources
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


def pool_config(request: CreatePoolRequest) -> PoolConfig:
    """The settings of the pool to create; fingerprint and date are filled in later."""
    checks, config = Checks(), request.config
    checks.request_id(request.request_id)
    checks.pool_id(config.pool_id, "config.pool_id")
    if not config.featurizer and not config.dimension:
        checks.wrong("config.dimension", "is unset; give it, or a featurizer that has one")
    given = {name: _read_option(checks, config, name, rule) for name, rule in POOL_OPTIONS.items()}
    made = PoolConfig(pool_id=config.pool_id, **given)
    if made.augmentations and made.duplicates is not Duplicates.NEAR:
        checks.wrong(
            "config.augmentations",
            "need near duplicates; set config.duplicates to NEAR, or leave them unset",
        )
    checks.raise_if_any()
    return made


def _read_option(checks: Checks, config: resources.PoolConfig, name: str, rule: Rule) -> Any:  # noqa: PLR0911
    """What a request gives for an option, checked by its rule; the default where it gives none."""
    value, field, default = getattr(config, name), f"config.{name}", default_of(name)
    match rule:
        case Share(is_optional=True) | Multiple() if not config.HasField(name):
            return default
        case Share():
            return checks.fraction(value, field, least_is_allowed=True, most_is_allowed=rule.with_one)
        case Multiple():
            return checks.multiple(value, field)
        case Whole():
            return checks.number(value, field, default=default or 0, limit=rule.most)
        case OneOf():
            return checks.one_of(value, WIRE_ENUMS[rule.kind], field) or default
        case StrategyName():
            return checks.strategy(value, field) or default
        case Text():
            return checks.text(value, field, rule.max_characters, optional=True)
        case Classes():
            return checks.classes(value, field, rule.most)
        case Names():
            return tuple(value)
        case Flag():
            return value


def create_pool(pools: Pools, request: CreatePoolRequest, config: PoolConfig) -> CreatePoolResponse:
    """Creates the pool of that config, which was read from the request."""
    return once(
        pools,
        request,
        CreatePoolResponse,
        lambda: pools.create(config),
        lambda view: CreatePoolResponse(pool=to_proto.pool(view)),
    )


def get_pool(pools: Pools, request: GetPoolRequest, caller: Caller) -> GetPoolResponse:
    """A pool as it is now."""
    session = pools.get(to_domain.pool_id(request))
    view = session.view() if caller.sees_gold else session.read(hide_gold_in_pool)
    return GetPoolResponse(pool=to_proto.pool(view))


def list_pools(pools: Pools, request: ListPoolsRequest, caller: Caller) -> ListPoolsResponse:
    """A page of the pools that the caller sees, by id."""
    size = to_domain.page_size(request)
    last = id_of(LISTING, request.page_token)
    seen = pools.list(caller.sees, query_pool if caller.sees_gold else hide_gold_in_pool)
    rest = [view for view in seen if view.config.pool_id > last]
    shown = rest[:size]
    more = len(rest) > len(shown)
    return ListPoolsResponse(
        pools=[_listed(view) for view in shown],
        next_page_token=page_token(LISTING, shown[-1].config.pool_id) if more else "",
    )


def _listed(view: PoolSummary) -> resources.Pool:
    """A pool as it is now; one that cannot be shown does not hide the others."""
    try:
        return to_proto.pool(view)
    except (ValueError, TypeError, OverflowError, VicinalError):
        log.exception("pool %r cannot be shown", view.config.pool_id)
        return to_proto.pool(make_unreadable_summary(view.config))


def delete_pool(pools: Pools, request: DeletePoolRequest) -> DeletePoolResponse:
    """Deletes a pool for good."""
    pool_id = to_domain.pool_id(request)
    return once(
        pools,
        request,
        DeletePoolResponse,
        lambda: pools.delete(pool_id),
        lambda _: DeletePoolResponse(),
    )
