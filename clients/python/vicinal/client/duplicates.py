"""Calls about duplicates among a pool's items."""

from collections.abc import Iterator
from dataclasses import replace

from vicinal.client import arguments, requests, responses
from vicinal.client.arguments import Content
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.records.duplicates import ContentMatch, DuplicateProgress, DuplicateSummary
from vicinal.records.items import DuplicateGroup
from vicinal.v1 import duplicate_groups_pb2 as v1
from vicinal.wire.codecs import CONTENT_MATCH, DUPLICATE_GROUP, DUPLICATE_PROGRESS, DUPLICATE_SUMMARY


class DuplicateCalls(Connection):
    """Calls about duplicates among a pool's items."""

    def find_duplicates(self, pool_id: str) -> Iterator[DuplicateProgress | DuplicateSummary]:
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

    def list_duplicate_groups(self, pool_id: str) -> Iterator[DuplicateGroup]:
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

    def split_duplicate_group(self, pool_id: str, representative_id: str, *, annotator: str = "") -> int:
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
        return self._call("SplitDuplicateGroup", request, responses.value_of("restored"))

    def check_content(self, pool_id: str, content: Content) -> list[ContentMatch]:
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
        return self._call("CheckContent", request, responses.rows_of("matches", CONTENT_MATCH))


class _Parts:
    """Reads pages of groups, one after the other; a group that comes in parts is given as a whole."""

    def __init__(self) -> None:
        self._begun: DuplicateGroup | None = None

    def __call__(self, message: v1.ListDuplicateGroupsResponse) -> tuple[list[DuplicateGroup], str]:
        groups = [DUPLICATE_GROUP.decode(group) for group in message.groups]
        begun, self._begun = self._begun, None
        if begun and groups and groups[0].representative.item_id == begun.representative.item_id:
            groups[0] = replace(groups[0], duplicates=[*begun.duplicates, *groups[0].duplicates])
        elif begun:
            groups.insert(0, begun)
        if message.next_page_token and len(groups[-1].duplicates) < groups[-1].duplicate_count:
            self._begun = groups.pop()
        return groups, message.next_page_token


def _found(message: v1.FindDuplicatesResponse) -> list[DuplicateProgress | DuplicateSummary]:
    """Progress of a search, or its outcome."""
    if message.HasField("summary"):
        return [DUPLICATE_SUMMARY.decode(message.summary)]
    return [DUPLICATE_PROGRESS.decode(message.progress)]
