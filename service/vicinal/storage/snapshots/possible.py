"""Whether a pool could have come about by requests: what one archive says must go together."""

from collections.abc import Iterable

from vicinal.core.annotations import Consensus
from vicinal.core.ports import EventKind, Medium, PoolConfig
from vicinal.storage.sql_pool import SqlPoolStore


def check_settings(config: PoolConfig) -> None:
    """Sees to it that settings go together as those of a new pool do.

    Raises:
        ValueError: they do not.
    """
    if bool(config.featurizer) != (config.fingerprint is not None):
        raise ValueError("featurizer and fingerprint go together; one of them is missing")
    if config.augmentations and (config.fingerprint is None or config.fingerprint.medium is Medium.VECTOR):
        raise ValueError("views go with pools of images and texts alone")


def check_classes(config: PoolConfig, pool: SqlPoolStore) -> None:
    """Sees to it that all labels of a pool are among its classes, where it has some.

    Raises:
        ValueError: naming the table and the row of a label that is not.
    """
    if config.class_set:
        _check_all("items", "gold", (each.gold for each in pool.items()), config)
        _check_all("examples", "label", (each.label for each in pool.examples()), config)
        _check_all("events", "label", (each.label for each in pool.events()), config)
        _check_all("events", "predicted", (each.predicted for each in pool.events()), config)


def check_events(pool: SqlPoolStore) -> None:
    """Reads the log to its end, and sees to it that who resolved an item is told, or that the consensus did.

    Raises:
        ValueError: naming the row of an event that no request makes.
    """
    for number, event in enumerate(pool.events(), start=1):
        is_of_nobody = event.kind is EventKind.RESOLVED and not event.annotator
        if is_of_nobody and event.reason != Consensus.DAWID_SKENE:
            raise ValueError(f"events, row {number}: annotator is missing, and no consensus is the reason")


def _check_all(table: str, column: str, labels: Iterable[str], config: PoolConfig) -> None:
    for number, label in enumerate(labels, start=1):
        if label and label not in config.class_set:
            raise ValueError(f"{table}, row {number}: {column} is none of the pool's classes")
