"""Messages of the wire, read into the client's records."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import numpy as np
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from vicinal.client import copy_answers
from vicinal.client.enum_words import enum_word
from vicinal.client.resources import (
    Fingerprint,
    HoldoutCounts,
    Item,
    ItemCounts,
    ItemError,
    Lease,
    Neighbour,
    NeighbourGraph,
    Pool,
    ScoreParts,
    SuggestedItem,
    SuggestionCounts,
)
from vicinal.client.results import (
    Added,
    Batch,
    Classified,
    Embeddings,
    ItemDetails,
    Prediction,
    ScoredItem,
    Submitted,
)
from vicinal.v1 import copies_pb2, measurement_pb2, resources_pb2, sampler_service_pb2


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
        fingerprint=fingerprint(message.fingerprint) if message.fingerprint.digest else None,
        created_at=moment(message.create_time) if message.HasField("create_time") else None,
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
        holdout=HoldoutCounts(message.holdout.items, message.holdout.labelled),
        suggestions=SuggestionCounts(message.suggestions.active, message.suggestions.control),
        examples=message.examples,
        copies_found=enum_word(copies_pb2.Copies, "COPIES_", config.copies),
        carry_labels=config.carry_labels,
        copies=copy_answers.counts(message.copies),
        views=tuple(config.views),
    )


def pool_of(
    message: sampler_service_pb2.CreatePoolResponse | sampler_service_pb2.GetPoolResponse,
) -> Pool:
    """The pool of an answer."""
    return pool(message.pool)


def pool_page(message: sampler_service_pb2.ListPoolsResponse) -> tuple[list[Pool], str]:
    """A page of pools and the token of the next."""
    return [pool(each) for each in message.pools], message.next_page_token


def nothing(message: Message) -> None:
    """An answer that says no more than that all went well."""


def _graph(message: resources_pb2.NeighbourGraph) -> NeighbourGraph:
    return NeighbourGraph(message.covered_items, message.progress, message.description, message.recall)


def fingerprint(message: resources_pb2.Fingerprint) -> Fingerprint:
    """What vectors were made with."""
    return Fingerprint(
        name=message.name,
        version=message.version,
        preprocessing=message.preprocessing,
        dimension=message.dimension,
        medium=enum_word(resources_pb2.Medium, "MEDIUM_", message.medium),
        digest=message.digest,
    )


def item_errors(messages: Iterable[resources_pb2.ItemError], offset: int) -> list[ItemError]:
    """Errors of one request, with indexes counted from `offset` on."""
    return [ItemError(offset + m.index, m.item_id, m.reason, m.message) for m in messages]


def added(message: sampler_service_pb2.AddItemsResponse, offset: int) -> Added:
    """The outcome of adding items whose first is the `offset`-th of all."""
    errors = item_errors(message.errors, offset)
    return Added(message.added, message.existing, errors, len(errors), message.copies)


def imported(message: sampler_service_pb2.ImportItemsResponse) -> Added:
    """The outcome of an import; not all errors need be listed."""
    errors = item_errors(message.errors, offset=0)
    return Added(message.added, message.existing, errors, message.error_count, message.copies)


def batch(message: resources_pb2.Batch) -> Batch:
    """A batch; an unset lease reads as no lease."""
    lease = message.lease
    return Batch(
        lease_id=lease.lease_id,
        expires_at=moment(lease.expire_time) if lease.HasField("expire_time") else None,
        items=[_suggested(item) for item in message.items],
        strategy=message.strategy,
    )


def _suggested(message: resources_pb2.SuggestedItem) -> SuggestedItem:
    return SuggestedItem(
        message.item_id,
        dict(message.metadata),
        score_parts(message.score),
        shares(message.shares),
        arm(message.arm),
    )


def arm(number: int) -> str:
    """The word of an arm; empty where there is none."""
    return enum_word(measurement_pb2.Arm, "ARM_", number) if number else ""


def lease(message: resources_pb2.Lease) -> Lease:
    """A lease."""
    return Lease(
        lease_id=message.lease_id,
        annotator=message.annotator,
        expires_at=moment(message.expire_time) if message.HasField("expire_time") else None,
        item_ids=tuple(message.item_ids),
    )


def leased(message: sampler_service_pb2.LeaseBatchResponse) -> Batch:
    """The batch handed out."""
    return batch(message.batch)


def renewed(message: sampler_service_pb2.RenewLeasesResponse) -> list[Lease]:
    """The leases as they run now."""
    return [lease(each) for each in message.leases]


def submitted(message: sampler_service_pb2.SubmitLabelsResponse) -> Submitted:
    """The outcome of submitted labels."""
    return Submitted(
        labelled=message.labelled,
        relabelled=message.relabelled,
        unchanged=message.unchanged,
        next=batch(message.next) if message.HasField("next") else None,
    )


def classified(message: sampler_service_pb2.ClassifyResponse, count: int, offset: int) -> Classified:
    """Predictions put back to the places of their `count` inputs.

    Raises:
        IndexError: the server answered for an input that was not sent.
    """
    predictions: list[Prediction | None] = [None] * count
    for prediction in message.predictions:
        predictions[prediction.index] = Prediction(
            prediction.label, shares(prediction.shares), neighbours(prediction.neighbours)
        )
    return Classified(predictions, item_errors(message.errors, offset))


def embeddings(message: sampler_service_pb2.EmbedResponse, count: int, offset: int) -> Embeddings:
    """Vectors put back to the places of their `count` contents, NaN where there is none."""
    vectors = np.full((count, message.fingerprint.dimension), np.nan, dtype=np.float32)
    for embedding in message.embeddings:
        vectors[embedding.index] = np.frombuffer(embedding.vector, dtype="<f4")
    return Embeddings(vectors, fingerprint(message.fingerprint), item_errors(message.errors, offset))


def scored_items(message: sampler_service_pb2.ScorePoolResponse) -> list[ScoredItem]:
    """One part of the scored pool."""
    return [
        ScoredItem(item.item_id, item.rank, score_parts(item.score), shares(item.shares))
        for item in message.items
    ]


def item(message: resources_pb2.Item) -> Item:
    """An item as it stands."""
    return Item(
        item_id=message.item_id,
        metadata=dict(message.metadata),
        state=enum_word(resources_pb2.ItemState, "ITEM_STATE_", message.state),
        label=message.label,
        annotator=message.annotator,
        reason=message.reason,
        lease_id=message.lease_id,
        updated_at=moment(message.update_time) if message.HasField("update_time") else None,
        holdout=message.holdout,
        copy=copy_answers.item_copy(message.copy) if message.HasField("copy") else None,
        carried_label=message.carried_label,
    )


def item_page(message: sampler_service_pb2.ListItemsResponse) -> tuple[list[Item], str]:
    """A page of items and the token of the next."""
    return [item(each) for each in message.items], message.next_page_token


def item_details(message: sampler_service_pb2.GetItemResponse) -> ItemDetails:
    """An item with its votes, neighbours and score."""
    return ItemDetails(
        item=item(message.item),
        shares=shares(message.shares),
        voters=neighbours(message.voters),
        pool_neighbours=neighbours(message.pool_neighbours),
        score=score_parts(message.score) if message.HasField("score") else None,
        rank=message.rank or None,
        eligible_items=message.eligible_items,
    )


def score_parts(message: resources_pb2.ScoreParts) -> ScoreParts:
    """A score with what it is made of."""
    return ScoreParts(
        uncertainty=message.uncertainty,
        density=message.density,
        diversity=message.diversity,
        uncertainty_cdf=message.uncertainty_cdf,
        density_cdf=message.density_cdf,
        diversity_cdf=message.diversity_cdf,
        uncertainty_exponent=message.uncertainty_exponent,
        density_exponent=message.density_exponent,
        diversity_exponent=message.diversity_exponent,
        score=message.score,
    )


def shares(messages: Iterable[resources_pb2.ClassShare]) -> Mapping[str, float]:
    """Shares by class, in the order of the message."""
    return {share.label: share.share for share in messages}


def neighbours(messages: Iterable[resources_pb2.Neighbour]) -> list[Neighbour]:
    """Neighbours, in the order of the message."""
    return [
        Neighbour(m.item_id, m.label, m.similarity, m.weight, m.example_id, m.carried_from) for m in messages
    ]


def moment(timestamp: Timestamp) -> datetime:
    """The moment, with its time zone."""
    return timestamp.ToDatetime(tzinfo=UTC)
