"""A pool's settings as a row and as JSON, checked field by field as a request to make the pool is."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from vicinal.core.errors import StorageCorrupt
from vicinal.core.field_rules import MAX_LABEL_CHARACTERS, MAX_NAME_CHARACTERS, is_text, normalise_classes
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import DamagedPool
from vicinal.core.scoring.strategies import STRATEGIES
from vicinal.records.pool_options import (
    MAX_DIMENSION,
    POOL_OPTIONS,
    Classes,
    Duplicates,
    Flag,
    Multiple,
    Names,
    OneOf,
    Rule,
    Share,
    StrategyName,
    Text,
    Whole,
)
from vicinal.records.pools import Fingerprint, Medium
from vicinal.storage import values
from vicinal.storage.directory import is_folder_name
from vicinal.storage.faults import corrupt
from vicinal.storage.sqlite.old_names import rename_settings
from vicinal.storage.sqlite.schema import pools

Kind = TypeVar("Kind", bound=StrEnum)

# Handles of models may be URLs.
_MAX_FINGERPRINT_CHARACTERS = 4096
_LARGEST_SHARE = 1.0 - 2**-53
_LARGEST_NUMBER = 1.7976931348623157e308

_NAMES = frozenset(field.name for field in fields(PoolConfig))
_FINGERPRINT_NAMES = frozenset(field.name for field in fields(Fingerprint))
# What every version wrote; later fields take their defaults.
_ALWAYS = ("pool_id", "dimension", "metric", "strategy", "vote_neighbours", "vote_weighting", "classes")


def config_to_json(config: PoolConfig) -> str:
    """A pool's settings as a JSON object."""
    return json.dumps(asdict(config))


def config_from_json(text: object) -> PoolConfig:
    """The settings that `config_to_json` of this or an older version wrote; later fields take their defaults.

    Raises:
        ValueError: it did not write this, or no request could have made such a pool.
    """
    given = rename_settings(values.mapping(values.from_json(text, "config"), "config"))
    values.only(given, _NAMES, "config")
    for name in _ALWAYS:
        values.entry(given, name)
    # Pools of before duplicates were found keep all their items.
    complete = {"duplicates": Duplicates.OFF, **given}
    config = PoolConfig(**{name: _READ[name](value, name) for name, value in complete.items()})
    _check_together(config)
    return config


def _check_together(config: PoolConfig) -> None:
    if config.fingerprint is not None and config.fingerprint.dimension != config.dimension:
        raise ValueError("dimension is not that of the fingerprint")
    if len(set(config.classes)) != len(config.classes):
        raise ValueError("classes has an entry twice")
    if config.augmentations and config.duplicates is not Duplicates.NEAR:
        raise ValueError("augmentations go with near duplicates alone")


def _one_of(kind: type[Kind]) -> Callable[[object, str], Kind]:
    def read(value: object, name: str) -> Kind:
        if isinstance(value, str) and value in {each.value for each in kind}:
            return kind(value)
        raise ValueError(f"{name} is none of {', '.join(each.value for each in kind)}")

    return read


def _strategy(value: object, name: str) -> str:
    if not isinstance(value, str) or value not in STRATEGIES:
        raise ValueError(f"{name} is none of {', '.join(STRATEGIES)}")
    return value


def _classes(value: object, name: str, most: int) -> tuple[str, ...]:
    listed = values.array(value, name, most)
    # Classes that look alike are one, whatever earlier versions took.
    classes = normalise_classes(values.text(each, name, MAX_LABEL_CHARACTERS) for each in listed)
    if "" in classes:
        raise ValueError(f"{name} has an entry without a character that can be seen")
    return classes


def _names(value: object, name: str, most: int) -> tuple[str, ...]:
    listed = values.array(value, name, most)
    return tuple(values.text(each, name, MAX_NAME_CHARACTERS) for each in listed)


def _fingerprint(value: object, name: str) -> Fingerprint | None:
    if value is None:
        return None
    given = values.mapping(value, name)
    values.only(given, _FINGERPRINT_NAMES, name)
    read = _text(_MAX_FINGERPRINT_CHARACTERS, optional=True)
    return Fingerprint(
        name=read(values.entry(given, "name"), f"{name}.name"),
        version=read(values.entry(given, "version"), f"{name}.version"),
        preprocessing=read(values.entry(given, "preprocessing"), f"{name}.preprocessing"),
        dimension=_whole(1, MAX_DIMENSION)(values.entry(given, "dimension"), f"{name}.dimension"),
        medium=_one_of(Medium)(values.entry(given, "medium"), f"{name}.medium"),
    )


def _whole(least: int, most: int) -> Callable[[object, str], int]:
    return lambda value, name: values.whole(value, name, least, most)


def _text(max_characters: int, *, optional: bool = False) -> Callable[[object, str], str]:
    return lambda value, name: values.text(value, name, max_characters, optional=optional)


def _real(most: float) -> Callable[[object, str], float]:
    return lambda value, name: values.real(value, name, 0.0, most)


def _real_or_none(most: float) -> Callable[[object, str], float | None]:
    return lambda value, name: None if value is None else values.real(value, name, 0.0, most)


def _reader(rule: Rule) -> Callable[[object, str], Any]:  # noqa: PLR0911
    """What reads a stored option."""
    match rule:
        case Share(with_one=with_one, is_optional=is_optional):
            most = 1.0 if with_one else _LARGEST_SHARE
            return _real_or_none(most) if is_optional else _real(most)
        case Multiple():
            return _real_or_none(_LARGEST_NUMBER)
        case Whole(least=least, most=most_whole):
            return _whole(least, most_whole)
        case OneOf(kind=kind, is_optional=is_optional):
            read = _one_of(kind)
            return lambda value, name: None if value is None and is_optional else read(value, name)
        case StrategyName():
            return _strategy
        case Text():
            return _text(MAX_NAME_CHARACTERS, optional=True)
        case Classes(most=most_classes):
            return lambda value, name: _classes(value, name, most_classes)
        case Names(most=most_names):
            return lambda value, name: _names(value, name, most_names)
        case Flag():
            return values.truth


_READ: dict[str, Callable[[object, str], Any]] = {
    "pool_id": _text(MAX_NAME_CHARACTERS),
    "fingerprint": _fingerprint,
    "created_at": values.moment,
    "gold_secret": _text(MAX_NAME_CHARACTERS, optional=True),
    **{name: _reader(rule) for name, rule in POOL_OPTIONS.items()},
}


class StoredPool(NamedTuple):
    """Where a pool is.

    Attributes:
        key: in the database.
        folder: name of the folder with its files; empty where the database holds no such name.
    """

    key: int
    folder: str


def stored_pools(connection: Connection, database: Path) -> tuple[list[PoolConfig], list[DamagedPool]]:
    """The pools whose settings can be read, and the others, each by id."""
    readable: list[PoolConfig] = []
    damaged: list[DamagedPool] = []
    for key in connection.scalars(select(pools.c.pool_key).order_by(pools.c.pool_id)).all():
        try:
            readable.append(stored_config(connection, key, database))
        except StorageCorrupt as error:
            damaged.append(DamagedPool(_shown_id(connection, key), error))
    return readable, damaged


def stored_config(connection: Connection, key: int, database: Path) -> PoolConfig:
    """The settings of the pool of that key.

    Raises:
        StorageCorrupt: they cannot be read, or its row contradicts them.
    """
    try:
        row = connection.execute(select(pools).where(pools.c.pool_key == key)).one()
        config = config_from_json(row.config)
        if row.pool_id != config.pool_id:
            raise ValueError("pool_id is not that of the config")
        if not is_folder_name(row.folder):
            raise ValueError("folder is none that a pool has")
    except (ValueError, DBAPIError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        raise corrupt(database, f"a row makes no sense (pools: {reason})") from error
    return config


def stored_folders(connection: Connection) -> Sequence[str]:
    """Names of the folders that pools own, as far as they can be read."""
    found = []
    for key in connection.scalars(select(pools.c.pool_key)).all():
        folder = _column(connection, key, pools.c.folder)
        if isinstance(folder, str) and is_folder_name(folder):
            found.append(folder)
    return found


def find_pool(connection: Connection, pool_id: str) -> StoredPool | None:
    """Key and folder of the pool of that id; None if there is none."""
    key = connection.scalar(select(pools.c.pool_key).where(pools.c.pool_id == pool_id))
    if key is None:
        return None
    folder = _column(connection, key, pools.c.folder)
    return StoredPool(key, folder if isinstance(folder, str) and is_folder_name(folder) else "")


def _shown_id(connection: Connection, key: int) -> str:
    found = _column(connection, key, pools.c.pool_id)
    # No id that a request can give begins with a bracket.
    return str(found) if is_text(found, MAX_NAME_CHARACTERS) else f"(key {key})"


def _column(connection: Connection, key: int, column: Any) -> object:
    try:
        return connection.scalar(select(column).where(pools.c.pool_key == key))
    except DBAPIError:
        return None
