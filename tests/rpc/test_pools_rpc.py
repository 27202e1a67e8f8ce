"""CreatePool, GetPool, ListPools, DeletePool."""

from uuid import uuid4

import grpc

from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import PoolConfig


def _create(stub, request_id="", **config):
    request = service.CreatePoolRequest(config=PoolConfig(**config), request_id=request_id)
    return stub.CreatePool(request).pool


def test_a_pool_is_made_as_asked(stub, pool_id):
    pool = _create(
        stub,
        pool_id=pool_id,
        dimension=3,
        metric=resources.METRIC_EUCLIDEAN,
        strategy="classic",
        vote_neighbours=7,
        vote_weighting=resources.VOTE_WEIGHTING_UNIFORM,
        classes=["cat", "dog"],
        seed=2**64 - 1,
    )
    assert pool.config.metric == resources.METRIC_EUCLIDEAN
    assert pool.config.vote_weighting == resources.VOTE_WEIGHTING_UNIFORM
    assert (pool.config.strategy, pool.config.vote_neighbours) == ("classic", 7)
    assert (list(pool.config.classes), pool.config.seed) == (["cat", "dog"], 2**64 - 1)
    assert pool.create_time.seconds > 1_700_000_000
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool == pool


def test_what_is_left_unset_takes_defaults(stub, pool_id):
    config = _create(stub, pool_id=pool_id, dimension=3).config
    assert (config.metric, config.vote_weighting) == (
        resources.METRIC_COSINE,
        resources.VOTE_WEIGHTING_SIMILARITY,
    )
    assert (config.strategy, config.vote_neighbours) == ("default", 10)


def test_a_featurizer_gives_dimension_and_fingerprint(stub, pool_id):
    pool = _create(stub, pool_id=pool_id, featurizer="image-statistics")
    assert pool.config.dimension == pool.fingerprint.dimension > 0
    assert (pool.fingerprint.name, pool.fingerprint.medium) == ("image-statistics", resources.MEDIUM_IMAGE)
    assert len(pool.fingerprint.digest) == 32


def test_counts_follow_the_items(stub, make_pool):
    pool = make_pool(5)
    stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool.pool_id, size=2))
    counts = stub.GetPool(service.GetPoolRequest(pool_id=pool.pool_id)).pool.counts
    assert (counts.total, counts.unlabelled, counts.leased) == (5, 3, 2)


def test_the_id_of_a_pool_is_taken_once(stub, pool_id, failure_of):
    _create(stub, pool_id=pool_id, dimension=3)
    failure = failure_of(lambda: _create(stub, pool_id=pool_id, dimension=3))
    assert (failure.code, failure.reason) == (grpc.StatusCode.ALREADY_EXISTS, "POOL_EXISTS")


def test_creating_again_under_the_same_request_id_gives_the_same_answer(stub, pool_id, failure_of):
    request_id = uuid4().hex
    first = _create(stub, request_id, pool_id=pool_id, dimension=3)
    assert _create(stub, request_id, pool_id=pool_id, dimension=3) == first
    failure = failure_of(lambda: _create(stub, request_id, pool_id=pool_id, dimension=4))
    assert (failure.code, failure.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


def test_a_deleted_pool_is_gone(stub, make_pool, failure_of):
    pool_id, request_id = make_pool(3).pool_id, uuid4().hex
    delete = service.DeletePoolRequest(pool_id=pool_id, request_id=request_id)
    stub.DeletePool(delete)
    stub.DeletePool(delete)
    failure = failure_of(lambda: stub.GetPool(service.GetPoolRequest(pool_id=pool_id)))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "POOL_NOT_FOUND")
    assert failure.facts == {"pool_id": pool_id}


def test_one_request_id_cannot_stand_for_calls_of_two_kinds(stub, make_pool, failure_of):
    pool, request_id = make_pool(3), uuid4().hex
    restored = {"pool_id": pool.pool_id, "item_ids": ["item-0"], "request_id": request_id}
    stub.RestoreItems(service.RestoreItemsRequest(**restored))
    failure = failure_of(lambda: stub.RemoveLabels(service.RemoveLabelsRequest(**restored)))
    assert failure.reason == "REQUEST_ID_REUSED"


def test_pools_are_listed_by_id_page_by_page(stub, pool_id):
    ids = [f"{pool_id}-{letter}" for letter in "cab"]
    for each in ids:
        _create(stub, pool_id=each, dimension=2)
    listed, token = [], ""
    while True:
        page = stub.ListPools(service.ListPoolsRequest(page_size=2, page_token=token))
        assert len(page.pools) <= 2
        listed += [pool.config.pool_id for pool in page.pools]
        token = page.next_page_token
        if not token:
            break
    assert listed == sorted(listed)
    assert [each for each in listed if each.startswith(pool_id)] == sorted(ids)


def test_an_unknown_featurizer_is_refused(stub, pool_id, failure_of):
    failure = failure_of(lambda: _create(stub, pool_id=pool_id, featurizer="nonsense"))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "FEATURIZER_NOT_FOUND")


def test_a_dimension_other_than_the_featurizers_is_refused(stub, pool_id, failure_of):
    failure = failure_of(lambda: _create(stub, pool_id=pool_id, featurizer="image-statistics", dimension=3))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("config.dimension",))
