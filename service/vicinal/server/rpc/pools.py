"""Calls about whole pools, and the settings of a pool to create."""

import logging
from dataclasses import fields, replace
from typing import Any

from vicinal.core.errors import VicinalError
from vicinal.core.field_rules import MAX_NAME_CHARACTERS
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.strategies import strategy_named
from vicinal.pools.choosing.gold import seen_pool
from vicinal.pools.clock import moment_of
from vicinal.pools.queries import query_pool
from vicinal.pools.registry import Pools, hidden_pool
from vicinal.pools.results import PoolSummary
from vicinal.pools.scoring.filters import filter_limits
from vicinal.records.pool_options import (
    POOL_OPTIONS,
    Classes,
    Duplicates,
    Flag,
    Multiple,
    Names,
    OneOf,
    PoolOptions,
    Rule,
    Share,
    StrategyName,
    Text,
    Whole,
    default_of,
)
from vicinal.records.pools import Pool, PoolStatus
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.handlers import Context, Handlers, in_worker
from vicinal.server.rpc.idempotency import run_once
from vicinal.server.rpc.page_tokens import id_of, page_token
from vicinal.server.security.access import current_caller
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import POOL

LISTING = ["pools"]

log = logging.getLogger("vicinal.server")


class PoolHandlers(Handlers):
    """Calls about whole pools."""

    async def CreatePool(self, request: v1.CreatePoolRequest, context: Context) -> v1.CreatePoolResponse:
        """Creates a pool; its featurizer is loaded first, before any lock is taken."""
        config = pool_config(request)
        if config.featurizer:
            await self.workers.load(config.featurizer, lambda: self.pools.featurizers.get(config.featurizer))
        return await self.workers.compute(self._create, request, config)

    def _create(self, request: v1.CreatePoolRequest, config: PoolConfig) -> v1.CreatePoolResponse:
        return run_once(
            self.pools,
            request,
            v1.CreatePoolResponse,
            lambda: self.pools.create(config),
            lambda summary: v1.CreatePoolResponse(pool=POOL.encode(pool_of(summary))),
        )

    @in_worker
    def GetPool(self, request: v1.GetPoolRequest, context: Context) -> v1.GetPoolResponse:
        """A pool as it is now."""
        session = self.named_pool(request)
        summary = session.view() if current_caller().sees_gold else session.read(seen_pool)
        return v1.GetPoolResponse(pool=POOL.encode(pool_of(summary)))

    @in_worker
    def ListPools(self, request: v1.ListPoolsRequest, context: Context) -> v1.ListPoolsResponse:
        """A page of the pools that the caller sees, by id."""
        return list_pools(self.pools, request)

    @in_worker
    def DeletePool(self, request: v1.DeletePoolRequest, context: Context) -> v1.DeletePoolResponse:
        """Deletes a pool for good."""
        begin_checks(request).raise_if_any()
        return run_once(
            self.pools,
            request,
            v1.DeletePoolResponse,
            lambda: self.pools.delete(request.pool_id),
            lambda _: v1.DeletePoolResponse(),
        )


def list_pools(pools: Pools, request: v1.ListPoolsRequest) -> v1.ListPoolsResponse:
    """A page of the pools that the caller sees, by id."""
    checks, caller = Checks(), current_caller()
    size = checks.page_size(request.page_size)
    checks.raise_if_any()
    last = id_of(LISTING, request.page_token)
    seen = pools.list(caller.sees, query_pool if caller.sees_gold else seen_pool)
    rest = [summary for summary in seen if summary.config.pool_id > last]
    shown = rest[:size]
    more = len(rest) > len(shown)
    return v1.ListPoolsResponse(
        pools=map(_listed, shown),
        next_page_token=page_token(LISTING, shown[-1].config.pool_id) if more else "",
    )


def _listed(summary: PoolSummary) -> resources.Pool:
    """A pool as it is now; one that cannot be shown does not hide the others."""
    try:
        return POOL.encode(pool_of(summary))
    except (ValueError, TypeError, OverflowError, VicinalError):
        log.exception("pool %r cannot be shown", summary.config.pool_id)
        return POOL.encode(pool_of(hidden_pool(summary.config)))


def pool_of(summary: PoolSummary) -> Pool:
    """A pool as callers see it: with its strategy's own values in place of options that were not given."""
    config = summary.config
    strategy = strategy_named(config.strategy)
    limits = filter_limits(config, strategy)
    applied = replace(
        config,
        vote_model=config.vote_model or strategy.vote_model,
        confidence_filter=limits.confidence_filter,
        outlier_filter=limits.outlier_filter,
    )
    return Pool(
        **{each.name: getattr(applied, each.name) for each in fields(PoolOptions)},
        **{each.name: getattr(summary, each.name) for each in fields(PoolStatus)},
        fingerprint=config.fingerprint,
        created_at=moment_of(config.created_at),
    )


def pool_config(request: v1.CreatePoolRequest) -> PoolConfig:
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
            return checks.word(value, rule.kind, field) or default
        case StrategyName():
            return checks.strategy(value, field) or default
        case Text():
            return checks.text(value, field, MAX_NAME_CHARACTERS, optional=True)
        case Classes():
            return checks.classes(value, field, rule.most)
        case Names():
            return tuple(value)
        case Flag():
            return value
