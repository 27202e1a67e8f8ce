"""What some requests ask for, in the words of the use cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from vicinal.sampling.results import LabelInput, NextBatch


@dataclass(frozen=True)
class LeaseRequest:
    """What a LeaseBatch asks for."""

    batch: NextBatch
    annotator: str


@dataclass(frozen=True)
class LabelRequest:
    """What a SubmitLabels asks for."""

    labels: Sequence[LabelInput]
    annotator: str
    lease_id: str
    next_batch: NextBatch | None


@dataclass(frozen=True)
class ItemsRequest:
    """What is asked for some items of a pool; fields that the request does not have are empty."""

    item_ids: Sequence[str]
    annotator: str = ""
    reason: str = ""
    lease_id: str = ""
