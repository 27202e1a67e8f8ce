"""Which items active choice leaves out for now: those that the votes know already, and noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Mask
from vicinal.core.batch import ISOLATED, KNOWN, Held
from vicinal.core.isolated import least_density
from vicinal.core.known import Knowledge
from vicinal.core.ports import PoolConfig
from vicinal.core.strategies import Strategy
from vicinal.sampling.graphs import BuiltGraph


@dataclass(frozen=True)
class Limits:
    """From where on items are held back; see the fields of `Strategy`."""

    known_share: float
    isolation: float

    @property
    def hold(self) -> bool:
        """Whether any item can be held back."""
        return self.known_share > 0 or self.isolation > 0


def limits_of(config: PoolConfig, strategy: Strategy) -> Limits:
    """The pool's own, where it was made with any, or the strategy's."""
    known_share, isolation = config.known_share, config.isolation
    return Limits(
        strategy.known_share if known_share is None else known_share,
        strategy.isolation if isolation is None else isolation,
    )


@dataclass(frozen=True)
class Finding:
    """What speaks for holding one item back.

    Attributes:
        knowledge: what the votes know of it.
        limits: from where on it is held back.
        density: its local density.
        least_density: below which it is isolated.
    """

    knowledge: Knowledge
    limits: Limits
    density: float
    least_density: float


class DensityBounds:
    """Below which density items of a graph are isolated, and which these are; found once for each graph."""

    def __init__(self) -> None:
        self._graph: BuiltGraph | None = None
        self._found: dict[float, tuple[float, NDArray[np.int64]]] = {}

    def least(self, graph: BuiltGraph, isolation: float) -> float:
        """As `core.isolated.least_density`."""
        return self._of(graph, isolation)[0]

    def rows(self, graph: BuiltGraph, isolation: float) -> NDArray[np.int64]:
        """(n,) positions of the isolated items, ascending."""
        return self._of(graph, isolation)[1]

    def _of(self, graph: BuiltGraph, isolation: float) -> tuple[float, NDArray[np.int64]]:
        if graph is not self._graph:
            self._graph = graph
            self._found.clear()
        if isolation not in self._found:
            least = least_density(graph.density, isolation) if isolation > 0 else -np.inf
            self._found[isolation] = least, np.flatnonzero(graph.density < least)
        return self._found[isolation]


def grades(known: Mask, isolated: NDArray[np.int64], kept_in: Mask) -> Held:
    """(n,) how much each item is held back; the isolated ones whether they are known or not.

    Args:
        known: (n,).
        isolated: rows.
        kept_in: (N,), N at least n, which items a person wants suggested all the same.
    """
    held = known.astype(np.uint8)
    held *= np.uint8(KNOWN)
    held[isolated] = ISOLATED
    np.copyto(held, np.uint8(0), where=kept_in[: len(held)])
    return held
