"""The options of a pool: one table that requests, responses, storage and their checks follow.

A new option is a field of the wire's `PoolConfig`, a field and a rule here, and an argument of the client's
`create_pool`; the command line takes its options from that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

MAX_AUGMENTATIONS = 1000
MAX_CLASSES = 10_000
MAX_DIMENSION = 16_384
MAX_OVERLAP = 100
MAX_SEED = 2**64 - 1
MAX_VOTE_NEIGHBOURS = 100


class Metric(StrEnum):
    """How near two vectors are.

    COSINE: the dot product of unit vectors, -1 to 1.
    EUCLIDEAN: 1 / (1 + distance), above 0 to 1.
    """

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"

    @property
    def least_similarity(self) -> float:
        """No similarity is below this."""
        return -1.0 if self is Metric.COSINE else 0.0


class Weighting(StrEnum):
    """How much a labelled neighbour's vote counts.

    SIMILARITY: as much as it is similar, never below a millionth.
    UNIFORM: each the same.
    """

    SIMILARITY = "similarity"
    UNIFORM = "uniform"


class VoteModel(StrEnum):
    """What turns labels into probabilities.

    DIRECT: the nearest labelled items vote.
    DIFFUSED: each label's vote spreads over the pool's neighbour graph.
    BLENDED: diffused votes, blended with a linear head.
    """

    DIRECT = "direct"
    DIFFUSED = "diffused"
    BLENDED = "blended"


class Consensus(StrEnum):
    """How one label is made of several annotators' labels."""

    MAJORITY = "majority"
    DAWID_SKENE = "dawid_skene"


class Duplicates(StrEnum):
    """Which duplicates a pool finds among its items.

    OFF: none; every item stands for itself.
    EXACT: same bytes, same pixels, same text or vector, as items come.
    NEAR: also those that were edited or augmented.
    """

    OFF = "off"
    EXACT = "exact"
    NEAR = "near"


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
    """A short text, such as a name, that may be empty."""


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
"""The rule of each option, by its name in requests, in `PoolOptions`, in storage and on the command line."""


@dataclass(frozen=True)
class PoolOptions:
    """What a caller decides when a pool is made; it never changes.

    Attributes:
        pool_id: 1 to 64 characters.
        dimension: of the vectors; that of the featurizer, where there is one.
        strategy: name of the strategy that scores its items.
        vote_neighbours: labelled neighbours that vote on an item.
        vote_weighting: how much each of them counts.
        vote_model: what turns labels into probabilities; None is the strategy's own.
        classes: the labels that may be given; empty if any may.
        seed: of all random choices in the pool.
        featurizer: name of the model that embeds its items; empty for a pool of plain vectors.
        holdout_share: share of the items that are kept for measuring, 0 to below 1, decided item by item.
        control_share: share of the suggestions that are drawn at random, 0 to below 1.
        overlap: how many different annotators an item is to have, 1 or more.
        consensus: how one label is made of several annotators' labels.
        gold_share: share of each annotator's suggestions that are gold items, 0 to below 1.
        duplicates: which duplicates among its items are found.
        carry_labels: whether an item's label also votes for its duplicates; in pools of texts and vectors,
            for identical ones alone.
        augmentations: names of augmentations by which near duplicates are looked for too.
        confidence_filter: probability of the likeliest class from which an item may be filtered, 0 to 1; 0 is
            never, None the strategy's own.
        outlier_filter: how many usual spreads below the median density an outlier lies, 0 or more; 0 is
            never, None the strategy's own.
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
    holdout_share: float = 0.0
    control_share: float = 0.0
    overlap: int = 1
    consensus: Consensus = Consensus.MAJORITY
    gold_share: float = 0.0
    duplicates: Duplicates = Duplicates.EXACT
    carry_labels: bool = False
    augmentations: tuple[str, ...] = ()
    confidence_filter: float | None = None
    outlier_filter: float | None = None


def default_of(option: str) -> Any:
    """What a pool has where an option is not given; None where it has to be given."""
    return getattr(PoolOptions, option, None)
