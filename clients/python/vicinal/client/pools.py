"""Pools: their records, how they are read, and the calls about them as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vicinal.client import answers, arguments, requests
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.client.resources import Fingerprint
from vicinal.v1 import duplicates_pb2
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1


@dataclass(frozen=True)
class ItemCounts:
    """How many items of a pool are in which state."""

    total: int
    unlabelled: int
    leased: int
    labelled: int
    skipped: int
    excluded: int


@dataclass(frozen=True)
class HoldoutCounts:
    """Items that are kept to measure on."""

    items: int
    labelled: int


@dataclass(frozen=True)
class SuggestionCounts:
    """How many suggestions were chosen, and how many drawn at random."""

    active: int
    control: int


@dataclass(frozen=True)
class DuplicateCounts:
    """Groups of duplicates in a pool.

    Attributes:
        groups: each has one member that is shown.
        duplicates: the others of all groups.
        restored: items that were duplicates until a person restored them.
    """

    groups: int = 0
    duplicates: int = 0
    restored: int = 0


@dataclass(frozen=True)
class FilterCounts:
    """Open items that active choice leaves out for now; 0 until the pool's graph is there."""

    confident: int = 0
    outliers: int = 0


@dataclass(frozen=True)
class NeighbourGraph:
    """The graph that votes spread over.

    Attributes:
        covered_items: how many of the pool's items are in it; the others are not suggested yet.
        progress: of the build under way, 0 to 1; 1 where there is none.
        description: how neighbours are searched.
        recall: share of the true nearest neighbours that were found, on a sample; 1 where search is exact.
    """

    covered_items: int
    progress: float
    description: str
    recall: float


@dataclass(frozen=True)
class Pool:
    """A pool: what it was made with, and where it stands.

    Attributes:
        featurizer: empty for a pool of plain vectors.
        metric: "cosine" or "euclidean".
        vote_neighbours: labelled neighbours that vote on an item.
        vote_weighting: "similarity" or "uniform".
        vote_model: "direct", "diffused" or "blended".
        classes: the labels that may be given; empty if any may.
        fingerprint: of the featurizer; None for plain vectors.
        label_counts: labelled items by class.
        graph: None until it was needed.
        holdout_share: share of the items that are kept to measure on.
        control_share: share of the suggestions that are drawn at random.
        holdout: its items, which are in `counts` too.
        suggestions: made so far, whatever became of them.
        examples: labelled contents that vote and are no items.
        duplicates_found: which duplicates among its items are found: "off" (none), "exact" or "near".
        carry_labels: whether an item's label votes for its duplicates; of texts and vectors, for exact ones.
        duplicates: groups of duplicates.
        augmentations: names of augmentations by which near duplicates are looked for too.
        unavailable: why the server could not load the pool and does not serve it; empty where it does.
        confidence_filter: probability of the likeliest class from which an item may be filtered; 0 is never.
        outlier_filter: how many usual spreads below the median density an outlier lies; 0 is never.
        filtered: open items that active choice leaves out for now.
    """

    pool_id: str
    featurizer: str
    dimension: int
    metric: str
    strategy: str
    vote_neighbours: int
    vote_weighting: str
    vote_model: str
    classes: tuple[str, ...]
    seed: int
    fingerprint: Fingerprint | None
    created_at: datetime | None
    counts: ItemCounts
    label_counts: Mapping[str, int]
    open_leases: int
    graph: NeighbourGraph | None
    holdout_share: float
    control_share: float
    overlap: int
    consensus: str
    gold_share: float
    holdout: HoldoutCounts
    suggestions: SuggestionCounts
    examples: int = 0
    duplicates_found: str = "off"
    carry_labels: bool = False
    duplicates: DuplicateCounts = field(default_factory=DuplicateCounts)
    augmentations: tuple[str, ...] = ()
    unavailable: str = ""
    confidence_filter: float = 0.0
    outlier_filter: float = 0.0
    filtered: FilterCounts = field(default_factory=FilterCounts)


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
            featurizer: name of the model that embeds its items; empty for a pool of plain vectors.
            dimension: of the vectors; only for plain vectors.
            metric: "cosine" or "euclidean".
            strategy: "default", "classic", "random", ...; empty is "default".
            vote_neighbours: labelled neighbours that vote on an item; 0 takes the strategy's own number.
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
            augmentations: names of augmentations by which near duplicates are looked for too.
            confidence_filter: probability of the likeliest class from which an item may be filtered as
                confident, 0 to 1; 0 is never, None the strategy's own.
            outlier_filter: how many times the usual spread an item's density may lie below the pool's median
                before it is filtered as an outlier; 0 is never, None the strategy's own.

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
                metric=requests.enum_number(resources.Metric, "METRIC_", metric, "metric"),
                strategy=arguments.text(strategy, "strategy"),
                vote_neighbours=requests.whole_number(vote_neighbours, "vote_neighbours"),
                vote_weighting=requests.enum_number(
                    resources.VoteWeighting, "VOTE_WEIGHTING_", vote_weighting, "vote_weighting"
                ),
                vote_model=requests.enum_number(resources.VoteModel, "VOTE_MODEL_", vote_model, "vote_model")
                if vote_model
                else resources.VOTE_MODEL_UNSPECIFIED,
                classes=arguments.texts(classes, "classes", "classes"),
                seed=requests.whole_number(seed, "seed", bits=64),
                holdout_share=holdout_share,
                control_share=control_share,
                overlap=requests.whole_number(overlap, "overlap"),
                consensus=requests.enum_number(resources.Consensus, "CONSENSUS_", consensus, "consensus"),
                gold_share=gold_share,
                duplicates=requests.enum_number(
                    duplicates_pb2.Duplicates, "DUPLICATES_", duplicates, "duplicates"
                ),
                carry_labels=carry_labels,
                augmentations=arguments.texts(augmentations, "augmentations", "names"),
                confidence_filter=confidence_filter,
                outlier_filter=outlier_filter,
            )
            request = v1.CreatePoolRequest(config=config, request_id=requests.request_id())
        return self._call("CreatePool", request, _pool_of)

    def get_pool(self, pool_id: str) -> Pool:
        """The pool with its settings, counts and open leases.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.GetPoolRequest(pool_id=arguments.text(pool_id, "pool_id"))
        return self._call("GetPool", request, _pool_of)

    def list_pools(self) -> Iterator[Pool]:
        """All pools, by id."""

        def page(token: str) -> v1.ListPoolsRequest:
            return v1.ListPoolsRequest(page_size=requests.PAGE_SIZE, page_token=token)

        return self._pages("ListPools", page, _pool_page)

    def delete_pool(self, pool_id: str) -> None:
        """Takes the pool and all it holds away for good.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.DeletePoolRequest(
                pool_id=arguments.text(pool_id, "pool_id"), request_id=requests.request_id()
            )
        return self._call("DeletePool", request, answers.nothing)


def read_pool(message: resources.Pool) -> Pool:
    """A pool."""
    config, counts = message.config, message.counts
    return Pool(
        pool_id=config.pool_id,
        featurizer=config.featurizer,
        dimension=config.dimension,
        metric=answers.enum_word(resources.Metric, "METRIC_", config.metric),
        strategy=config.strategy,
        vote_neighbours=config.vote_neighbours,
        vote_weighting=answers.enum_word(resources.VoteWeighting, "VOTE_WEIGHTING_", config.vote_weighting),
        vote_model=answers.enum_word(resources.VoteModel, "VOTE_MODEL_", config.vote_model),
        classes=tuple(config.classes),
        seed=config.seed,
        fingerprint=answers.fingerprint(message.fingerprint) if message.fingerprint.digest else None,
        created_at=answers.moment(message.create_time) if message.HasField("create_time") else None,
        counts=ItemCounts(
            total=counts.total,
            unlabelled=counts.unlabelled,
            leased=counts.leased,
            labelled=counts.labelled,
            skipped=counts.skipped,
            excluded=counts.excluded,
        ),
        label_counts=dict(message.label_counts),
        open_leases=message.open_leases,
        graph=_graph(message.graph) if message.HasField("graph") else None,
        holdout_share=config.holdout_share,
        control_share=config.control_share,
        overlap=config.overlap,
        consensus=answers.enum_word(resources.Consensus, "CONSENSUS_", config.consensus),
        gold_share=config.gold_share,
        holdout=HoldoutCounts(message.holdout.items, message.holdout.labelled),
        suggestions=SuggestionCounts(message.suggestions.active, message.suggestions.control),
        examples=message.examples,
        duplicates_found=answers.enum_word(duplicates_pb2.Duplicates, "DUPLICATES_", config.duplicates),
        carry_labels=config.carry_labels,
        duplicates=DuplicateCounts(
            message.duplicates.groups, message.duplicates.duplicates, message.duplicates.restored
        ),
        augmentations=tuple(config.augmentations),
        unavailable=message.unavailable,
        confidence_filter=config.confidence_filter,
        outlier_filter=config.outlier_filter,
        filtered=FilterCounts(message.filtered.confident, message.filtered.outliers),
    )


def _pool_of(
    message: v1.CreatePoolResponse | v1.GetPoolResponse,
) -> Pool:
    """The pool of an answer."""
    return read_pool(message.pool)


def _pool_page(message: v1.ListPoolsResponse) -> tuple[list[Pool], str]:
    """A page of pools and the token of the next."""
    return [read_pool(each) for each in message.pools], message.next_page_token


def _graph(message: resources.NeighbourGraph) -> NeighbourGraph:
    return NeighbourGraph(message.covered_items, message.progress, message.description, message.recall)
