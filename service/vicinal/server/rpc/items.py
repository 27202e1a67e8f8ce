"""Calls that bring items into a pool (read, embed outside the pool's lock, add), and that look at them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vicinal.core.arrays import Vectors
from vicinal.core.errors import ContentUnreadable, InvalidInput, VicinalError
from vicinal.core.field_rules import MAX_NAME_CHARACTERS
from vicinal.core.ports import Augmenter
from vicinal.core.records import RawContent
from vicinal.pools.clock import check_deadline
from vicinal.pools.gold import hide_gold_in_explanation, list_items_hiding_gold
from vicinal.pools.registry import Pools
from vicinal.pools.results import ItemsOutcome, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.items import FilterReason, ItemState
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.contents import (
    AcceptedContents,
    ParsedContents,
    check_fingerprint,
    content_hash,
    embed_for_pool,
    item_errors,
    read_contents,
)
from vicinal.server.rpc.handlers import Context, Handlers, in_worker
from vicinal.server.rpc.idempotency import run_once, stored_response
from vicinal.server.rpc.page_tokens import page_token, position_of
from vicinal.server.runtime.workers import Workers
from vicinal.server.security.access import current_caller
from vicinal.server.settings import Settings
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import ITEM, ITEM_DETAILS, NUMBERS

# Between chunks, a call that was cancelled or ran out of time ends.
SKETCHING_CHUNK = 16
# Of an import's errors, how many are listed; all are counted.

MAX_IMPORT_ERRORS = 1000


@dataclass(frozen=True)
class TargetPool:
    """The pool that items are added to, and the digest of the featurizer that made their vectors."""

    session: PoolSession
    fingerprint_digest: str


@dataclass(frozen=True)
class EmbeddedItems:
    """Items of one request that have a vector, and the others.

    Attributes:
        records: with row i of `vectors`; `indexes[i]` is its place in the request.
        failures: why the others cannot be added, by their place in the request.
        existing: how many were in the pool already, and so were not embedded again.
    """

    records: Sequence[PreparedItem]
    vectors: Vectors
    indexes: Sequence[int]
    failures: Mapping[int, VicinalError]
    existing: int


class ItemHandlers(Handlers):
    """Calls that bring items into a pool, and that look at them."""

    async def AddItems(self, request: v1.AddItemsRequest, context: Context) -> v1.AddItemsResponse:
        """Adds items. A retry is looked up before anything is embedded, and again when items are added."""
        target = await self.workers.compute(self._target_of_request, request)
        stored = await self.workers.compute(stored_response, target.session, request, v1.AddItemsResponse)
        if stored is not None:
            return stored
        embedded = await self._embed(target, request.items)
        return await self.workers.compute(_add_once, target.session, request, embedded)

    async def ImportItems(
        self, request_iterator: AsyncIterator[v1.ImportItemsRequest], context: Context
    ) -> v1.ImportItemsResponse:
        """Adds the items of a stream, chunk by chunk; a chunk is read while the one before it is written."""
        target, stream = None, _Import(self.workers)
        try:
            async for request in request_iterator:
                if target is None:
                    target = await self.workers.compute(self._target_of_stream, request)
                    continue
                for items in _parts_of_chunk(request, self.settings.max_items_per_request):
                    embedded = await self._embed(target, items)
                    await stream.write(target.session, items, embedded)
        finally:
            # Also where a later chunk is wrong: a chunk that is being written is finished.
            await stream.written()
        if target is None:
            raise InvalidInput.at("header", "is missing; name the pool in the first message of the stream")
        return stream.response

    @in_worker
    def GetItem(self, request: v1.GetItemRequest, context: Context) -> v1.GetItemResponse:
        """An item with all that speaks for and against suggesting it."""
        checks = begin_checks(request)
        checks.item_id(request.item_id)
        strategy = checks.strategy(request.strategy, "strategy")
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        details = session.explain(request.item_id, strategy)
        if not current_caller().sees_gold:
            details = session.read(lambda state: hide_gold_in_explanation(state, details))
        return ITEM_DETAILS.encode(details)

    @in_worker
    def ListItems(self, request: v1.ListItemsRequest, context: Context) -> v1.ListItemsResponse:
        """A page of items, in the order they were added."""
        checks = begin_checks(request)
        states, reasons = _states(checks, request), _filter_reasons(checks, request)
        size = checks.page_size(request.page_size)
        checks.raise_if_any()
        listing = ["items", request.pool_id, *sorted({*states, *reasons})]
        session = self.pools.get(request.pool_id)
        first = position_of(listing, request.page_token)
        if current_caller().sees_gold:
            items, cursor = session.list_items(states, first, size, filtered=reasons)
        else:
            items, cursor = session.read(
                lambda state: list_items_hiding_gold(state, states, reasons, first, size)
            )
        return v1.ListItemsResponse(
            items=map(ITEM.encode, items),
            next_page_token="" if cursor is None else page_token(listing, cursor),
        )

    def _target_of_request(self, request: v1.AddItemsRequest) -> TargetPool:
        checks = Checks()
        checks.request_id(request.request_id)
        checks.count(len(request.items), "items", self.settings.max_items_per_request)
        return self._target(checks, request, "")

    def _target_of_stream(self, request: v1.ImportItemsRequest) -> TargetPool:
        if request.WhichOneof("kind") != "header":
            raise InvalidInput.at("header", "is missing; name the pool in the first message of the stream")
        return self._target(Checks(), request.header, "header.")

    def _target(
        self, checks: Checks, header: v1.AddItemsRequest | v1.ImportItemsRequest.Header, path: str
    ) -> TargetPool:
        checks.pool_id(header.pool_id, f"{path}pool_id")
        digest = checks.text(
            header.fingerprint_digest, f"{path}fingerprint_digest", MAX_NAME_CHARACTERS, optional=True
        )
        checks.raise_if_any()
        session = self.pools.get(header.pool_id)
        check_fingerprint(session.config, digest, brings_vectors=False)
        return TargetPool(session, digest)

    async def _embed(self, target: TargetPool, items: Sequence[resources.NewItem]) -> EmbeddedItems:
        """Reads, embeds and sketches items, outside the pool's lock."""
        session, workers = target.session, self.workers
        records, contents, existing = await workers.compute(_read, session, self.settings, items)
        check_fingerprint(session.config, target.fingerprint_digest, brings_vectors=bool(contents.vectors))
        made = await embed_for_pool(contents, self.pools, session.config, workers)
        augmentations = await _augmenter_of(self.pools, session, contents, workers)
        sketched = await _add_sketches(session, records, contents, augmentations, workers)
        taken = [sketched[index] for index in made.indexes]
        return EmbeddedItems(taken, made.vectors, made.indexes, made.failures, existing)


@dataclass
class _Import:
    """The chunks of one stream on their way to the store, one at a time.

    Attributes:
        response: the outcome of all that are written.
    """

    workers: Workers
    response: v1.ImportItemsResponse = field(default_factory=v1.ImportItemsResponse)
    _begins_at: int = 0
    _writing: asyncio.Task[None] | None = None

    async def write(
        self, session: PoolSession, items: Sequence[resources.NewItem], embedded: EmbeddedItems
    ) -> None:
        """Starts to write a chunk, once the one before it is durable."""
        await self.written()
        begins_at, self._begins_at = self._begins_at, self._begins_at + len(items)

        async def write() -> None:
            added = await self.workers.compute(session.items.add, embedded.records, embedded.vectors)
            _count_in(self.response, _response(items, embedded, added), begins_at)

        self._writing = asyncio.create_task(write())

    async def written(self) -> None:
        """Waits until the chunk that is being written is durable and counted."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing


def _states(checks: Checks, request: v1.ListItemsRequest) -> list[ItemState]:
    """The states to list; none is all."""
    wanted: list[ItemState] = []
    for row, value in enumerate(request.states):
        state = checks.word(value, ItemState, f"states[{row}]")
        if state is not None:
            wanted.append(state)
        elif not value:
            checks.wrong(f"states[{row}]", "is unspecified; name a state, or none for all")
    return wanted


def _filter_reasons(checks: Checks, request: v1.ListItemsRequest) -> list[FilterReason]:
    """For which reasons the listed items are filtered; none lists all items, filtered or not."""
    reasons: dict[int, FilterReason] = {number: reason for reason, number in NUMBERS[FilterReason].items()}
    for row, value in enumerate(request.filtered):
        if value not in reasons:
            known = ", ".join(f"FILTER_REASON_{reason.name}" for reason in FilterReason)
            checks.wrong(f"filtered[{row}]", f"is {value}; give {known}, or none for all")
    return [reasons[value] for value in request.filtered if value in reasons]


def _parts_of_chunk(request: v1.ImportItemsRequest, most: int) -> Iterator[Sequence[resources.NewItem]]:
    """The items of a chunk, at most `most` at a time: senders need not know the limit of a request."""
    items = _items_of_chunk(request)
    for begin in range(0, len(items), most):
        yield items[begin : begin + most]


def _items_of_chunk(request: v1.ImportItemsRequest) -> Sequence[resources.NewItem]:
    checks, kind = Checks(), request.WhichOneof("kind")
    if kind == "header":
        checks.wrong("header", "is sent twice; only the first message of the stream names the pool")
    elif kind is None:
        checks.wrong("chunk", "is missing; each message after the first brings items")
    elif not request.chunk.items:
        checks.wrong("chunk.items", "is empty; give at least one")
    checks.raise_if_any()
    return request.chunk.items


def _read(
    session: PoolSession, settings: Settings, items: Sequence[resources.NewItem]
) -> tuple[Mapping[int, PreparedItem], ParsedContents, int]:
    """Records and contents by index, and how many items the pool has already, which are left out.

    Items with a wrong id or wrong metadata are among the contents' failures.
    """
    records: dict[int, PreparedItem] = {}
    failures: dict[int, VicinalError] = {}
    for index, item in enumerate(items):
        check_deadline()
        try:
            records[index] = _record(item)
        except InvalidInput as error:
            failures[index] = error
    existing = session.items.find_existing(records)
    for index in existing:
        del records[index]
    accepted = AcceptedContents.by_pool(session.config, settings)
    contents = read_contents(((index, items[index].content) for index in records), accepted)
    contents.failures.update(failures)
    return records, contents, len(existing)


def _record(item: resources.NewItem) -> PreparedItem:
    checks = Checks()
    checks.item_id(item.item_id)
    metadata = checks.metadata(item.metadata)
    gold_label = checks.label(item.gold_label, "gold_label") if item.gold_label else ""
    if item.gold_label and item.holdout:
        checks.wrong("gold_label", "does not go with holdout; an item is gold or holdout, not both")
    checks.raise_if_any()
    return PreparedItem(item.item_id, content_hash(item.content), metadata, item.holdout, gold_label)


async def _augmenter_of(
    pools: Pools, session: PoolSession, contents: ParsedContents, workers: Workers
) -> Augmenter | None:
    """Embeds augmentations of new contents; None where the pool has no augmentations."""
    if not contents.raw or not session.config.augmentations:
        return None
    return await workers.examine(pools.augmenter_of, session.config.pool_id)


async def _add_sketches(
    session: PoolSession,
    records: Mapping[int, PreparedItem],
    contents: ParsedContents,
    augmentations: Augmenter | None,
    workers: Workers,
) -> Mapping[int, PreparedItem]:
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
    session: PoolSession, item: PreparedItem, content: RawContent, augmentations: Augmenter | None
) -> PreparedItem:
    try:
        sketch = session.duplicates.search.sketch(content, item.content_hash)
        return replace(
            item, sketch=sketch, augmentations=None if augmentations is None else augmentations.embed(content)
        )
    except ContentUnreadable:
        # If the model cannot read it either, embedding refuses it; else it is no duplicate.
        return item


def _add_once(
    session: PoolSession, request: v1.AddItemsRequest, embedded: EmbeddedItems
) -> v1.AddItemsResponse:
    # Duplicates are searched for before the pool's lock is taken.
    with session.duplicates.search.look_up(embedded.records) as found:
        return run_once(
            session,
            request,
            v1.AddItemsResponse,
            lambda: session.items.add(embedded.records, embedded.vectors, found),
            lambda added: _response(request.items, embedded, added),
        )


def _response(
    items: Sequence[resources.NewItem], embedded: EmbeddedItems, added: ItemsOutcome
) -> v1.AddItemsResponse:
    failures = {
        **embedded.failures,
        **{embedded.indexes[row]: error for row, error in added.failures.items()},
    }
    item_ids = {index: items[index].item_id for index in failures}
    errors = item_errors(failures, item_ids)
    return v1.AddItemsResponse(
        added=added.added,
        existing=embedded.existing + added.existing,
        errors=errors,
        duplicates=added.duplicates,
    )


def _count_in(response: v1.ImportItemsResponse, chunk: v1.AddItemsResponse, begins_at: int) -> None:
    """Adds a chunk's outcome to that of the whole stream."""
    response.added += chunk.added
    response.existing += chunk.existing
    response.duplicates += chunk.duplicates
    response.error_count += len(chunk.errors)
    for error in chunk.errors[: MAX_IMPORT_ERRORS - len(response.errors)]:
        error.index += begins_at
        response.errors.append(error)
