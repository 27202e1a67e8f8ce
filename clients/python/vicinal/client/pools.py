"""Pools: their records, how they are read, and the calls about them as a whole."""

from collections.abc import Iterator, Sequence

from vicinal.client import arguments, requests, responses
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.records.pool_options import Consensus, Duplicates, Metric, VoteModel, Weighting
from vicinal.records.pools import Pool
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import POOL


class PoolCalls(Connection):
    """Calls about pools as a whole."""

    def create_pool(
        self,
        pool_id: str,
        *,
        featurizer: str = "",
        dimension: int = 0,
        metric: str = "cosine",
        strategy: str = "",
        vote_neighbours: int = 0,
        vote_weighting: str = "similarity",
        vote_model: str = "",
        classes: Sequence[str] = (),
        seed: int = 0,
        holdout_share: float = 0.0,
        control_share: float = 0.0,
        overlap: int = 1,
        consensus: str = "majority",
        gold_share: float = 0.0,
        duplicates: str = "exact",
        carry_labels: bool = False,
        augmentations: Sequence[str] = (),
        confidence_filter: float | None = None,
        outlier_filter: float | None = None,
    ) -> Pool:
        """Makes a pool.

        Args:
            pool_id: 1 to 64 of the characters a-z A-Z 0-9 . _ -, beginning with a letter or digit.
            featurizer: name of the model that embeds its items: "mobilenet-v2", "image-statistics", "use",
                "use-offline"; empty for a pool of plain vectors.
            dimension: of the vectors; only for plain vectors.
            metric: "cosine" or "euclidean".
            strategy: "default", "classic", "random", ...; empty is "default".
            vote_neighbours: labelled neighbours that vote on an item; 0 takes the default, 10.
            vote_weighting: "similarity" or "uniform".
            vote_model: "direct", "diffused" or "blended"; empty is the strategy's own.
            classes: the labels that may be given; empty allows any.
            seed: of all random choices in the pool.
            holdout_share: share of the items that are kept to measure on, 0 to below 1.
            control_share: share of the suggestions that are drawn at random, 0 to below 1.
            overlap: how many different annotators an item is to have; with more than 1, who asks or labels
                has to be named.
            consensus: what makes one label of several annotators': "majority", or "dawid_skene", which weighs
                what each of them mixes up.
            gold_share: share of each annotator's suggestions that are gold items, 0 to below 1.
            duplicates: which duplicates among its items are found: "off" (none), "exact", or "near" (edited
                ones too).
            carry_labels: lets an item's label vote for its duplicates too; of texts and vectors, for exact
                ones.
            augmentations: names of augmentations by which near duplicates are looked for too: "turns",
                "mirror", "all", ...
            confidence_filter: probability of the likeliest class from which an item may be filtered as
                confident, 0 to 1; 0 is never, None the strategy's own.
            outlier_filter: how many times the usual spread an item's density may lie below the pool's
                median before it is filtered as an outlier; 0 is never, None the strategy's own.

        Raises:
            InvalidArgumentError: a setting is wrong.
            NotFoundError: no such featurizer.
            FailedPreconditionError: the featurizer's model cannot be had; the message says what to do.
            AlreadyExistsError: the id is taken.
        """
        with refusing_values("config"):
            config = resources.PoolConfig(
                pool_id=arguments.text(pool_id, "pool_id"),
                featurizer=arguments.text(featurizer, "featurizer"),
                dimension=requests.whole_number(dimension, "dimension"),
                metric=requests.enum_number(Metric, metric, "metric"),
                strategy=arguments.text(strategy, "strategy"),
                vote_neighbours=requests.whole_number(vote_neighbours, "vote_neighbours"),
                vote_weighting=requests.enum_number(Weighting, vote_weighting, "vote_weighting"),
                vote_model=requests.enum_number(VoteModel, vote_model, "vote_model")
                if vote_model
                else resources.VOTE_MODEL_UNSPECIFIED,
                classes=arguments.texts(classes, "classes", "classes"),
                seed=requests.whole_number(seed, "seed", bits=64),
                holdout_share=holdout_share,
                control_share=control_share,
                overlap=requests.whole_number(overlap, "overlap"),
                consensus=requests.enum_number(Consensus, consensus, "consensus"),
                gold_share=gold_share,
                duplicates=requests.enum_number(Duplicates, duplicates, "duplicates"),
                carry_labels=carry_labels,
                augmentations=arguments.texts(augmentations, "augmentations", "names"),
                confidence_filter=confidence_filter,
                outlier_filter=outlier_filter,
            )
            request = v1.CreatePoolRequest(config=config, request_id=requests.request_id())
        return self._call("CreatePool", request, responses.record_of("pool", POOL))

    def get_pool(self, pool_id: str) -> Pool:
        """The pool with its settings, counts and open leases.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.GetPoolRequest(pool_id=arguments.text(pool_id, "pool_id"))
        return self._call("GetPool", request, responses.record_of("pool", POOL))

    def list_pools(self) -> Iterator[Pool]:
        """All pools, by id."""

        def page(token: str) -> v1.ListPoolsRequest:
            return v1.ListPoolsRequest(page_size=requests.PAGE_SIZE, page_token=token)

        return self._pages("ListPools", page, responses.page_of("pools", POOL))

    def delete_pool(self, pool_id: str) -> None:
        """Takes the pool and all it holds away for good.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.DeletePoolRequest(
                pool_id=arguments.text(pool_id, "pool_id"), request_id=requests.request_id()
            )
        return self._call("DeletePool", request, responses.nothing)
