"""Calls about duplicates among a pool's items."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import numpy as np

from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import prepare
from vicinal.pools.gold import hide_gold_in_group
from vicinal.pools.registry import Pools
from vicinal.pools.results import FIRST_GROUP, ContentMatch, DuplicateGroup, DuplicateSummary, GroupCursor
from vicinal.pools.session import PoolSession
from vicinal.server.rpc import to_proto
from vicinal.server.rpc.checks import begin_checks
from vicinal.server.rpc.contents import Accepted, content_hash, read_content
from vicinal.server.rpc.idempotency import once
from vicinal.server.rpc.page_tokens import ids_of, page_token
from vicinal.server.rpc.to_domain import DEFAULT_PAGE, MAX_PAGE
from vicinal.server.rpc.to_proto import DUPLICATE_KINDS
from vicinal.server.runtime.workers import Workers
from vicinal.server.security.access import Caller
from vicinal.server.settings import Settings
from vicinal.v1 import duplicate_groups_pb2 as v1

_PROGRESS_SECONDS = 0.1


async def find_duplicates(
    pools: Pools, workers: Workers, request: v1.FindDuplicatesRequest
) -> AsyncIterator[v1.FindDuplicatesResponse]:
    """Progress of a search through the pool, and its summary; the search ends with the call."""
    session = await workers.compute(_pool, pools, request)
    progress = _Progress(asyncio.get_running_loop())
    search = asyncio.ensure_future(workers.search(session.duplicates.find, progress))
    search.add_done_callback(progress.end)
    try:
        while (step := await progress.steps.get()) is not None:
            yield v1.FindDuplicatesResponse(progress=step)
        yield v1.FindDuplicatesResponse(summary=_summary(await search))
    finally:
        progress.stop.set()


def list_duplicate_groups(
    pools: Pools, request: v1.ListDuplicateGroupsRequest, caller: Caller
) -> v1.ListDuplicateGroupsResponse:
    """A page of groups, by the representative's id; a very large group takes several pages."""
    checks = begin_checks(request)
    size = checks.number(request.page_size, "page_size", default=DEFAULT_PAGE, limit=MAX_PAGE)
    checks.raise_if_any()
    listing = ["groups and duplicates", request.pool_id]
    session = pools.get(request.pool_id)
    ids = ids_of(listing, request.page_token)
    begins = FIRST_GROUP if ids is None else GroupCursor(*ids)
    page, after = session.duplicates.list(begins, size)
    if not caller.sees_gold:
        page = session.read(lambda state: [hide_gold_in_group(state, group) for group in page])
    return v1.ListDuplicateGroupsResponse(
        groups=[_group(group) for group in page],
        next_page_token=""
        if after is None
        else page_token(listing, (after.representative_id, after.duplicate_id)),
    )


def split_duplicate_group(
    pools: Pools, request: v1.SplitDuplicateGroupRequest
) -> v1.SplitDuplicateGroupResponse:
    """Makes all duplicates of a group items of their own."""
    checks = begin_checks(request)
    checks.item_id(request.representative_id, "representative_id")
    annotator = checks.annotator(request.annotator)
    checks.raise_if_any()
    session = pools.get(request.pool_id)
    return once(
        session,
        request,
        v1.SplitDuplicateGroupResponse,
        lambda: session.duplicates.split(request.representative_id, annotator),
        lambda restored: v1.SplitDuplicateGroupResponse(restored=restored),
    )


async def check_content(
    pools: Pools, workers: Workers, settings: Settings, request: v1.CheckContentRequest
) -> v1.CheckContentResponse:
    """The items that a content is a duplicate of."""
    session = await workers.compute(_pool, pools, request)
    matches = await workers.examine(_checked, session, settings, request)
    return v1.CheckContentResponse(matches=[_match(each) for each in matches])


class _Progress:
    """Passes the progress of a search from its thread to the event loop, and ends the search when asked to.

    Attributes:
        steps: the progress, at most ten times a second and at each new step; None at the end.
        stop: ends the search when it is set.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._last: tuple[str, float] = ("", 0.0)
        self.steps: asyncio.Queue[v1.FindDuplicatesResponse.Progress | None] = asyncio.Queue()
        self.stop = threading.Event()

    def __call__(self, step: str, done: int, of: int) -> None:
        if self.stop.is_set():
            raise _SearchStopped
        last_step, last_time = self._last
        now = time.monotonic()
        if step != last_step or done == of or now - last_time >= _PROGRESS_SECONDS:
            self._last = step, now
            progress = v1.FindDuplicatesResponse.Progress(step=step, done=done, total=of)
            self._loop.call_soon_threadsafe(self.steps.put_nowait, progress)

    def end(self, search: "asyncio.Future[DuplicateSummary]") -> None:
        """Called in the loop when the search has ended, with or without an error."""
        if not search.cancelled():
            search.exception()
        self.steps.put_nowait(None)


class _SearchStopped(Exception):
    """The caller no longer waits for the search."""


def _pool(pools: Pools, request: v1.FindDuplicatesRequest | v1.CheckContentRequest) -> PoolSession:
    checks = begin_checks(request)
    checks.raise_if_any()
    return pools.get(request.pool_id)


def _checked(session: PoolSession, settings: Settings, request: v1.CheckContentRequest) -> list[ContentMatch]:
    config = session.config
    content = read_content(request.content, Accepted.by_pool(config, settings))
    if isinstance(content, np.ndarray):
        if config.featurizer:
            raise InvalidInput.at(
                "content.vector", "cannot be compared in a pool with a featurizer; give the image or text"
            )
        content = prepare(content[np.newaxis], config.dimension, config.metric)[0]
    return session.duplicates.check(session.duplicates.search.sketch(content, content_hash(request.content)))


def _summary(of: DuplicateSummary) -> v1.FindDuplicatesResponse.Summary:
    return v1.FindDuplicatesResponse.Summary(
        groups=of.groups, duplicates=of.duplicates, new=of.new, gone=of.gone
    )


def _group(of: DuplicateGroup) -> v1.DuplicateGroup:
    duplicates = [to_proto.item(member.item) for member in of.duplicates]
    return v1.DuplicateGroup(
        representative=to_proto.item(of.representative), duplicates=duplicates, duplicate_count=of.count
    )


def _match(of: ContentMatch) -> v1.ContentMatch:
    return v1.ContentMatch(
        item_id=of.item_id,
        kind=DUPLICATE_KINDS[of.kind],
        evidence=to_proto.evidence(of.evidence),
        representative_id=of.representative_id,
    )
