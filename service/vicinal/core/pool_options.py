"""The options of a pool: one table that requests, responses, storage and their checks follow.

A new option is a field of the wire's `PoolConfig`, a field and a rule here, and an argument of the client's
`create_pool`; the command line takes its options from that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from vicinal.core.field_rules import (
    MAX_CLASSES,
    MAX_DIMENSION,
    MAX_NAME_CHARACTERS,
    MAX_OVERLAP,
    MAX_SEED,
    MAX_VOTE_NEIGHBOURS,
)
from vicinal.core.records import Duplicates, Fingerprint
from vicinal.core.similarity import Metric
from vicinal.core.statistics.consensus import Consensus
from vicinal.core.votes import VoteModel, Weighting

MAX_AUGMENTATIONS = 1000


@dataclass(frozen=True)
class Whole:
    """A whole number; in a request, 0 takes the default.

    Attributes:
        least: that a stored pool can have.
        most: that is allowed.
    """

    least: int
    most: int


@dataclass(frozen=True)
class Share:
    """A share of a whole, from 0 on.

    Attributes:
        with_one: whether it may be 1.
        is_optional: whether it may be unset, which is the strategy's own.
    """

    with_one: bool = False
    is_optional: bool = False


@dataclass(frozen=True)
class Multiple:
    """A number of times, from 0 on; unset is the strategy's own."""


@dataclass(frozen=True)
class OneOf:
    """One of a few words.

    Attributes:
        kind: the words.
        is_optional: whether it may be unset, which is the strategy's own.
    """

    kind: type[StrEnum]
    is_optional: bool = False


@dataclass(frozen=True)
class StrategyName:
    """The name of a strategy."""


@dataclass(frozen=True)
class Text:
    """A short text that may be empty."""

    max_characters: int = MAX_NAME_CHARACTERS


@dataclass(frozen=True)
class Flag:
    """Yes or no."""


@dataclass(frozen=True)
class Classes:
    """Labels, each once."""

    most: int = MAX_CLASSES


@dataclass(frozen=True)
class Names:
    """Names that the featurizers know."""

    most: int = MAX_AUGMENTATIONS


Rule = Whole | Share | Multiple | OneOf | StrategyName | Text | Flag | Classes | Names

POOL_OPTIONS: Mapping[str, Rule] = MappingProxyType(
    {
        "featurizer": Text(),
        "dimension": Whole(1, MAX_DIMENSION),
        "metric": OneOf(Metric),
        "strategy": StrategyName(),
        "vote_neighbours": Whole(1, MAX_VOTE_NEIGHBOURS),
        "vote_weighting": OneOf(Weighting),
        "vote_model": OneOf(VoteModel, is_optional=True),
        "classes": Classes(),
        "seed": Whole(0, MAX_SEED),
        "holdout_share": Share(),
        "control_share": Share(),
        "overlap": Whole(1, MAX_OVERLAP),
        "consensus": OneOf(Consensus),
        "gold_share": Share(),
        "duplicates": OneOf(Duplicates),
        "carry_labels": Flag(),
        "augmentations": Names(),
        "confidence_filter": Share(with_one=True, is_optional=True),
        "outlier_filter": Multiple(),
    }
)
"""The rule of each option, by its name in requests, in `PoolConfig`, in storage and on the command line."""


@dataclass(frozen=True)
class PoolConfig:
    """What a pool is made with; it never changes.

    Attributes:
        vote_model: what turns labels into probabilities; None is the strategy's own.
        holdout_share: share of the items that are kept for measuring, 0 to below 1, decided item by item.
        control_share: share of the suggestions that are drawn at random, 0 to below 1.
        overlap: how many different annotators an item is to have, 1 or more.
        consensus: how one label is made of several annotators' labels.
        gold_share: share of each annotator's suggestions that are gold items, 0 to below 1.
        gold_secret: what chance mixes in when it says which suggestions are gold; shown to nobody.
        duplicates: which duplicates among its items are found.
        carry_labels: whether an item's label also votes for its duplicates; in pools of texts and vectors,
            for identical ones alone.
        augmentations: names of augmentations by which near duplicates are looked for too.
        confidence_filter: as the strategy's field, 0 to 1; None is the strategy's own.
        outlier_filter: as the strategy's field, 0 or more; None is the strategy's own.
    """

    pool_id: str
    dimension: int
    metric: Metric = Metric.COSINE
    strategy: str = "default"
    vote_neighbours: int = 10
    vote_weighting: Weighting = Weighting.SIMILARITY
    vote_model: VoteModel | None = None
    classes: tuple[str, ...] = ()
    seed: int = 0
    featurizer: str = ""
    fingerprint: Fingerprint | None = None
    created_at: float = 0.0
    holdout_share: float = 0.0
    control_share: float = 0.0
    overlap: int = 1
    consensus: Consensus = Consensus.MAJORITY
    gold_share: float = 0.0
    gold_secret: str = field(default="", kw_only=True)
    duplicates: Duplicates = Duplicates.EXACT
    carry_labels: bool = False
    augmentations: tuple[str, ...] = ()
    confidence_filter: float | None = None
    outlier_filter: float | None = None

    @cached_property
    def class_set(self) -> frozenset[str]:
        """The classes, to look labels up in."""
        return frozenset(self.classes)


def default_of(option: str) -> Any:
    """What a pool has where an option is not given; None where it has to be given."""
    return getattr(PoolConfig, option, None)
