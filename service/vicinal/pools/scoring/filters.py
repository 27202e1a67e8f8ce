"""Which items active choice leaves out for now: those that the votes are confident of, and outliers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Mask
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.filters import Confidence, least_density
from vicinal.core.scoring.selection import CONFIDENT, OUTLIER, FilterGrades
from vicinal.core.scoring.strategies import Strategy
from vicinal.pools.scoring.graphs import BuiltGraph


@dataclass(frozen=True)
class FilterLimits:
    """From where on items are filtered; see the fields of `Strategy`."""

    confidence_filter: float
    outlier_filter: float

    @property
    def are_on(self) -> bool:
        """Whether any item can be filtered."""
        return self.confidence_filter > 0 or self.outlier_filter > 0


def filter_limits(config: PoolConfig, strategy: Strategy) -> FilterLimits:
    """The pool's own, where it was made with any, or the strategy's."""
    confidence_filter, outlier_filter = config.confidence_filter, config.outlier_filter
    return FilterLimits(
        strategy.confidence_filter if confidence_filter is None else confidence_filter,
        strategy.outlier_filter if outlier_filter is None else outlier_filter,
    )


@dataclass(frozen=True)
class FilterFigures:
    """What speaks for filtering one item.

    Attributes:
        confidence: how sure the votes are of it.
        limits: from where on it is filtered.
        density: its local density.
        least_density: below which it is an outlier.
    """

    confidence: Confidence
    limits: FilterLimits
    density: float
    least_density: float


class DensityBounds:
    """Below which density items of a graph are outliers, and which these are; found once for each graph."""

    def __init__(self) -> None:
        self._graph: BuiltGraph | None = None
        self._found: dict[float, tuple[float, NDArray[np.int64]]] = {}

    def least(self, graph: BuiltGraph, outlier_filter: float) -> float:
        """As `core.scoring.filters.least_density`."""
        return self._of(graph, outlier_filter)[0]

    def rows(self, graph: BuiltGraph, outlier_filter: float) -> NDArray[np.int64]:
        """(n,) positions of the outliers, ascending."""
        return self._of(graph, outlier_filter)[1]

    def _of(self, graph: BuiltGraph, outlier_filter: float) -> tuple[float, NDArray[np.int64]]:
        if graph is not self._graph:
            self._graph = graph
            self._found.clear()
        if outlier_filter not in self._found:
            least = least_density(graph.density, outlier_filter) if outlier_filter > 0 else -np.inf
            self._found[outlier_filter] = least, np.flatnonzero(graph.density < least)
        return self._found[outlier_filter]


def grades(confident: Mask, outliers: NDArray[np.int64], never_filter: Mask) -> FilterGrades:
    """(n,) the grade by which each item is filtered; an outlier is one, confident or not.

    Args:
        confident: (n,).
        outliers: rows.
        never_filter: (N,), N at least n, which items a person wants suggested all the same.
    """
    filter_grades = confident.astype(np.uint8)
    filter_grades *= np.uint8(CONFIDENT)
    filter_grades[outliers] = OUTLIER
    np.copyto(filter_grades, np.uint8(0), where=never_filter[: len(filter_grades)])
    return filter_grades
