"""Which copies the label of the item that stands for them is true of."""

from vicinal.core.duplicates import DuplicateRecord
from vicinal.core.records import Medium, PoolConfig


def medium_of(config: PoolConfig) -> Medium:
    """What a pool's items are; vectors where no featurizer makes them."""
    return Medium.VECTOR if config.fingerprint is None else config.fingerprint.medium


def takes_label(record: DuplicateRecord, medium: Medium, *, is_same_content: bool) -> bool:
    """Whether the label of the item that stands for a duplicate is true of the duplicate.

    An edited or turned picture shows the same thing. Texts and vectors must be the same: one word in a text
    may turn round what it says, and how near two vectors are says nothing about what people call them.

    Args:
        record: of the duplicate.
        medium: of the pool's items.
        is_same_content: the two items came with the very same content.
    """
    is_same = record.evidence.is_identical and record.compared_with == record.representative_id
    return not record.is_restored and (medium is Medium.IMAGE or is_same_content or is_same)
