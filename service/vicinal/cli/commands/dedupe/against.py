"""Data against a folder, or against a pool of a running server."""

from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vicinal.cli.failures import UNREACHED, Failure, extra_needed
from vicinal.cli.inputs import Contents, DataKind, FileContents, Unreadable, open_contents
from vicinal.cli.output import progress, reason_of
from vicinal.client import (
    Client,
    ContentMatch,
    InvalidArgumentError,
    NotFoundError,
    Pool,
    UnavailableError,
)

if TYPE_CHECKING:
    from vicinal.duplicates import Group


def open_against(path: Path, source: Path, data: Contents, text_column: str, id_column: str) -> Contents:
    """A folder of images or a file of texts that is there already; ids begin with its name.

    Args:
        path: of the folder or file.
        source: of the data that are compared with it.
        data: what that holds.
        text_column: of texts, where the file has such a column.
        id_column: likewise.

    Raises:
        Failure: it is not of the kind of the data, or one of the two lies in the other.
    """
    here, there = source.resolve(), path.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise Failure(f"--against {path}: this is, holds or lies in {source}; give data that lie apart")
    against = open_contents(path, text_column, id_column)
    if against.holds is not data.holds:
        raise Failure(f"--against {path}: holds {against.holds}, but {source} holds {data.holds}")
    return against.under(f"{path.as_posix()}/" if path.is_dir() else f"{path.as_posix()}#")


# Enough to keep a server busy, few enough that contents in memory are few and others get their turn.
AT_ONCE = 4


@dataclass(frozen=True)
class PoolComparison:
    """What a pool has of the data.

    Attributes:
        matches: the likeliest match of each item that has one.
        left_out: what the server could not read.
    """

    matches: dict[str, ContentMatch] = field(default_factory=dict)
    left_out: list[Unreadable] = field(default_factory=list)


def check_against(client: Client, pool_id: str, data: Contents) -> PoolComparison:
    """Asks about each item of the data, a few at a time; nothing is added to the pool.

    Raises:
        Failure: no such pool, or it is not of the kind of the data, or keeps all its duplicates.
    """
    _refuse_other_kinds(_pool(client, pool_id), data)
    checked = PoolComparison()
    with progress() as bar:
        task = bar.add_task(f"asking {pool_id}", total=len(data))
        for done, (item_id, answer) in enumerate(_answers(client, pool_id, data), start=1):
            try:
                matches = answer.result()
            except InvalidArgumentError as error:
                reason = reason_of(error.reason)
                checked.left_out.append(Unreadable(item_id, str(error), reason=reason))
            else:
                if matches:
                    checked.matches[item_id] = matches[0]
            bar.update(task, completed=done)
    return checked


def groups_in_pool(pool_id: str, checked: PoolComparison) -> list["Group"]:
    """Groups of those that the pool has, by the item that stands for them there; ids tell the pool."""
    with extra_needed("duplicates"):
        from vicinal.duplicates import Duplicate, Group  # noqa: PLC0415 - an extra
    duplicates: dict[str, list[Duplicate]] = defaultdict(list)
    for item_id, match in sorted(checked.matches.items()):
        representative, met = there(pool_id, match.representative_id), there(pool_id, match.item_id)
        duplicates[representative].append(Duplicate(item_id, representative, match.kind, match.evidence, met))
    return [
        Group(representative, tuple(members), representative_elsewhere=True)
        for representative, members in sorted(duplicates.items())
    ]


def representative_pictures(client: Client, pool_id: str, checked: PoolComparison) -> Contents:
    """Files of the pool's items, where they are still on this machine as they were added."""
    ids, paths = [], []
    for representative_id in sorted({match.representative_id for match in checked.matches.values()}):
        path = Path(client.get_item(pool_id, representative_id).item.metadata.get("path", ""))
        if path.is_file():
            ids.append(there(pool_id, representative_id))
            paths.append(path)
    return Contents(pool_id, DataKind.IMAGES, ids, FileContents(paths))


def there(pool_id: str, item_id: str) -> str:
    """The name of a pool's item among the user's own.

    >>> there("fruits", "a.jpg")
    'fruits:a.jpg'
    """
    return f"{pool_id}:{item_id}"


def _pool(client: Client, pool_id: str) -> Pool:
    try:
        return client.get_pool(pool_id)
    except NotFoundError as error:
        raise Failure(f"--against {pool_id!r}: there is no such file or folder, and no such pool") from error
    except UnavailableError as error:
        if error.reason not in UNREACHED:
            raise
        raise Failure(
            f"--against {pool_id!r}: there is no such file or folder, and no server answers that could have "
            f"such a pool; name it with --target ({error})"
        ) from error


def _refuse_other_kinds(pool: Pool, data: Contents) -> None:
    medium = pool.fingerprint.medium if pool.fingerprint else "vector"
    if f"{medium}s" != data.holds:
        raise Failure(f"--against {pool.pool_id!r}: is of {medium}s, but {data.name} holds {data.holds}")
    if pool.duplicates == "off":
        raise Failure(f"--against {pool.pool_id!r}: keeps its duplicates; make a pool with --duplicates near")


def _answers(
    client: Client, pool_id: str, data: Contents
) -> Iterator[tuple[str, "Future[list[ContentMatch]]"]]:
    waiting: deque[tuple[str, Future[list[ContentMatch]]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        try:
            for item_id, content in data.items():
                waiting.append((item_id, threads.submit(client.check_content, pool_id, content)))
                if len(waiting) >= AT_ONCE:
                    yield waiting.popleft()
            yield from waiting
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
