"""Messages of the wire, read into the client's records."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import numpy as np
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from vicinal.client.resources import (
    CopyEvidence,
    CopyTransform,
    Fingerprint,
    Item,
    ItemCopy,
    ItemError,
    LabelEvent,
    Lease,
    Neighbour,
    Opinion,
    ScoreParts,
    SuggestedItem,
)
from vicinal.client.results import (
    Added,
    Batch,
    Classified,
    Embeddings,
    Holding,
    ItemDetails,
    Prediction,
    ScoredItem,
    Submitted,
)
from vicinal.v1 import copies_pb2, filters_pb2, measurement_pb2, resources_pb2, sampler_service_pb2


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
            draw=event.draw,
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
        opinions=tuple(
            Opinion(each.annotator, each.label, moment(each.time) if each.HasField("time") else None)
            for each in message.opinions
        ),
        copy=item_copy(message.copy) if message.HasField("copy") else None,
        carried_label=message.carried_label,
        held_back=held_back(message.held_back),
    )


def item_copy(message: copies_pb2.ItemCopy) -> ItemCopy:
    """What an item is, or was, a copy of."""
    return ItemCopy(
        kept_id=message.kept_id,
        kind=copy_kind(message.kind),
        evidence=copy_evidence(message.evidence),
        restored=message.restored,
        compared_with=message.compared_with,
        found_at=moment(message.find_time) if message.HasField("find_time") else None,
    )


def copy_evidence(message: copies_pb2.CopyEvidence) -> CopyEvidence:
    """What bears a copy out."""
    transform = _transform(message.transform) if message.HasField("transform") else None
    return CopyEvidence(message.similarity, message.inliers, transform, tuple(message.kinds))


def _transform(message: copies_pb2.CopyTransform) -> CopyTransform:
    return CopyTransform(
        mirrored=message.mirrored,
        rotation_degrees=message.rotation_degrees,
        scale=message.scale,
        squeeze=message.squeeze,
        shift_x=message.shift_x,
        shift_y=message.shift_y,
        kept=message.kept,
        filled=message.filled,
    )


def copy_kind(number: int) -> str:
    """The word of a kind of copy."""
    return enum_word(copies_pb2.CopyKind, "COPY_KIND_", number)


def held_back(number: int) -> str:
    """The word of a reason; empty where there is none."""
    return enum_word(filters_pb2.HeldBack, "HELD_BACK_", number) if number else ""


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
        holding=holding(message.holding) if message.HasField("holding") else None,
    )


def holding(message: filters_pb2.Holding) -> Holding:
    """The figures of an item."""
    return Holding(
        held_back=held_back(message.held_back),
        share=message.share,
        known_share=message.known_share,
        evidence=message.evidence,
        least_evidence=message.least_evidence,
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


def shares(messages: Iterable[resources_pb2.ClassShare]) -> Mapping[str, float]:
    """Shares by class, in the order of the message."""
    return {share.label: share.share for share in messages}


def neighbours(messages: Iterable[resources_pb2.Neighbour]) -> list[Neighbour]:
    """Neighbours, in the order of the message."""
    return [
        Neighbour(m.item_id, m.label, m.similarity, m.weight, m.example_id, m.carried_from) for m in messages
    ]


def moment(timestamp: Timestamp) -> datetime:
    """A time of the wire, in UTC."""
    return timestamp.ToDatetime(tzinfo=UTC)
