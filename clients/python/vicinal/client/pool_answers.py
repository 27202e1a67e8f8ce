"""Messages of the wire about pools, read into the client's records."""

from vicinal.client import answers, copy_answers, filters
from vicinal.client.enum_words import enum_word
from vicinal.client.pool_resources import HoldoutCounts, ItemCounts, NeighbourGraph, Pool, SuggestionCounts
from vicinal.v1 import copies_pb2, resources_pb2, sampler_service_pb2


def pool(message: resources_pb2.Pool) -> Pool:
    """A pool."""
    config, counts = message.config, message.counts
    return Pool(
        pool_id=config.pool_id,
        featurizer=config.featurizer,
        dimension=config.dimension,
        metric=enum_word(resources_pb2.Metric, "METRIC_", config.metric),
        strategy=config.strategy,
        vote_neighbours=config.vote_neighbours,
        vote_weighting=enum_word(resources_pb2.VoteWeighting, "VOTE_WEIGHTING_", config.vote_weighting),
        vote_model=enum_word(resources_pb2.VoteModel, "VOTE_MODEL_", config.vote_model),
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
        consensus=enum_word(resources_pb2.Consensus, "CONSENSUS_", config.consensus),
        gold_share=config.gold_share,
        holdout=HoldoutCounts(message.holdout.items, message.holdout.labelled),
        suggestions=SuggestionCounts(message.suggestions.active, message.suggestions.control),
        examples=message.examples,
        copies_found=enum_word(copies_pb2.Copies, "COPIES_", config.copies),
        carry_labels=config.carry_labels,
        copies=copy_answers.counts(message.copies),
        views=tuple(config.views),
        unavailable=message.unavailable,
        known_share=config.known_share,
        isolation=config.isolation,
        held_back=filters.held_back_counts(message.held_back),
    )


def pool_of(
    message: sampler_service_pb2.CreatePoolResponse | sampler_service_pb2.GetPoolResponse,
) -> Pool:
    """The pool of an answer."""
    return pool(message.pool)


def pool_page(message: sampler_service_pb2.ListPoolsResponse) -> tuple[list[Pool], str]:
    """A page of pools and the token of the next."""
    return [pool(each) for each in message.pools], message.next_page_token


def _graph(message: resources_pb2.NeighbourGraph) -> NeighbourGraph:
    return NeighbourGraph(message.covered_items, message.progress, message.description, message.recall)
