# Generated from duplicates.py by tools/generate_async_client.py; do not edit.
"""Calls about duplicates among a pool's items."""

from collections.abc import AsyncIterator

from vicinal.client import arguments, requests, responses
from vicinal.client.arguments import Content
from vicinal.client.asynchronous.connection import AsyncConnection
from vicinal.client.duplicates import _found, _Parts
from vicinal.client.errors import refusing_values
from vicinal.records.duplicates import ContentMatch, DuplicateProgress, DuplicateSummary
from vicinal.records.items import DuplicateGroup
from vicinal.v1 import duplicate_groups_pb2 as v1
from vicinal.wire.codecs import CONTENT_MATCH


class AsyncDuplicateCalls(AsyncConnection):
    """Calls about duplicates among a pool's items."""

    def find_duplicates(self, pool_id: str) -> AsyncIterator[DuplicateProgress | DuplicateSummary]:
        """Searches a whole pool for duplicates; gives progress, and a `DuplicateSummary` at last.

        It may take minutes; the pool is in use meanwhile. A caller that stops reading ends the search, and
        then nothing has changed.

        Args:
            pool_id: of the pool.

        Raises:
            InvalidArgumentError: the pool was made with duplicates "off".
            NotFoundError: no such pool.
            FailedPreconditionError: a search of this pool is under way.
        """
        with refusing_values("pool_id"):
            request = v1.FindDuplicatesRequest(pool_id=arguments.text(pool_id, "pool_id"))
        return self._download("FindDuplicates", request, _found)

    def list_duplicate_groups(self, pool_id: str) -> AsyncIterator[DuplicateGroup]:
        """The groups of duplicates in a pool, by the id of the item that is shown.

        Args:
            pool_id: of the pool.

        Raises:
            NotFoundError: no such pool.
        """

        def page(token: str) -> v1.ListDuplicateGroupsRequest:
            with refusing_values("pool_id"):
                return v1.ListDuplicateGroupsRequest(
                    pool_id=arguments.text(pool_id, "pool_id"), page_size=requests.PAGE_SIZE, page_token=token
                )

        return self._pages("ListDuplicateGroups", page, _Parts())

    async def split_duplicate_group(
        self, pool_id: str, representative_id: str, *, annotator: str = ""
    ) -> int:
        """Sets all duplicates of a group apart again, for good. Returns how many.

        Args:
            pool_id: of the pool.
            representative_id: the item that stands for them.
            annotator: who says so.

        Raises:
            NotFoundError: no such pool or item.
            FailedPreconditionError: the item stands for no other.
        """
        with refusing_values("representative_id"):
            request = v1.SplitDuplicateGroupRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                representative_id=arguments.text(representative_id, "representative_id"),
                annotator=arguments.text(annotator, "annotator"),
                request_id=requests.request_id(),
            )
        return await self._call("SplitDuplicateGroup", request, responses.value_of("restored"))

    async def check_content(self, pool_id: str, content: Content) -> list[ContentMatch]:
        """The items that a content is a duplicate of, the likeliest first; nothing is added.

        Args:
            pool_id: of the pool.
            content: an image file's bytes, a text, or a vector (dimension,).

        Raises:
            InvalidArgumentError: the content is not of the pool's kind, or the pool was made with
                duplicates "off".
            NotFoundError: no such pool.
        """
        with refusing_values("content"):
            request = v1.CheckContentRequest(
                pool_id=arguments.text(pool_id, "pool_id"), content=requests.content(content, "content")
            )
        return await self._call("CheckContent", request, responses.rows_of("matches", CONTENT_MATCH))
