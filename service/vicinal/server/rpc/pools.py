"""Calls about whole pools, and the settings of a pool to create."""

import logging

from vicinal.core.errors import VicinalError
from vicinal.core.field_rules import (
    MAX_CLASSES,
    MAX_DIMENSION,
    MAX_NAME_CHARACTERS,
    MAX_OVERLAP,
    MAX_VOTE_NEIGHBOURS,
)
from vicinal.core.records import Duplicates, PoolConfig
from vicinal.core.similarity import Metric
from vicinal.core.statistics.consensus import Consensus
from vicinal.core.votes import Weighting
from vicinal.pools.choosing.gold import seen_pool
from vicinal.pools.queries import query_pool
from vicinal.pools.registry import Pools, hidden_pool
from vicinal.pools.results import PoolSummary
from vicinal.server.rpc import to_domain, to_proto
from vicinal.server.rpc.checks import Checks
from vicinal.server.rpc.idempotency import once
from vicinal.server.rpc.page_tokens import id_of, page_token
from vicinal.server.rpc.to_proto import CONSENSUSES, DUPLICATES, METRICS, VOTE_MODELS, WEIGHTINGS
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
    checks.text(config.featurizer, "config.featurizer", MAX_NAME_CHARACTERS, optional=True)
    checks.number(config.dimension, "config.dimension", default=0, limit=MAX_DIMENSION)
    if not config.featurizer and not config.dimension:
        checks.wrong("config.dimension", "is unset; give it, or a featurizer that has one")
    made = PoolConfig(
        pool_id=config.pool_id,
        dimension=config.dimension,
        metric=checks.one_of(config.metric, METRICS, "config.metric") or Metric.COSINE,
        strategy=checks.strategy(config.strategy, "config.strategy") or "default",
        vote_neighbours=checks.number(
            config.vote_neighbours,
            "config.vote_neighbours",
            default=PoolConfig.vote_neighbours,
            limit=MAX_VOTE_NEIGHBOURS,
        ),
        vote_weighting=checks.one_of(config.vote_weighting, WEIGHTINGS, "config.vote_weighting")
        or Weighting.SIMILARITY,
        vote_model=checks.one_of(config.vote_model, VOTE_MODELS, "config.vote_model"),
        classes=checks.classes(config.classes, "config.classes", MAX_CLASSES),
        seed=config.seed,
        featurizer=config.featurizer,
        holdout_share=checks.fraction(config.holdout_share, "config.holdout_share", least_is_allowed=True),
        control_share=checks.fraction(config.control_share, "config.control_share", least_is_allowed=True),
        overlap=checks.number(config.overlap, "config.overlap", default=1, limit=MAX_OVERLAP),
        consensus=checks.one_of(config.consensus, CONSENSUSES, "config.consensus") or Consensus.MAJORITY,
        gold_share=checks.fraction(config.gold_share, "config.gold_share", least_is_allowed=True),
        duplicates=checks.one_of(config.duplicates, DUPLICATES, "config.duplicates") or Duplicates.EXACT,
        carry_labels=config.carry_labels,
        augmentations=tuple(config.augmentations),
        confidence_filter=_confidence_filter(checks, config),
        outlier_filter=_outlier_filter(checks, config),
    )
    if made.augmentations and made.duplicates is not Duplicates.NEAR:
        checks.wrong(
            "config.augmentations",
            "need near duplicates; set config.duplicates to NEAR, or leave them unset",
        )
    checks.raise_if_any()
    return made


def _confidence_filter(checks: Checks, config: resources.PoolConfig) -> float | None:
    """The confidence filter's least probability; None is the strategy's own."""
    if not config.HasField("confidence_filter"):
        return PoolConfig.confidence_filter
    field = "config.confidence_filter"
    return checks.fraction(config.confidence_filter, field, least_is_allowed=True, most_is_allowed=True)


def _outlier_filter(checks: Checks, config: resources.PoolConfig) -> float | None:
    """How many times the usual spread the outlier filter allows; None is the strategy's own."""
    if not config.HasField("outlier_filter"):
        return PoolConfig.outlier_filter
    return checks.multiple(config.outlier_filter, "config.outlier_filter")


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


def _listed(view: PoolSummary) -> resources.Pool:
    """A pool as it is now; one that cannot be shown does not hide the others."""
    try:
        return to_proto.pool(view)
    except (ValueError, TypeError, OverflowError, VicinalError):
        log.exception("pool %r cannot be shown", view.config.pool_id)
        return to_proto.pool(hidden_pool(view.config))


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
