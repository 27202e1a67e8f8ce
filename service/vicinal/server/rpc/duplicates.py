"""Calls about duplicates among a pool's items."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import numpy as np

from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import prepare
from vicinal.pools.choosing.gold import seen_group
from vicinal.pools.results import FIRST_GROUP, GroupCursor
from vicinal.pools.session import PoolSession
from vicinal.records.duplicates import ContentMatch, DuplicateProgress, DuplicateSummary
from vicinal.server.rpc.checks import begin_checks
from vicinal.server.rpc.contents import AcceptedContents, content_hash, read_content
from vicinal.server.rpc.handlers import Context, Handlers, in_worker
from vicinal.server.rpc.idempotency import run_once
from vicinal.server.rpc.page_tokens import ids_of, page_token
from vicinal.server.security.access import current_caller
from vicinal.server.settings import Settings
from vicinal.v1 import duplicate_groups_pb2 as v1
from vicinal.wire.codecs import CONTENT_MATCH, DUPLICATE_GROUP, DUPLICATE_PROGRESS, DUPLICATE_SUMMARY

_PROGRESS_SECONDS = 0.1


class DuplicateHandlers(Handlers):
    """Calls about duplicates among a pool's items."""

    async def FindDuplicates(
        self, request: v1.FindDuplicatesRequest, context: Context
    ) -> AsyncIterator[v1.FindDuplicatesResponse]:
        """Progress of a search through the pool, and its summary; the search ends with the call."""
        session = await self.workers.compute(self.named_pool, request)
        progress = _Progress(asyncio.get_running_loop())
        search = asyncio.ensure_future(self.workers.search(session.duplicates.find, progress))
        search.add_done_callback(progress.end)
        try:
            while (step := await progress.steps.get()) is not None:
                yield v1.FindDuplicatesResponse(progress=DUPLICATE_PROGRESS.encode(step))
            yield v1.FindDuplicatesResponse(summary=DUPLICATE_SUMMARY.encode(await search))
        finally:
            progress.stop.set()

    @in_worker
    def ListDuplicateGroups(
        self, request: v1.ListDuplicateGroupsRequest, context: Context
    ) -> v1.ListDuplicateGroupsResponse:
        """A page of groups, by the representative's id; a very large group takes several pages."""
        checks = begin_checks(request)
        size = checks.page_size(request.page_size)
        checks.raise_if_any()
        listing = ["groups and duplicates", request.pool_id]
        session = self.pools.get(request.pool_id)
        ids = ids_of(listing, request.page_token)
        begins = FIRST_GROUP if ids is None else GroupCursor(*ids)
        page, after = session.duplicates.list(begins, size)
        if not current_caller().sees_gold:
            page = session.read(lambda state: [seen_group(state, group) for group in page])
        return v1.ListDuplicateGroupsResponse(
            groups=map(DUPLICATE_GROUP.encode, page),
            next_page_token=""
            if after is None
            else page_token(listing, (after.representative_id, after.duplicate_id)),
        )

    @in_worker
    def SplitDuplicateGroup(
        self, request: v1.SplitDuplicateGroupRequest, context: Context
    ) -> v1.SplitDuplicateGroupResponse:
        """Makes all duplicates of a group items of their own."""
        checks = begin_checks(request)
        checks.item_id(request.representative_id, "representative_id")
        annotator = checks.annotator(request.annotator)
        checks.raise_if_any()
        session = self.pools.get(request.pool_id)
        return run_once(
            session,
            request,
            v1.SplitDuplicateGroupResponse,
            lambda: session.duplicates.split(request.representative_id, annotator),
            lambda restored: v1.SplitDuplicateGroupResponse(restored=restored),
        )

    async def CheckContent(
        self, request: v1.CheckContentRequest, context: Context
    ) -> v1.CheckContentResponse:
        """The items that a content is a duplicate of."""
        session = await self.workers.compute(self.named_pool, request)
        matches = await self.workers.examine(_checked, session, self.settings, request)
        return v1.CheckContentResponse(matches=map(CONTENT_MATCH.encode, matches))


class _Progress:
    """Passes the progress of a search from its thread to the event loop, and ends the search when asked to.

    Attributes:
        steps: the progress, at most ten times a second and at each new step; None at the end.
        stop: ends the search when it is set.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._last: tuple[str, float] = ("", 0.0)
        self.steps: asyncio.Queue[DuplicateProgress | None] = asyncio.Queue()
        self.stop = threading.Event()

    def __call__(self, step: str, done: int, total: int) -> None:
        if self.stop.is_set():
            raise _SearchStopped
        last_step, last_time = self._last
        now = time.monotonic()
        if step != last_step or done == total or now - last_time >= _PROGRESS_SECONDS:
            self._last = step, now
            progress = DuplicateProgress(step, done, total)
            self._loop.call_soon_threadsafe(self.steps.put_nowait, progress)

    def end(self, search: "asyncio.Future[DuplicateSummary]") -> None:
        """Called in the loop when the search has ended, with or without an error."""
        if not search.cancelled():
            search.exception()
        self.steps.put_nowait(None)


class _SearchStopped(Exception):
    """The caller no longer waits for the search."""


def _checked(session: PoolSession, settings: Settings, request: v1.CheckContentRequest) -> list[ContentMatch]:
    config = session.config
    content = read_content(request.content, AcceptedContents.by_pool(config, settings))
    if isinstance(content, np.ndarray):
        if config.featurizer:
            raise InvalidInput.at(
                "content.vector", "cannot be compared in a pool with a featurizer; give the image or text"
            )
        content = prepare(content[np.newaxis], config.dimension, config.metric)[0]
    return session.duplicates.check(session.duplicates.sketch(content, content_hash(request.content)))
