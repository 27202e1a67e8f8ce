"""What the votes say, and the scores that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ScoreParts:
    """Why one item scores as it does.

    Attributes:
        uncertainty: of the votes; 0 is sure.
        density: information density, how typical of the pool the item is.
        diversity: how far the item is from all that is labelled, leased or picked.
        uncertainty_cdf: part of the eligible items that are no more uncertain, above 0 to 1; so the others.
        uncertainty_exponent: weight of that cdf in the product; so the others.
        score: uncertainty_cdf ** uncertainty_exponent * density_cdf ** density_exponent
            * diversity_cdf ** diversity_exponent, 0 to 1.
    """

    uncertainty: float
    density: float
    diversity: float
    uncertainty_cdf: float
    density_cdf: float
    diversity_cdf: float
    uncertainty_exponent: float
    density_exponent: float
    diversity_exponent: float
    score: float


@dataclass(frozen=True)
class Neighbour:
    """An item near another, or an item or example that votes on it.

    Attributes:
        item_id: empty for an example.
        label: empty if it has none.
        weight: its part in the vote, 0 to 1; 0 if it had none.
        example_id: empty for an item.
        carried_from: the item whose label it is that this one, a duplicate, votes with; empty if its own.
    """

    item_id: str
    label: str
    similarity: float
    weight: float
    example_id: str = ""
    carried_from: str = ""


@dataclass(frozen=True)
class Prediction:
    """What the votes say of a content or an item.

    Attributes:
        label: the likeliest class.
        probabilities: by class, the 100 likeliest at most, likeliest first, equal ones by label; those of all
            classes sum to 1.
        neighbours: the items and examples that voted, heaviest first, if asked for.
    """

    label: str
    probabilities: Mapping[str, float]
    neighbours: Sequence[Neighbour] = ()


@dataclass(frozen=True)
class ScoredItem:
    """An item that can be chosen now, with its score; rank 1 is suggested first."""

    item_id: str
    rank: int
    score: ScoreParts
    probabilities: Mapping[str, float]
