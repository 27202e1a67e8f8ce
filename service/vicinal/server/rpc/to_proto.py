"""Results of the use cases into responses; the wire's enums, value by value next to the domain's."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from vicinal.core.arms import Arm
from vicinal.core.errors import VicinalError
from vicinal.core.field_rules import MAX_ITEM_ID_CHARACTERS
from vicinal.core.pool_options import POOL_OPTIONS, OneOf, PoolConfig
from vicinal.core.records import (
    DuplicateKind,
    DuplicateRecord,
    Duplicates,
    Event,
    EventKind,
    Evidence,
    Fingerprint,
    ItemRecord,
    Lease,
    Medium,
)
from vicinal.core.scoring.scores import ScoreParts
from vicinal.core.scoring.strategies import strategy_named
from vicinal.core.similarity import Metric
from vicinal.core.statistics.consensus import Consensus
from vicinal.core.votes import VoteModel, Weighting
from vicinal.pools import results
from vicinal.pools.results import FilterDecision, FilterReason, ItemState, PoolSummary
from vicinal.pools.scoring.scorer import filter_limits
from vicinal.server.runtime.errors import MAX_MESSAGE_BYTES, shorten
from vicinal.v1 import duplicates_pb2 as duplicates
from vicinal.v1 import filters_pb2 as filters
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service

METRICS = {Metric.COSINE: resources.METRIC_COSINE, Metric.EUCLIDEAN: resources.METRIC_EUCLIDEAN}
VOTE_MODELS = {
    VoteModel.DIRECT: resources.VOTE_MODEL_DIRECT,
    VoteModel.DIFFUSED: resources.VOTE_MODEL_DIFFUSED,
    VoteModel.BLENDED: resources.VOTE_MODEL_BLENDED,
}
WEIGHTINGS = {
    Weighting.SIMILARITY: resources.VOTE_WEIGHTING_SIMILARITY,
    Weighting.UNIFORM: resources.VOTE_WEIGHTING_UNIFORM,
}
CONSENSUSES = {
    Consensus.MAJORITY: resources.CONSENSUS_MAJORITY,
    Consensus.DAWID_SKENE: resources.CONSENSUS_DAWID_SKENE,
}
DUPLICATES = {
    Duplicates.OFF: duplicates.DUPLICATES_OFF,
    Duplicates.EXACT: duplicates.DUPLICATES_EXACT,
    Duplicates.NEAR: duplicates.DUPLICATES_NEAR,
}
WIRE_ENUMS: Mapping[type[StrEnum], Mapping[Any, int]] = {
    Metric: METRICS,
    VoteModel: VOTE_MODELS,
    Weighting: WEIGHTINGS,
    Consensus: CONSENSUSES,
    Duplicates: DUPLICATES,
}
"""The numbers of a pool's options that are words."""
DUPLICATE_KINDS = {
    DuplicateKind.DUPLICATE: duplicates.DUPLICATE_KIND_DUPLICATE,
    DuplicateKind.AUGMENTATION: duplicates.DUPLICATE_KIND_AUGMENTATION,
}
MEDIA = {
    Medium.VECTOR: resources.MEDIUM_VECTOR,
    Medium.IMAGE: resources.MEDIUM_IMAGE,
    Medium.TEXT: resources.MEDIUM_TEXT,
}
ARMS = {
    Arm.ACTIVE: measurement.ARM_ACTIVE,
    Arm.CONTROL: measurement.ARM_CONTROL,
    Arm.HOLDOUT: measurement.ARM_HOLDOUT,
    Arm.REVIEW: measurement.ARM_REVIEW,
}
STATES = {
    ItemState.UNLABELLED: resources.ITEM_STATE_UNLABELLED,
    ItemState.LEASED: resources.ITEM_STATE_LEASED,
    ItemState.LABELLED: resources.ITEM_STATE_LABELLED,
    ItemState.SKIPPED: resources.ITEM_STATE_SKIPPED,
    ItemState.EXCLUDED: resources.ITEM_STATE_EXCLUDED,
}
FILTER_REASONS = {
    FilterReason.CONFIDENT: filters.FILTER_REASON_CONFIDENT,
    FilterReason.OUTLIER: filters.FILTER_REASON_OUTLIER,
}
EVENT_KINDS = {
    EventKind.LABELLED: resources.LabelEvent.KIND_LABELLED,
    EventKind.RELABELLED: resources.LabelEvent.KIND_RELABELLED,
    EventKind.LABEL_REMOVED: resources.LabelEvent.KIND_LABEL_REMOVED,
    EventKind.SKIPPED: resources.LabelEvent.KIND_SKIPPED,
    EventKind.EXCLUDED: resources.LabelEvent.KIND_EXCLUDED,
    EventKind.RESTORED: resources.LabelEvent.KIND_RESTORED,
    EventKind.RESOLVED: resources.LabelEvent.KIND_RESOLVED,
}


def timestamp(seconds: float) -> Timestamp | None:
    """Seconds since the epoch to the microsecond; None for 0, which stands for never.

    >>> timestamp(1.5).ToJsonString()
    '1970-01-01T00:00:01.500Z'
    """
    if not seconds:
        return None
    moment = Timestamp()
    moment.FromMicroseconds(round(seconds * 1e6))
    return moment


def pool(of: PoolSummary) -> resources.Pool:
    """A pool as it is now."""
    counts = resources.ItemCounts(total=of.counts.total, **asdict(of.counts))
    return resources.Pool(
        config=_pool_config(of.config),
        fingerprint=fingerprint(of.config.fingerprint) if of.config.fingerprint else None,
        create_time=timestamp(of.config.created_at),
        counts=counts,
        label_counts=of.label_counts,
        open_leases=of.open_leases,
        graph=resources.NeighbourGraph(**asdict(of.graph)) if of.graph else None,
        holdout=measurement.HoldoutCounts(**asdict(of.holdout)),
        suggestions=measurement.SuggestionCounts(**asdict(of.suggestions)),
        duplicates=duplicates.DuplicateCounts(**asdict(of.duplicates)),
        examples=of.examples,
        unavailable=of.unavailable,
        filtered=filters.FilterCounts(**asdict(of.filtered)),
    )


def fingerprint(of: Fingerprint) -> resources.Fingerprint:
    """What makes vectors comparable."""
    return resources.Fingerprint(
        name=of.name,
        version=of.version,
        preprocessing=of.preprocessing,
        dimension=of.dimension,
        medium=MEDIA[of.medium],
        digest=of.digest,
    )


def item_errors(
    failures: Mapping[int, VicinalError], item_ids: Mapping[int, str]
) -> list[resources.ItemError]:
    """Items that failed, in order.

    Args:
        failures: why, by index in the request.
        item_ids: their ids by index, where they have one.
    """
    return [
        resources.ItemError(
            index=index,
            item_id=shorten_id(item_ids.get(index, "")),
            reason=error.reason,
            message=shorten(error.public_message, MAX_MESSAGE_BYTES),
        )
        for index, error in sorted(failures.items())
    ]


def shorten_id(given: str) -> str:
    """The id of an entry that failed, for a response; an id that is too long is cut off."""
    if len(given) <= MAX_ITEM_ID_CHARACTERS:
        return given
    return given[: MAX_ITEM_ID_CHARACTERS - 1] + "…"


def batch(of: results.Batch, *, with_scores: bool = True) -> resources.Batch:
    """A leased batch. Scores would show which items are gold, so they can be left out."""
    return resources.Batch(
        lease=lease(of.lease) if of.lease else None,
        items=[_suggested(item, with_scores=with_scores) for item in of.items],
        strategy=of.strategy,
    )


def lease(of: Lease) -> resources.Lease:
    """An open lease."""
    return resources.Lease(
        lease_id=of.lease_id,
        annotator=of.annotator,
        expire_time=timestamp(of.expires_at),
        item_ids=of.item_ids,
    )


def submitted(outcome: results.Submitted, *, with_scores: bool = True) -> service.SubmitLabelsResponse:
    """How many labels were new, changed or unchanged, and the next batch."""
    return service.SubmitLabelsResponse(
        labelled=outcome.labelled,
        relabelled=outcome.relabelled,
        unchanged=outcome.unchanged,
        next=batch(outcome.next_batch, with_scores=with_scores) if outcome.next_batch else None,
    )


def prediction(index: int, of: results.Prediction) -> service.Prediction:
    """The prediction for the input at `index`."""
    return service.Prediction(
        index=index,
        label=of.label,
        probabilities=_probabilities(of.probabilities),
        neighbours=_neighbours(of.neighbours),
    )


def scored_item(of: results.ScoredItem) -> service.ScorePoolResponse.ScoredItem:
    """A candidate with its score."""
    return service.ScorePoolResponse.ScoredItem(
        item_id=of.item_id,
        rank=of.rank,
        score=_score(of.score),
        probabilities=_probabilities(of.probabilities),
    )


def explanation(of: results.ItemExplanation) -> service.GetItemResponse:
    """An item with all that speaks for and against it."""
    return service.GetItemResponse(
        item=item(of.item),
        probabilities=_probabilities(of.probabilities),
        voters=_neighbours(of.voters),
        pool_neighbours=_neighbours(of.pool_neighbours),
        score=_score(of.score) if of.score else None,
        rank=of.rank,
        eligible_items=of.eligible_items,
        filter_decision=_filter_decision(of.filter_decision) if of.filter_decision else None,
    )


def item(of: results.ItemSummary) -> resources.Item:
    """An item as it is now."""
    return resources.Item(
        item_id=of.item_id,
        metadata=of.metadata,
        state=STATES[of.state],
        label=of.label,
        annotator=of.annotator,
        reason=of.reason,
        lease_id=of.lease_id,
        update_time=timestamp(of.updated_at),
        holdout=of.holdout,
        gold_label=of.gold,
        annotations=[
            resources.Annotation(annotator=each.annotator, label=each.label, time=timestamp(each.at))
            for each in of.annotations
        ],
        duplicate_of=duplicate_of(of.duplicate_of) if of.duplicate_of else None,
        carried_label=of.carried_label,
        filtered=FILTER_REASONS[of.filtered] if of.filtered else None,
    )


def duplicate_of(of: DuplicateRecord) -> duplicates.DuplicateOf:
    """What an item is, or was, a duplicate of."""
    return duplicates.DuplicateOf(
        representative_id=of.representative_id,
        kind=DUPLICATE_KINDS[of.kind],
        evidence=evidence(of.evidence),
        restored=of.is_restored,
        compared_with=of.compared_with,
        find_time=timestamp(of.found_at),
    )


def evidence(of: Evidence) -> duplicates.DuplicateEvidence:
    """Why two items count as duplicates."""
    return duplicates.DuplicateEvidence(
        similarity=of.similarity,
        inliers=of.inliers,
        transform=duplicates.DuplicateTransform(**asdict(of.transform)) if of.transform else None,
        kinds=of.kinds,
    )


def label_event(of: Event, item: ItemRecord) -> resources.LabelEvent:
    """A line of the label log, with the item's metadata."""
    return resources.LabelEvent(
        sequence=of.sequence,
        kind=EVENT_KINDS[of.kind],
        item_id=of.item_id,
        label=of.label,
        annotator=of.annotator,
        reason=of.reason,
        time=timestamp(of.at),
        metadata=item.metadata,
        arm=ARMS[of.suggestion.arm] if of.suggestion else None,
        suggestion_number=of.suggestion.number if of.suggestion else 0,
        eligible_items=of.suggestion.eligible if of.suggestion else 0,
        predicted_label=of.predicted,
        carried_from=of.carried_from,
        holdout=item.holdout,
    )


def _pool_config(config: PoolConfig) -> resources.PoolConfig:
    strategy = strategy_named(config.strategy)
    limits = filter_limits(config, strategy)
    applied = replace(
        config,
        vote_model=config.vote_model or strategy.vote_model,
        confidence_filter=limits.confidence_filter,
        outlier_filter=limits.outlier_filter,
    )
    values: dict[str, Any] = {name: getattr(applied, name) for name in POOL_OPTIONS}
    for name, rule in POOL_OPTIONS.items():
        if isinstance(rule, OneOf):
            values[name] = WIRE_ENUMS[rule.kind][values[name]]
    return resources.PoolConfig(pool_id=config.pool_id, **values)


def _filter_decision(of: FilterDecision) -> filters.FilterDecision:
    reason = FILTER_REASONS[of.filtered] if of.filtered else None
    return filters.FilterDecision(**{**asdict(of), "filtered": reason})


def _suggested(of: results.SuggestedItem, *, with_scores: bool) -> resources.SuggestedItem:
    return resources.SuggestedItem(
        item_id=of.item_id,
        metadata=of.metadata,
        score=_score(of.score) if with_scores else None,
        probabilities=_probabilities(of.probabilities),
        arm=ARMS[of.arm],
    )


def _score(parts: ScoreParts) -> resources.ScoreParts:
    return resources.ScoreParts(**asdict(parts))


def _probabilities(probabilities: Iterable[results.ClassProbability]) -> list[resources.ClassProbability]:
    return [
        resources.ClassProbability(label=each.label, probability=each.probability) for each in probabilities
    ]


def _neighbours(near: Iterable[results.Neighbour]) -> list[resources.Neighbour]:
    return [
        resources.Neighbour(
            item_id=each.item_id,
            label=each.label,
            similarity=each.similarity,
            weight=each.weight,
            example_id=each.example_id,
            carried_from=each.carried_from,
        )
        for each in near
    ]
