"""The label log, read into the client's records."""

from vicinal.client.answers import arm, moment
from vicinal.client.enum_words import enum_word
from vicinal.client.resources import LabelEvent
from vicinal.v1 import resources_pb2, sampler_service_pb2


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
