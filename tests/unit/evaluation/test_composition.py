import numpy as np
import pytest

from vicinal.core.errors import FeaturizerNotFound
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Neighbours
from vicinal.core.similarity import prepare
from vicinal.evaluation.composition import featurizers, make_memory_session, pool_neighbours
from vicinal.pools.results import PreparedItem
from vicinal.records.pool_options import Metric

POOL = prepare(np.random.default_rng(0).standard_normal((30, 6)), 6, Metric.COSINE)


def filled(neighbours):
    session = make_memory_session(PoolConfig("p", 6), neighbours)
    session.items.add([PreparedItem(f"{row:02d}", f"{row:064x}") for row in range(30)], POOL)
    return session


def suggested(session):
    return [item.item_id for item in session.leases.open(8).items]


def test_lists_found_before_change_no_suggestion():
    assert suggested(filled(pool_neighbours(POOL, Metric.COSINE))) == suggested(filled(None))


def test_lists_found_before_are_those_the_session_goes_by():
    keys = np.array([[(row + 1) % 30, (row - 1) % 30] for row in range(30)])
    ring = Neighbours(keys, np.full((30, 2), 0.5, dtype=np.float32))
    session = filled(ring)
    suggested(session)
    assert [near.item_id for near in session.explain("04").pool_neighbours] == ["05", "03"]


def test_lists_are_as_long_as_asked_for():
    assert pool_neighbours(POOL, Metric.COSINE, 5).keys.shape == (30, 5)


def test_featurizers_are_those_of_a_service():
    registry = featurizers(threads=1)
    assert registry.get("image-statistics").fingerprint.dimension == 256
    with pytest.raises(FeaturizerNotFound, match="mobilenet-v2"):
        registry.get("nonesuch")
