"""Named ways of choosing what to label next."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vicinal.core.errors import InvalidInput
from vicinal.core.scoring.density import Density
from vicinal.core.scoring.diversity import Diversity
from vicinal.core.scoring.scores import Exponents
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.records.pool_options import VoteModel

# Too small to change the order of ranks that differ (up to some millions of items), large enough to order
# those that do not.
TIE_BREAKER = 1e-8


@dataclass(frozen=True)
class Strategy:
    """What the score is made of.

    Attributes:
        name: what callers ask for.
        uncertainty: how uncertainty is measured.
        density: how density is measured.
        uncertainty_weight: exponent of uncertainty; 0 leaves it out.
        density_weight: exponent of density before any label.
        diversity_weight: exponent of diversity.
        diversity: how it is measured.
        vote_model: what a pool of this strategy votes with, unless it was made with another.
        density_decay: the density's exponent is multiplied by this for each label, 0 to 1.
        density_floor: but never by less than this in all.
        is_random: items go by `random_priority` alone.
        first_by_density: before any label, ties go to the denser item, whatever the weights.
        confidence_filter: probability of the likeliest class from which an item may count as confident and be
            filtered (`core.scoring.filters`); 0 filters none.
        outlier_filter: how many times the usual spread an item's local density may lie below the pool's
            median before it counts as an outlier and is filtered; 0 filters none.
    """

    name: str
    uncertainty: Uncertainty = Uncertainty.MARGIN
    density: Density = Density.LOCAL
    uncertainty_weight: float = 0.0
    density_weight: float = 0.0
    diversity_weight: float = 0.0
    diversity: Diversity = Diversity.DISTANCE
    vote_model: VoteModel = VoteModel.DIRECT
    density_decay: float = 1.0
    density_floor: float = 0.0
    is_random: bool = False
    first_by_density: bool = False
    confidence_filter: float = 0.0
    outlier_filter: float = 0.0

    def exponents(self, label_count: int) -> Exponents:
        """Exponents of the score when so many labels stand.

        Density's is density_weight * max(density_decay ** label_count, density_floor).

        >>> strategy_named("default").exponents(0), strategy_named("default").exponents(100).density
        (Exponents(uncertainty=1.0, density=1.0, diversity=1.0), 0.3)
        """
        decay = max(self.density_decay**label_count, self.density_floor)
        density = self.density_weight * decay
        if self.first_by_density and label_count == 0:
            density = max(density, TIE_BREAKER)
        return Exponents(self.uncertainty_weight, density, self.diversity_weight)


def _by_name(*strategies: Strategy) -> Mapping[str, Strategy]:
    return MappingProxyType({strategy.name: strategy for strategy in strategies})


STRATEGIES: Mapping[str, Strategy] = _by_name(
    Strategy(
        "default",
        uncertainty_weight=1.0,
        density_weight=1.0,
        diversity_weight=1.0,
        diversity=Diversity.EVIDENCE,
        vote_model=VoteModel.BLENDED,
        density_decay=0.97,
        density_floor=0.3,
        confidence_filter=0.95,
        outlier_filter=5.0,
    ),
    Strategy(
        "classic",
        density=Density.MEAN,
        uncertainty_weight=1.0,
        density_weight=1.0,
        diversity_weight=1.0,
    ),
    Strategy("random", is_random=True),
    Strategy("margin", uncertainty_weight=1.0),
    Strategy("entropy", uncertainty=Uncertainty.ENTROPY, uncertainty_weight=1.0),
    Strategy("least_confidence", uncertainty=Uncertainty.LEAST_CONFIDENCE, uncertainty_weight=1.0),
    Strategy("density", density_weight=1.0),
    # Source: O. Sener and S. Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set
    # Approach", 2018, algorithm 1.
    Strategy("k_center", diversity_weight=1.0, first_by_density=True),
)


def strategy_named(name: str) -> Strategy:
    """The strategy of that name.

    Raises:
        InvalidInput: at `strategy`; lists the names there are.
    """
    if name not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise InvalidInput.at("strategy", f"{name!r} is not known; use one of {known}")
    return STRATEGIES[name]


def random_priority(seed: int, item_id: str) -> float:
    """An item's place in a random order: larger goes first.

    It depends on seed and id alone (BLAKE2b), so the order is the same whenever and however items were added.

    Returns:
        In [0, 1), uniform over ids.

    >>> round(random_priority(0, "a"), 6), round(random_priority(1, "a"), 6)
    (0.741719, 0.58259)
    """
    digest = hashlib.blake2b(f"{seed}:{item_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53
