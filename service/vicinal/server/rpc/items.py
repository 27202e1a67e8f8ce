"""Calls that bring items into a pool: read, embed outside the pool's lock, add."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vicinal.core.arrays import Vectors
from vicinal.core.errors import ContentUnreadable, InvalidInput, VicinalError
from vicinal.core.field_rules import MAX_NAME_CHARACTERS
from vicinal.core.ports import Augmenter
from vicinal.core.records import RawContent
from vicinal.pools.clock import check_deadline
from vicinal.pools.items import has_item
from vicinal.pools.registry import Pools
from vicinal.pools.results import Added, NewItem
from vicinal.pools.session import PoolSession
from vicinal.server.rpc import to_proto
from vicinal.server.rpc.checks import Checks
from vicinal.server.rpc.contents import (
    Accepted,
    ParsedContents,
    check_fingerprint,
    content_hash,
    read_contents,
    vectorise,
)
from vicinal.server.rpc.idempotency import once, stored_response
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1.sampler_service_pb2 import (
    AddItemsRequest,
    AddItemsResponse,
    ImportItemsRequest,
    ImportItemsResponse,
)

# Between chunks, a call that was cancelled or ran out of time ends.
SKETCHING_CHUNK = 16
# Of an import's errors, how many are listed; all are counted.

MAX_IMPORT_ERRORS = 1000


@dataclass(frozen=True)
class Goal:
    """The pool that items are added to, and the digest of the featurizer that made their vectors."""

    session: PoolSession
    fingerprint_digest: str


@dataclass(frozen=True)
class ReadyItems:
    """Items of one request that have a vector, and the others.

    Attributes:
        records: with row i of `vectors`; `indexes[i]` is its place in the request.
        failures: why the others cannot be added, by their place in the request.
        existing: how many were in the pool already, and so were not embedded again.
    """

    records: Sequence[NewItem]
    vectors: Vectors
    indexes: Sequence[int]
    failures: Mapping[int, VicinalError]
    existing: int


async def add_items(
    pools: Pools, workers: Workers, settings: Settings, request: AddItemsRequest
) -> AddItemsResponse:
    """Adds items. A retry is looked up before anything is embedded, and again when items are added."""
    goal = await workers.compute(_goal_of_batch, pools, settings, request)
    stored = await workers.compute(stored_response, goal.session, request, AddItemsResponse)
    if stored is not None:
        return stored
    ready = await _ready(pools, workers, settings, goal, request.items)
    return await workers.compute(_add_once, goal.session, request, ready)


async def import_items(
    pools: Pools, workers: Workers, settings: Settings, requests: AsyncIterator[ImportItemsRequest]
) -> ImportItemsResponse:
    """Adds the items of a stream, chunk by chunk; a chunk is read while the one before it is written."""
    goal, stream = None, _Import(workers)
    try:
        async for request in requests:
            if goal is None:
                goal = await workers.compute(_goal_of_stream, pools, request)
                continue
            for items in _parts_of_chunk(request, settings.max_items_per_request):
                ready = await _ready(pools, workers, settings, goal, items)
                await stream.write(goal.session, items, ready)
    finally:
        # Also where a later chunk is wrong: a chunk that is being written is finished.
        await stream.written()
    if goal is None:
        raise InvalidInput.at("header", "is missing; name the pool in the first message of the stream")
    return stream.response


@dataclass
class _Import:
    """The chunks of one stream on their way to the store, one at a time.

    Attributes:
        response: the outcome of all that are written.
    """

    workers: Workers
    response: ImportItemsResponse = field(default_factory=ImportItemsResponse)
    _begins_at: int = 0
    _writing: asyncio.Task[None] | None = None

    async def write(
        self, session: PoolSession, items: Sequence[resources.NewItem], ready: ReadyItems
    ) -> None:
        """Starts to write a chunk, once the one before it is durable."""
        await self.written()
        begins_at, self._begins_at = self._begins_at, self._begins_at + len(items)

        async def write() -> None:
            added = await self.workers.compute(session.items.add, ready.records, ready.vectors)
            _count_in(self.response, _answer(items, ready, added), begins_at)

        self._writing = asyncio.create_task(write())

    async def written(self) -> None:
        """Waits until the chunk that is being written is durable and counted."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing


def _goal_of_batch(pools: Pools, settings: Settings, request: AddItemsRequest) -> Goal:
    checks = Checks()
    checks.request_id(request.request_id)
    checks.count(len(request.items), "items", settings.max_items_per_request)
    return _goal(pools, checks, request, "")


def _goal_of_stream(pools: Pools, request: ImportItemsRequest) -> Goal:
    if request.WhichOneof("kind") != "header":
        raise InvalidInput.at("header", "is missing; name the pool in the first message of the stream")
    return _goal(pools, Checks(), request.header, "header.")


def _goal(
    pools: Pools, checks: Checks, header: AddItemsRequest | ImportItemsRequest.Header, path: str
) -> Goal:
    checks.pool_id(header.pool_id, f"{path}pool_id")
    digest = checks.text(
        header.fingerprint_digest, f"{path}fingerprint_digest", MAX_NAME_CHARACTERS, optional=True
    )
    checks.raise_if_any()
    session = pools.get(header.pool_id)
    check_fingerprint(session.config, digest, brings_vectors=False)
    return Goal(session, digest)


def _parts_of_chunk(request: ImportItemsRequest, most: int) -> Iterator[Sequence[resources.NewItem]]:
    """The items of a chunk, at most `most` at a time: senders need not know the limit of a request."""
    items = _items_of_chunk(request)
    for begin in range(0, len(items), most):
        yield items[begin : begin + most]


def _items_of_chunk(request: ImportItemsRequest) -> Sequence[resources.NewItem]:
    checks, kind = Checks(), request.WhichOneof("kind")
    if kind == "header":
        checks.wrong("header", "is sent twice; only the first message of the stream names the pool")
    elif kind is None:
        checks.wrong("chunk", "is missing; each message after the first brings items")
    elif not request.chunk.items:
        checks.wrong("chunk.items", "is empty; give at least one")
    checks.raise_if_any()
    return request.chunk.items


async def _ready(
    pools: Pools, workers: Workers, settings: Settings, goal: Goal, items: Sequence[resources.NewItem]
) -> ReadyItems:
    config = goal.session.config
    records, contents, existing = await workers.compute(_read, goal.session, settings, items)
    check_fingerprint(config, goal.fingerprint_digest, brings_vectors=bool(contents.vectors))
    made = await vectorise(
        contents, config.dimension, config.featurizer, lambda: pools.featurizer_of(config.pool_id), workers
    )
    augmentations = await _augmenter_of(pools, goal.session, contents, workers)
    sketched = await _add_sketches(goal.session, records, contents, augmentations, workers)
    taken = [sketched[index] for index in made.indexes]
    return ReadyItems(taken, made.vectors, made.indexes, made.failures, existing)


def _read(
    session: PoolSession, settings: Settings, items: Sequence[resources.NewItem]
) -> tuple[Mapping[int, NewItem], ParsedContents, int]:
    """Records and contents by index, and how many items the pool has already, which are left out.

    Items with a wrong id or wrong metadata are among the contents' failures.
    """
    records: dict[int, NewItem] = {}
    failures: dict[int, VicinalError] = {}
    for index, item in enumerate(items):
        check_deadline()
        try:
            records[index] = _record(item)
        except InvalidInput as error:
            failures[index] = error
    existing = session.read(
        lambda state: [index for index, record in records.items() if has_item(state, record)]
    )
    for index in existing:
        del records[index]
    accepted = Accepted.by_pool(session.config, settings)
    contents = read_contents(((index, items[index].content) for index in records), accepted)
    contents.failures.update(failures)
    return records, contents, len(existing)


def _record(item: resources.NewItem) -> NewItem:
    checks = Checks()
    checks.item_id(item.item_id)
    metadata = checks.metadata(item.metadata)
    gold_label = checks.label(item.gold_label, "gold_label") if item.gold_label else ""
    if item.gold_label and item.holdout:
        checks.wrong("gold_label", "does not go with holdout; an item is gold or holdout, not both")
    checks.raise_if_any()
    return NewItem(item.item_id, content_hash(item.content), metadata, item.holdout, gold_label)


async def _augmenter_of(
    pools: Pools, session: PoolSession, contents: ParsedContents, workers: Workers
) -> Augmenter | None:
    """Embeds augmentations of new contents; None where the pool has no augmentations."""
    if not contents.raw or not session.config.augmentations:
        return None
    return await workers.examine(pools.augmenter_of, session.config.pool_id)


async def _add_sketches(
    session: PoolSession,
    records: Mapping[int, NewItem],
    contents: ParsedContents,
    augmentations: Augmenter | None,
    workers: Workers,
) -> Mapping[int, NewItem]:
    """New items with their sketches and the embeddings of their augmentations.

    Args:
        session: of the pool.
        records: the items, by index.
        contents: of the items, by index; those that came as vectors have no sketch.
        augmentations: embeds them; None embeds none.
        workers: do the work.
    """
    sketched, waiting = dict(records), list(contents.raw) if session.duplicates.search.is_on else []
    while waiting:
        chunk, waiting = waiting[:SKETCHING_CHUNK], waiting[SKETCHING_CHUNK:]
        made = await workers.examine(
            lambda indexes: [
                _sketched(session, records[index], contents.raw[index], augmentations) for index in indexes
            ],
            chunk,
        )
        sketched.update(zip(chunk, made, strict=True))
    return sketched


def _sketched(
    session: PoolSession, item: NewItem, content: RawContent, augmentations: Augmenter | None
) -> NewItem:
    try:
        sketch = session.duplicates.search.sketch(content, item.content_hash)
        return replace(
            item, sketch=sketch, augmentations=None if augmentations is None else augmentations.embed(content)
        )
    except ContentUnreadable:
        # If the model cannot read it either, embedding refuses it; else it is no duplicate.
        return item


def _add_once(session: PoolSession, request: AddItemsRequest, ready: ReadyItems) -> AddItemsResponse:
    # Duplicates are searched for before the pool's lock is taken.
    with session.duplicates.search.look_up(ready.records) as found:
        return once(
            session,
            request,
            AddItemsResponse,
            lambda: session.items.add(ready.records, ready.vectors, found),
            lambda added: _answer(request.items, ready, added),
        )


def _answer(items: Sequence[resources.NewItem], ready: ReadyItems, added: Added) -> AddItemsResponse:
    failures = {**ready.failures, **{ready.indexes[row]: error for row, error in added.failures.items()}}
    item_ids = {index: items[index].item_id for index in failures}
    errors = to_proto.item_errors(failures, item_ids)
    return AddItemsResponse(
        added=added.added,
        existing=ready.existing + added.existing,
        errors=errors,
        duplicates=added.duplicates,
    )


def _count_in(response: ImportItemsResponse, chunk: AddItemsResponse, begins_at: int) -> None:
    """Adds a chunk's outcome to that of the whole stream."""
    response.added += chunk.added
    response.existing += chunk.existing
    response.duplicates += chunk.duplicates
    response.error_count += len(chunk.errors)
    for error in chunk.errors[: MAX_IMPORT_ERRORS - len(response.errors)]:
        error.index += begins_at
        response.errors.append(error)
