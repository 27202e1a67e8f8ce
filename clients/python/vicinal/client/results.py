"""What the calls of the client answer with. Plain frozen records, with numpy where there are vectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from vicinal.client.resources import (
    Fingerprint,
    Item,
    ItemError,
    Neighbour,
    ScoreParts,
    SuggestedItem,
)


@dataclass(frozen=True)
class Added:
    """Outcome of adding items.

    Attributes:
        existing: items that were there already with the same content.
        errors: items not taken; after `import_items` at most the first 1000.
        error_count: all items not taken.
        duplicates: how many of those added are duplicates, which are not suggested.
    """

    added: int
    existing: int
    errors: list[ItemError]
    error_count: int
    duplicates: int = 0


@dataclass(frozen=True)
class Batch:
    """Items handed out, best first. Empty, with no lease, when nothing is left to suggest."""

    lease_id: str
    expires_at: datetime | None
    items: list[SuggestedItem]
    strategy: str


@dataclass(frozen=True)
class Submitted:
    """Outcome of labels given.

    Attributes:
        unchanged: items that had this label already.
        next: the next batch, if it was asked for.
    """

    labelled: int
    relabelled: int
    unchanged: int
    next: Batch | None


@dataclass(frozen=True)
class Prediction:
    """What the votes say of a content or an item.

    Attributes:
        label: the likeliest class.
        probabilities: by class, the 100 likeliest at most, likeliest first; those of all classes sum to 1.
        neighbours: the items that voted, heaviest first, if asked for.
    """

    label: str
    probabilities: Mapping[str, float]
    neighbours: list[Neighbour]


@dataclass(frozen=True)
class Classified:
    """Outcome of a classification.

    Attributes:
        predictions: one for each input, in order; None where `errors` has that index.
    """

    predictions: list[Prediction | None]
    errors: list[ItemError]


@dataclass(frozen=True)
class ScoredItem:
    """An item that can be chosen now, with its score; rank 1 is the best."""

    item_id: str
    rank: int
    score: ScoreParts
    probabilities: Mapping[str, float]


@dataclass(frozen=True)
class FilterDecision:
    """Whether an item is filtered, with the figures that decide; each limit is 0 where it is off.

    Attributes:
        filtered: "confident", "outlier", or empty if it is not filtered.
        probability: of the likeliest class.
        confidence_filter: from which on an item may count as confident.
        evidence: for that class: vote mass, or near labelled items where the nearest vote.
        min_evidence: that it takes to be confident.
        agreement: part of the evidence that is for that class; it takes `confidence_filter` too.
        density: mean similarity to the nearest items of the pool.
        least_density: below which an item is an outlier.
        message: in plain words.
    """

    filtered: str
    probability: float
    confidence_filter: float
    evidence: float
    min_evidence: float
    agreement: float
    density: float
    least_density: float
    message: str


@dataclass(frozen=True)
class ItemDetails:
    """An item with all that speaks for and about it.

    Attributes:
        voters: labelled items that vote on it, heaviest first.
        pool_neighbours: the nearest items of the pool.
        score: None while the item cannot be chosen, be it filtered or not open.
        rank: 1 is the best; None where there is no score.
        eligible_items: how many are chosen among now.
        filter_decision: whether the item is filtered, and why; None where the pool filters nothing.
    """

    item: Item
    probabilities: Mapping[str, float]
    voters: list[Neighbour]
    pool_neighbours: list[Neighbour]
    score: ScoreParts | None
    rank: int | None
    eligible_items: int
    filter_decision: FilterDecision | None = None


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Vectors of contents.

    Attributes:
        vectors: (n, dimension) float32 in the order of the contents; rows of failures are NaN.
        fingerprint: what the vectors were made with; its digest goes with them to `add_vectors`.
    """

    vectors: NDArray[np.float32]
    fingerprint: Fingerprint
    errors: list[ItemError]
