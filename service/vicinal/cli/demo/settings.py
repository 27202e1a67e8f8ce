"""What the demo is told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoSettings:
    """How much is labelled, and how it is tested.

    Attributes:
        budget: labels to give in each run.
        batch: labels given at a time.
        repeats: runs of each strategy; each has a split of its own, the same for all strategies.
        seed: of the first repeat; the others count on from it.
        test_share: share of the source photos that is tested on.
    """

    budget: int
    batch: int
    repeats: int
    seed: int
    test_share: float = 0.1
