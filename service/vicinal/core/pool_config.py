"""What a pool is made with, as the service keeps it."""

from dataclasses import dataclass, field
from functools import cached_property

from vicinal.records.pool_options import PoolOptions
from vicinal.records.pools import Fingerprint


@dataclass(frozen=True)
class PoolConfig(PoolOptions):
    """The options of a pool as they were given, with what the service adds; it never changes.

    Attributes:
        fingerprint: of the featurizer; None for plain vectors.
        created_at: seconds since the epoch.
        gold_secret: what chance mixes in when it says which suggestions are gold; shown to nobody.
    """

    fingerprint: Fingerprint | None = None
    created_at: float = 0.0
    gold_secret: str = field(default="", kw_only=True)

    @cached_property
    def class_set(self) -> frozenset[str]:
        """The classes, to look labels up in."""
        return frozenset(self.classes)
