"""Pools, and votes that spread over them, with the dense solution that they must agree with."""

import numpy as np

from vicinal.core.graph import DAMPING, Spreader, pool_graph
from vicinal.core.similarity import prepare
from vicinal.core.votes.blended import BlendedVotes
from vicinal.core.votes.propagation import DiffusedVotes
from vicinal.records.pool_options import Metric

ITEMS = 60


DIMENSION = 12


NEIGHBOURS = 6


def clustered(count: int = ITEMS, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(5, DIMENSION))
    vectors = centres[rng.integers(0, 5, count)] + 0.6 * rng.normal(size=(count, DIMENSION))
    return prepare(vectors, DIMENSION, Metric.COSINE)


def graph_of(pool: np.ndarray, neighbours: int = NEIGHBOURS):
    similar = pool @ pool.T
    np.fill_diagonal(similar, -np.inf)
    keys = np.argsort(-similar, axis=1)[:, :neighbours]
    return pool_graph(keys.astype(np.int64), np.take_along_axis(similar, keys, axis=1))


def dense_graph(pool: np.ndarray, neighbours: int = NEIGHBOURS, temperature: float = 0.1):
    count = len(pool)
    similar = (pool @ pool.T).astype(np.float64)
    affinity = np.zeros((count, count))
    for i in range(count):
        others = sorted((j for j in range(count) if j != i), key=lambda j: -similar[i, j])
        for j in others[:neighbours]:
            affinity[i, j] = affinity[j, i] = np.exp((similar[i, j] - 1) / temperature)
    degrees = affinity.sum(axis=1)
    return affinity, affinity / np.sqrt(np.outer(degrees, degrees))


def dense_spread(pool: np.ndarray) -> np.ndarray:
    """Column i: where a vote at i goes when nothing is cut."""
    _, transition = dense_graph(pool)
    return (1 - DAMPING) * np.linalg.inv(np.eye(len(pool)) - DAMPING * transition)


def diffused_with(pool: np.ndarray, labels: dict[int, str]) -> DiffusedVotes:
    votes = DiffusedVotes(Metric.COSINE)
    votes.grow(pool, Spreader(graph_of(pool)))
    for position, label in labels.items():
        votes.append(position, label)
    return votes


def blended_with(pool: np.ndarray, labels: dict[int, str]) -> BlendedVotes:
    votes = BlendedVotes(Metric.COSINE)
    votes.grow(pool, Spreader(graph_of(pool)))
    for position, label in labels.items():
        votes.append(position, label)
    return votes
