"""Messages about copies, read into the client's records."""

from datetime import UTC

from vicinal.client.copy_results import (
    ContentMatch,
    CopyCounts,
    CopyEvidence,
    CopyProgress,
    CopySummary,
    CopyTransform,
    ItemCopy,
)
from vicinal.client.enum_words import enum_word
from vicinal.v1 import copies_pb2, copy_groups_pb2


def item_copy(message: copies_pb2.ItemCopy) -> ItemCopy:
    """What an item is, or was, a copy of."""
    return ItemCopy(
        kept_id=message.kept_id,
        kind=_kind(message.kind),
        evidence=_evidence(message.evidence),
        restored=message.restored,
        compared_with=message.compared_with,
        found_at=message.find_time.ToDatetime(tzinfo=UTC) if message.HasField("find_time") else None,
    )


def counts(message: copies_pb2.CopyCounts) -> CopyCounts:
    """How many copies there are."""
    return CopyCounts(message.groups, message.copies, message.restored)


def found(message: copy_groups_pb2.FindCopiesResponse) -> list[CopyProgress | CopySummary]:
    """Progress of a search, or its outcome."""
    if message.HasField("summary"):
        summary = message.summary
        return [CopySummary(summary.groups, summary.copies, summary.new, summary.gone)]
    return [CopyProgress(message.progress.step, message.progress.done, message.progress.of)]


def matches(message: copy_groups_pb2.CheckContentResponse) -> list[ContentMatch]:
    """What a content is a copy of."""
    return [
        ContentMatch(each.item_id, _kind(each.kind), _evidence(each.evidence), each.kept_id)
        for each in message.matches
    ]


def _evidence(message: copies_pb2.CopyEvidence) -> CopyEvidence:
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


def _kind(number: int) -> str:
    return enum_word(copies_pb2.CopyKind, "COPY_KIND_", number)
