"""Results of the use cases into responses."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from google.protobuf.timestamp_pb2 import Timestamp

from vicinal.core.copies import Evidence
from vicinal.core.errors import VicinalError
from vicinal.core.field_rules import MAX_ITEM_ID_CHARACTERS
from vicinal.core.ports import CopyRecord, Event, Fingerprint, ItemRecord, Lease, PoolConfig
from vicinal.core.scores import ScoreParts
from vicinal.core.strategies import strategy_named
from vicinal.sampling import results
from vicinal.sampling.held_results import Holding
from vicinal.sampling.holding import limits_of
from vicinal.sampling.pool_views import PoolView
from vicinal.server.enums import (
    ARMS,
    CONSENSUSES,
    COPIES,
    COPY_KINDS,
    EVENT_KINDS,
    HELD_BACK,
    MEDIA,
    METRICS,
    STATES,
    VOTE_MODELS,
    WEIGHTINGS,
)
from vicinal.server.error_table import MAX_MESSAGE_BYTES, cut
from vicinal.v1 import copies_pb2 as copies
from vicinal.v1 import filters_pb2 as filters
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service


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


def pool(view: PoolView) -> resources.Pool:
    """A pool as it stands."""
    counts = resources.ItemCounts(total=view.counts.total, **asdict(view.counts))
    return resources.Pool(
        config=_pool_config(view.config),
        fingerprint=fingerprint(view.config.fingerprint) if view.config.fingerprint else None,
        create_time=timestamp(view.config.created_at),
        counts=counts,
        label_counts=view.label_counts,
        open_leases=view.open_leases,
        graph=resources.NeighbourGraph(**asdict(view.graph)) if view.graph else None,
        holdout=measurement.HoldoutCounts(**asdict(view.holdout)),
        suggestions=measurement.SuggestionCounts(**asdict(view.suggestions)),
        copies=copies.CopyCounts(**asdict(view.copies)),
        examples=view.examples,
        unavailable=view.unavailable,
        held_back=filters.HeldBackCounts(**asdict(view.held_back)),
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
    """Items that could not be taken, in order.

    Args:
        failures: why, by index in the request.
        item_ids: their ids by index, where they have one.
    """
    return [
        resources.ItemError(
            index=index,
            item_id=told_id(item_ids.get(index, "")),
            reason=error.reason,
            message=cut(error.public_message, MAX_MESSAGE_BYTES),
        )
        for index, error in sorted(failures.items())
    ]


def told_id(given: str) -> str:
    """The id of an entry that could not be taken, for an answer; one that is too long is cut off."""
    if len(given) <= MAX_ITEM_ID_CHARACTERS:
        return given
    return given[: MAX_ITEM_ID_CHARACTERS - 1] + "…"


def batch(of: results.Batch, *, with_scores: bool = True) -> resources.Batch:
    """A leased batch; gold items among others are found by their scores, which may be left out."""
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
    """What became of submitted labels, and the next batch."""
    return service.SubmitLabelsResponse(
        labelled=outcome.labelled,
        relabelled=outcome.relabelled,
        unchanged=outcome.unchanged,
        next=batch(outcome.next_batch, with_scores=with_scores) if outcome.next_batch else None,
    )


def prediction(index: int, of: results.Prediction) -> service.Prediction:
    """What the votes say of the input at `index`."""
    return service.Prediction(
        index=index, label=of.label, shares=_shares(of.shares), neighbours=_neighbours(of.neighbours)
    )


def scored_item(of: results.ScoredItem) -> service.ScorePoolResponse.ScoredItem:
    """An eligible item with its score."""
    return service.ScorePoolResponse.ScoredItem(
        item_id=of.item_id, rank=of.rank, score=_score(of.score), shares=_shares(of.shares)
    )


def explanation(of: results.ItemExplanation) -> service.GetItemResponse:
    """An item with all that speaks for and against it."""
    return service.GetItemResponse(
        item=item(of.item),
        shares=_shares(of.shares),
        voters=_neighbours(of.voters),
        pool_neighbours=_neighbours(of.pool_neighbours),
        score=_score(of.score) if of.score else None,
        rank=of.rank,
        eligible_items=of.eligible_items,
        holding=_holding(of.holding) if of.holding else None,
    )


def _holding(of: Holding) -> filters.Holding:
    reason = HELD_BACK[of.held_back] if of.held_back else None
    return filters.Holding(**{**asdict(of), "held_back": reason})


def item(of: results.ItemView) -> resources.Item:
    """An item as it stands."""
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
        opinions=[
            resources.Opinion(annotator=each.annotator, label=each.label, time=timestamp(each.at))
            for each in of.opinions
        ],
        copy=item_copy(of.copy) if of.copy else None,
        carried_label=of.carried_label,
        held_back=HELD_BACK[of.held_back] if of.held_back else None,
    )


def item_copy(of: CopyRecord) -> copies.ItemCopy:
    """What an item is, or was, a copy of."""
    return copies.ItemCopy(
        kept_id=of.kept_id,
        kind=COPY_KINDS[of.kind],
        evidence=evidence(of.evidence),
        restored=of.is_restored,
        compared_with=of.compared_with,
        find_time=timestamp(of.found_at),
    )


def evidence(of: Evidence) -> copies.CopyEvidence:
    """What bears a copy out."""
    return copies.CopyEvidence(
        similarity=of.similarity,
        inliers=of.inliers,
        transform=copies.CopyTransform(**asdict(of.transform)) if of.transform else None,
        kinds=of.kinds,
    )


def label_event(of: Event, item: ItemRecord) -> resources.LabelEvent:
    """A line of the label log, with what is kept with the item."""
    return resources.LabelEvent(
        sequence=of.sequence,
        kind=EVENT_KINDS[of.kind],
        item_id=of.item_id,
        label=of.label,
        annotator=of.annotator,
        reason=of.reason,
        time=timestamp(of.at),
        metadata=item.metadata,
        arm=ARMS[of.draw.arm] if of.draw else None,
        draw=of.draw.number if of.draw else 0,
        eligible_items=of.draw.eligible if of.draw else 0,
        predicted_label=of.predicted,
        carried_from=of.carried_from,
        holdout=item.holdout,
    )


def _pool_config(config: PoolConfig) -> resources.PoolConfig:
    limits = limits_of(config, strategy_named(config.strategy))
    return resources.PoolConfig(
        pool_id=config.pool_id,
        featurizer=config.featurizer,
        dimension=config.dimension,
        metric=METRICS[config.metric],
        strategy=config.strategy,
        vote_neighbours=config.vote_neighbours,
        vote_weighting=WEIGHTINGS[config.vote_weighting],
        vote_model=VOTE_MODELS[config.vote_model or strategy_named(config.strategy).vote_model],
        classes=config.classes,
        seed=config.seed,
        holdout_share=config.holdout_share,
        control_share=config.control_share,
        overlap=config.overlap,
        consensus=CONSENSUSES[config.consensus],
        gold_share=config.gold_share,
        copies=COPIES[config.copies],
        carry_labels=config.carry_labels,
        views=config.views,
        known_share=limits.known_share,
        isolation=limits.isolation,
    )


def _suggested(of: results.SuggestedItem, *, with_scores: bool) -> resources.SuggestedItem:
    return resources.SuggestedItem(
        item_id=of.item_id,
        metadata=of.metadata,
        score=_score(of.score) if with_scores else None,
        shares=_shares(of.shares),
        arm=ARMS[of.arm],
    )


def _score(parts: ScoreParts) -> resources.ScoreParts:
    return resources.ScoreParts(**asdict(parts))


def _shares(shares: Iterable[results.ClassShare]) -> list[resources.ClassShare]:
    return [resources.ClassShare(label=each.label, share=each.share) for each in shares]


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
