"""Messages of the wire, read into the client's records."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import numpy as np
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from vicinal.client.resources import (
    Annotation,
    DuplicateEvidence,
    DuplicateOf,
    DuplicateTransform,
    Fingerprint,
    Item,
    ItemError,
    LabelEvent,
    Lease,
    Neighbour,
    ScoreParts,
    SuggestedItem,
)
from vicinal.client.results import (
    Added,
    Batch,
    Classified,
    Embeddings,
    FilterDecision,
    ItemDetails,
    Prediction,
    ScoredItem,
    Submitted,
)
from vicinal.v1 import duplicates_pb2, filters_pb2, measurement_pb2, resources_pb2, sampler_service_pb2


def enum_word(enum: Any, prefix: str, number: int) -> str:
    """METRIC_COSINE reads as "cosine"; a value of a newer server as its number."""
    if number not in enum.values():
        return str(number)
    return str(enum.Name(number)).removeprefix(prefix).lower()


def nothing(message: Message) -> None:
    """An answer that says no more than that all went well."""


def count(field: str) -> Callable[[Any], int]:
    """A reader of answers that are a count alone."""
    return attrgetter(field)


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
    return Added(message.added, message.existing, errors, len(errors), message.duplicates)


def imported(message: sampler_service_pb2.ImportItemsResponse) -> Added:
    """The outcome of an import; not all errors need be listed."""
    errors = item_errors(message.errors, offset=0)
    return Added(message.added, message.existing, errors, message.error_count, message.duplicates)


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
        probabilities(message.probabilities),
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
            prediction.label, probabilities(prediction.probabilities), neighbours(prediction.neighbours)
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
        ScoredItem(item.item_id, item.rank, score_parts(item.score), probabilities(item.probabilities))
        for item in message.items
    ]


def label_events(message: sampler_service_pb2.ExportLabelsResponse) -> list[LabelEvent]:
    """One part of the label log."""
    return [
        LabelEvent(
            sequence=event.sequence,
            kind=enum_word(resources_pb2.LabelEvent.Kind, "KIND_", event.kind),
            item_id=event.item_id,
            label=event.label,
            annotator=event.annotator,
            reason=event.reason,
            at=moment(event.time) if event.HasField("time") else None,
            metadata=dict(event.metadata),
            arm=arm(event.arm),
            suggestion_number=event.suggestion_number,
            eligible_items=event.eligible_items,
            predicted_label=event.predicted_label,
            carried_from=event.carried_from,
            holdout=event.holdout,
        )
        for event in message.events
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
        gold_label=message.gold_label,
        annotations=tuple(
            Annotation(each.annotator, each.label, moment(each.time) if each.HasField("time") else None)
            for each in message.annotations
        ),
        duplicate_of=duplicate_of(message.duplicate_of) if message.HasField("duplicate_of") else None,
        carried_label=message.carried_label,
        filtered=filtered(message.filtered),
    )


def duplicate_of(message: duplicates_pb2.DuplicateOf) -> DuplicateOf:
    """What an item is, or was, a duplicate of."""
    return DuplicateOf(
        representative_id=message.representative_id,
        kind=duplicate_kind(message.kind),
        evidence=duplicate_evidence(message.evidence),
        restored=message.restored,
        compared_with=message.compared_with,
        found_at=moment(message.find_time) if message.HasField("find_time") else None,
    )


def duplicate_evidence(message: duplicates_pb2.DuplicateEvidence) -> DuplicateEvidence:
    """What bears a duplicate out."""
    transform = _transform(message.transform) if message.HasField("transform") else None
    return DuplicateEvidence(message.similarity, message.inliers, transform, tuple(message.kinds))


def _transform(message: duplicates_pb2.DuplicateTransform) -> DuplicateTransform:
    return DuplicateTransform(
        mirrored=message.mirrored,
        rotation_degrees=message.rotation_degrees,
        scale=message.scale,
        squeeze=message.squeeze,
        shift_x=message.shift_x,
        shift_y=message.shift_y,
        kept_share=message.kept_share,
        filled_share=message.filled_share,
    )


def duplicate_kind(number: int) -> str:
    """The word of a kind of duplicate."""
    return enum_word(duplicates_pb2.DuplicateKind, "DUPLICATE_KIND_", number)


def filtered(number: int) -> str:
    """The word of a reason; empty where there is none."""
    return enum_word(filters_pb2.FilterReason, "FILTER_REASON_", number) if number else ""


def item_page(message: sampler_service_pb2.ListItemsResponse) -> tuple[list[Item], str]:
    """A page of items and the token of the next."""
    return [item(each) for each in message.items], message.next_page_token


def item_details(message: sampler_service_pb2.GetItemResponse) -> ItemDetails:
    """An item with its votes, neighbours and score."""
    return ItemDetails(
        item=item(message.item),
        probabilities=probabilities(message.probabilities),
        voters=neighbours(message.voters),
        pool_neighbours=neighbours(message.pool_neighbours),
        score=score_parts(message.score) if message.HasField("score") else None,
        rank=message.rank or None,
        eligible_items=message.eligible_items,
        filter_decision=filter_decision(message.filter_decision)
        if message.HasField("filter_decision")
        else None,
    )


def filter_decision(message: filters_pb2.FilterDecision) -> FilterDecision:
    """The figures of an item."""
    return FilterDecision(
        filtered=filtered(message.filtered),
        probability=message.probability,
        confidence_filter=message.confidence_filter,
        evidence=message.evidence,
        min_evidence=message.min_evidence,
        agreement=message.agreement,
        density=message.density,
        least_density=message.least_density,
        message=message.message,
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


def probabilities(messages: Iterable[resources_pb2.ClassProbability]) -> Mapping[str, float]:
    """Probabilities by class, in the order of the message."""
    return {probability.label: probability.probability for probability in messages}


def neighbours(messages: Iterable[resources_pb2.Neighbour]) -> list[Neighbour]:
    """Neighbours, in the order of the message."""
    return [
        Neighbour(m.item_id, m.label, m.similarity, m.weight, m.example_id, m.carried_from) for m in messages
    ]


def moment(timestamp: Timestamp) -> datetime:
    """A time of the wire, in UTC."""
    return timestamp.ToDatetime(tzinfo=UTC)
