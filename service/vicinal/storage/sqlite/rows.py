"""What rows of the database look like, to and from the domain. What no row may hold is refused.

Labels, classes and names of annotators come out in the form that labels are kept in, whatever earlier
versions wrote: those that look alike are one. The rows stay as they are.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import Row

from vicinal.core.arms import SuggestionRecord
from vicinal.core.field_rules import (
    MAX_ITEM_ID_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_METADATA_BYTES,
    MAX_METADATA_ENTRIES,
    MAX_NAME_CHARACTERS,
    MAX_REASON_CHARACTERS,
    is_text,
    normalise_label,
)
from vicinal.core.records import NO_METADATA, Event, ItemRecord, LeaseRecord
from vicinal.records.labels import Arm, EventKind
from vicinal.storage import values

T = TypeVar("T")
R = TypeVar("R")

MAX_HASH_CHARACTERS = 256
_MAX_LEASED_ITEMS = 1_000_000

_KINDS: Mapping[str, EventKind] = {kind.value: kind for kind in EventKind}
_ARMS: Mapping[str, Arm] = {arm.value: arm for arm in Arm}
_GIVE_A_LABEL = frozenset({EventKind.LABELLED, EventKind.RELABELLED, EventKind.RESOLVED})


def item_to_row(record: ItemRecord) -> dict[str, Any]:
    """Columns of `items` in their order, but for the key."""
    return {
        "item_id": record.item_id,
        "content_hash": record.content_hash,
        "metadata": json.dumps(dict(record.metadata)) if record.metadata else "{}",
        "holdout": int(record.holdout),
        "gold": record.gold,
    }


def item_from_row(
    item_id: object, content_hash: object, metadata: object, holdout: object, gold: object
) -> ItemRecord:
    """Of the columns that `item_to_row` gives.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    record = ItemRecord(
        values.text(item_id, "item_id", MAX_ITEM_ID_CHARACTERS),
        values.text(content_hash, "content_hash", MAX_HASH_CHARACTERS, optional=True),
        # Most pools have none, and there are many items.
        NO_METADATA if metadata == "{}" else _metadata(metadata),
        values.flag(holdout, "holdout"),
        _label(gold, "gold", optional=True),
    )
    if record.holdout and record.gold:
        raise ValueError("gold cannot be combined with holdout")
    return record


def event_to_row(event: Event) -> dict[str, Any]:
    """Columns of `events`, but for the pool."""
    suggestion = event.suggestion.number if event.suggestion else 0
    columns = {name: value for name, value in asdict(event).items() if name != "carried_from"}
    return {**columns, "kind": event.kind.value, "suggestion": suggestion}


def event_from_row(row: Row[Any]) -> Event:
    """Of the columns that `event_to_row` gives, and those of its suggestion, if it has one.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    kind = _known(_KINDS, row.kind, "kind")
    return Event(
        kind,
        values.text(row.item_id, "item_id", MAX_ITEM_ID_CHARACTERS),
        values.moment(row.at, "at"),
        _label(row.label, "label", optional=kind not in _GIVE_A_LABEL),
        _annotator(row.annotator),
        values.text(row.reason, "reason", MAX_REASON_CHARACTERS, optional=True),
        values.whole(row.sequence, "sequence", 1),
        suggestion_from_row(row) if values.whole(row.suggestion, "suggestion") else None,
        _label(row.predicted, "predicted", optional=True),
    )


def suggestion_to_row(suggestion: SuggestionRecord) -> dict[str, Any]:
    """Columns of `suggestions`, but for the pool."""
    return {**asdict(suggestion), "arm": suggestion.arm.value}


def suggestion_from_row(row: Row[Any]) -> SuggestionRecord:
    """Of the columns that `suggestion_to_row` gives.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    return SuggestionRecord(
        values.whole(row.number, "number", 1),
        values.text(row.item_id, "item_id", MAX_ITEM_ID_CHARACTERS),
        _known(_ARMS, row.arm, "arm"),
        values.whole(row.eligible, "eligible"),
    )


def lease_to_row(lease: LeaseRecord) -> dict[str, Any]:
    """Columns of `leases`, but for the pool."""
    return {**asdict(lease), "item_ids": json.dumps(lease.item_ids)}


def lease_from_row(row: Row[Any]) -> LeaseRecord:
    """Of the columns that `lease_to_row` gives.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    listed = values.array(values.from_json(row.item_ids, "item_ids"), "item_ids", _MAX_LEASED_ITEMS)
    item_ids = tuple(values.text(each, "item_ids", MAX_ITEM_ID_CHARACTERS) for each in listed)
    if len(set(item_ids)) != len(item_ids):
        raise ValueError("item_ids has an entry twice")
    return LeaseRecord(
        values.text(row.lease_id, "lease_id", MAX_NAME_CHARACTERS),
        _annotator(row.annotator),
        values.moment(row.expires_at, "expires_at"),
        item_ids,
        values.whole(row.number, "number"),
    )


def name_from_column(value: object, column: str, max_characters: int, *, optional: bool = False) -> str:
    """A label or a name of an annotator, in the form that they are kept in.

    Raises:
        ValueError: it is no such text, or has nothing that can be seen.
    """
    name = normalise_label(values.text(value, column, max_characters, optional=optional))
    if value and not name:
        raise ValueError(f"{column} has no character that can be seen")
    return name


def rows_read(table: str, rows: Iterable[T], read: Callable[[T], R], first: int = 1) -> Iterator[R]:
    """What rows of a table say; the first of them has the number `first`.

    Raises:
        ValueError: naming the row that holds what it cannot hold.
    """
    for number, row in enumerate(rows, start=first):
        try:
            yield read(row)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{table}, row {number}: {error}") from error


def _metadata(column: object) -> Mapping[str, str]:
    given = values.mapping(values.from_json(column, "metadata"), "metadata")
    if len(given) > MAX_METADATA_ENTRIES:
        raise ValueError(f"metadata has more than {MAX_METADATA_ENTRIES} entries")
    for key, value in given.items():
        if not is_text(key, MAX_NAME_CHARACTERS):
            raise ValueError(f"metadata has a key that is no text of 1 to {MAX_NAME_CHARACTERS} characters")
        values.plain(value, "metadata")
    if sum(len(key.encode()) + len(value.encode()) for key, value in given.items()) > MAX_METADATA_BYTES:
        raise ValueError(f"metadata has more than {MAX_METADATA_BYTES} bytes")
    return given or NO_METADATA


def _label(value: object, column: str, *, optional: bool) -> str:
    return name_from_column(value, column, MAX_LABEL_CHARACTERS, optional=optional)


def _annotator(value: object) -> str:
    return name_from_column(value, "annotator", MAX_NAME_CHARACTERS, optional=True)


def _known(kinds: Mapping[str, T], value: object, column: str) -> T:
    if isinstance(value, str) and value in kinds:
        return kinds[value]
    raise ValueError(f"{column} is none of {', '.join(kinds)}")
