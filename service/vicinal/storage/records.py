"""What rows of the database look like, to and from the domain.

Labels, classes and names of annotators come out in the form that labels are kept in, whatever earlier
versions wrote: those that look alike are one. The rows stay as they are.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from vicinal.core.labels import normalise_classes, normalise_label
from vicinal.core.opinions import Consensus
from vicinal.core.ports import (
    Arm,
    Copies,
    Draw,
    Event,
    EventKind,
    Fingerprint,
    ItemRecord,
    Lease,
    Medium,
    PoolConfig,
)
from vicinal.core.records import NO_METADATA
from vicinal.core.similarity import Metric
from vicinal.core.votes import VoteModel, Weighting


def config_to_json(config: PoolConfig) -> str:
    """A pool's settings as a JSON object."""
    return json.dumps(asdict(config))


def config_from_json(text: str) -> PoolConfig:
    """The settings that `config_to_json` wrote; fields that came later take their defaults.

    Raises:
        ValueError, TypeError: it did not write this.
    """
    fields: dict[str, Any] = json.loads(text)
    fields["metric"] = Metric(fields["metric"])
    fields["vote_weighting"] = Weighting(fields["vote_weighting"])
    if fields.get("vote_model") is not None:
        fields["vote_model"] = VoteModel(fields["vote_model"])
    fields["consensus"] = Consensus(fields.get("consensus", Consensus.MAJORITY))
    fields["classes"] = normalise_classes(fields["classes"])
    # Pools of before copies were found keep what they have.
    fields["copies"] = Copies(fields.get("copies", Copies.KEEP))
    fields["views"] = tuple(fields.get("views", ()))
    if fields["fingerprint"] is not None:
        medium = Medium(fields["fingerprint"].pop("medium"))
        fields["fingerprint"] = Fingerprint(medium=medium, **fields["fingerprint"])
    return PoolConfig(**fields)


def item_to_row(record: ItemRecord) -> dict[str, Any]:
    """Columns of `items` in their order, but for the key."""
    return {
        "item_id": record.item_id,
        "content_hash": record.content_hash,
        "metadata": json.dumps(dict(record.metadata)) if record.metadata else "{}",
        "holdout": int(record.holdout),
        "gold": record.gold,
    }


def item_from_row(item_id: str, content_hash: str, metadata: str, holdout: int, gold: str) -> ItemRecord:
    """Of the columns that `item_to_row` gives."""
    return ItemRecord(item_id, content_hash, _metadata(metadata), bool(holdout), normalise_label(gold))


def event_to_row(event: Event) -> dict[str, Any]:
    """Columns of `events`, but for the pool."""
    draw = event.draw.number if event.draw else 0
    columns = {name: value for name, value in asdict(event).items() if name != "carried_from"}
    return {**columns, "kind": event.kind.value, "draw": draw}


def event_from_row(row: Row[Any]) -> Event:
    """Of the columns that `event_to_row` gives, and those of its draw, if it has one."""
    return Event(
        EventKind(row.kind),
        row.item_id,
        row.at,
        normalise_label(row.label),
        normalise_label(row.annotator),
        row.reason,
        row.sequence,
        draw_from_row(row) if row.draw else None,
        normalise_label(row.predicted),
    )


def draw_to_row(draw: Draw) -> dict[str, Any]:
    """Columns of `draws`, but for the pool."""
    return {**asdict(draw), "arm": draw.arm.value}


def draw_from_row(row: Row[Any]) -> Draw:
    """Of the columns that `draw_to_row` gives."""
    return Draw(row.number, row.item_id, Arm(row.arm), row.eligible)


def lease_to_row(lease: Lease) -> dict[str, Any]:
    """Columns of `leases`, but for the pool."""
    return {**asdict(lease), "item_ids": json.dumps(lease.item_ids)}


def lease_from_row(row: Row[Any]) -> Lease:
    """Of the columns that `lease_to_row` gives."""
    item_ids = tuple(json.loads(row.item_ids))
    return Lease(row.lease_id, normalise_label(row.annotator), row.expires_at, item_ids, row.number)


def _metadata(text: str) -> Mapping[str, str]:
    # Most pools have none, and there are many items.
    return NO_METADATA if text == "{}" else json.loads(text)
