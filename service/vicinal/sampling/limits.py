"""How large one pool may become."""

from collections.abc import Collection
from dataclasses import dataclass

from vicinal.core.errors import LimitExceeded


@dataclass(frozen=True)
class PoolLimits:
    """What a pool takes at most. One that is larger already, from before, only cannot grow.

    Attributes:
        max_items: items, whatever their state.
        max_classes: different labels that stand, those of examples included.
    """

    max_items: int = 10_000_000
    max_classes: int = 10_000

    def check_items(self, pool_id: str, there: int, new: int) -> None:
        """Sees to it that `new` items have room beside those that are there.

        Raises:
            LimitExceeded: they have not.
        """
        if new and there + new > self.max_items:
            raise LimitExceeded(
                f"items: {new} more do not fit, since pool {pool_id!r} has {there} and this server takes at "
                f"most {self.max_items} in a pool (max_items_per_pool); put the rest into another pool",
                details={"pool_id": pool_id, "limit": str(self.max_items)},
            )

    def check_classes(
        self, pool_id: str, standing: Collection[str], given: Collection[str], field: str
    ) -> None:
        """Sees to it that labels bring no more classes than a pool may have.

        Args:
            pool_id: the pool's.
            standing: labels that it has.
            given: labels that come.
            field: where they stand in the request.

        Raises:
            LimitExceeded: they are too many together.
        """
        both = {*standing, *given}
        if len(both) > max(self.max_classes, len(standing)):
            raise LimitExceeded(
                f"{field}: pool {pool_id!r} would have {len(both)} different labels, and this server takes "
                f"at most {self.max_classes} (max_classes_per_pool); give labels, not ids or free text",
                details={"pool_id": pool_id, "limit": str(self.max_classes)},
            )


DEFAULT_LIMITS = PoolLimits()
