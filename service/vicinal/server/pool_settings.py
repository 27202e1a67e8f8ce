"""The settings of a pool to make, from the wire."""

from vicinal.core.annotations import Consensus
from vicinal.core.field_rules import (
    MAX_CLASSES,
    MAX_DIMENSION,
    MAX_NAME_CHARACTERS,
    MAX_OVERLAP,
    MAX_VOTE_NEIGHBOURS,
)
from vicinal.core.ports import Duplicates, PoolConfig
from vicinal.core.similarity import Metric
from vicinal.core.votes import Weighting
from vicinal.server import filter_fields
from vicinal.server.checks import Checks
from vicinal.server.enums import CONSENSUSES, DUPLICATES, METRICS, VOTE_MODELS, WEIGHTINGS
from vicinal.v1 import sampler_service_pb2 as service


def pool_config(request: service.CreatePoolRequest) -> PoolConfig:
    """The settings of the pool to make; fingerprint and date are filled in later."""
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
        duplicates=checks.one_of(config.duplicates, DUPLICATES, "config.copies") or Duplicates.EXACT,
        carry_labels=config.carry_labels,
        augmentations=tuple(config.augmentations),
        confidence_filter=filter_fields.confidence_filter(checks, config),
        outlier_filter=filter_fields.outlier_filter(checks, config),
    )
    if made.augmentations and made.duplicates is not Duplicates.NEAR:
        checks.wrong(
            "config.views", "go with near duplicates alone; set config.copies to NEAR, or leave them unset"
        )
    checks.raise_if_any()
    return made
