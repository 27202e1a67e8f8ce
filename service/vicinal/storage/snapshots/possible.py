"""Whether a pool could have come about by requests: what one archive says must go together."""

from collections.abc import Iterable

from vicinal.core.ports import Medium, PoolConfig
from vicinal.storage.sql_pool import SqlPoolStore


def check_settings(config: PoolConfig) -> None:
    """Sees to it that settings go together as those of a new pool do.

    Raises:
        ValueError: they do not.
    """
    if bool(config.featurizer) != (config.fingerprint is not None):
        raise ValueError("featurizer and fingerprint go together; one of them is missing")
    if config.views and (config.fingerprint is None or config.fingerprint.medium is Medium.VECTOR):
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


def _check_all(table: str, column: str, labels: Iterable[str], config: PoolConfig) -> None:
    for number, label in enumerate(labels, start=1):
        if label and label not in config.class_set:
            raise ValueError(f"{table}, row {number}: {column} is none of the pool's classes")
