"""Calls about copies among a pool's items."""

from dataclasses import dataclass
from operator import attrgetter

from vicinal.client import answers, arguments, copy_answers, requests
from vicinal.client.calls import Call, Download, Pages
from vicinal.client.copy_results import ContentMatch, CopyProgress, CopySummary
from vicinal.client.errors import refusing_values
from vicinal.client.resources import Content, Item
from vicinal.v1 import copy_groups_pb2 as v1


@dataclass(frozen=True)
class CopyGroup:
    """Items that are copies of one another.

    Attributes:
        kept: the member that is shown.
        copies: the others, each with its `copy`.
    """

    kept: Item
    copies: list[Item]


def find_copies(pool_id: str) -> Download[CopyProgress | CopySummary]:
    """Searches a whole pool for copies; gives progress, and a `CopySummary` at last.

    It may take minutes; the pool is in use meanwhile. To stop reading ends the search, and then nothing
    has changed.

    Args:
        pool_id: of the pool.

    Raises:
        InvalidArgumentError: the pool was made to keep its copies.
        NotFoundError: no such pool.
        FailedPreconditionError: a search of this pool is under way.
    """
    with refusing_values("pool_id"):
        request = v1.FindCopiesRequest(pool_id=arguments.text(pool_id, "pool_id"))
    return Download("FindCopies", request, copy_answers.found)


def list_groups(pool_id: str) -> Pages[CopyGroup]:
    """The groups of copies in a pool, by the id of the item that is shown.

    Args:
        pool_id: of the pool.

    Raises:
        NotFoundError: no such pool.
    """

    def page(token: str) -> Call[tuple[list[CopyGroup], str]]:
        with refusing_values("pool_id"):
            request = v1.ListGroupsRequest(
                pool_id=arguments.text(pool_id, "pool_id"), page_size=requests.PAGE_SIZE, page_token=token
            )
        return Call("ListGroups", request, parts)

    parts = _Parts()
    return Pages(page)


def split_group(pool_id: str, kept_id: str, *, annotator: str = "") -> Call[int]:
    """Sets all copies of a group apart again, for good. Returns how many.

    Args:
        pool_id: of the pool.
        kept_id: the item that stands for them.
        annotator: who says so.

    Raises:
        NotFoundError: no such pool or item.
        FailedPreconditionError: the item stands for no other.
    """
    with refusing_values("kept_id"):
        request = v1.SplitGroupRequest(
            pool_id=arguments.text(pool_id, "pool_id"),
            kept_id=arguments.text(kept_id, "kept_id"),
            annotator=arguments.text(annotator, "annotator"),
            request_id=requests.request_id(),
        )
    return Call("SplitGroup", request, attrgetter("restored"))


def check_content(pool_id: str, content: Content) -> Call[list[ContentMatch]]:
    """The items that a content is a copy of, the likeliest first; nothing is added.

    Args:
        pool_id: of the pool.
        content: an image file's bytes, a text, or a vector (dimension,).

    Raises:
        InvalidArgumentError: the content is not of the pool's kind, or the pool keeps its copies.
        NotFoundError: no such pool.
    """
    with refusing_values("content"):
        request = v1.CheckContentRequest(
            pool_id=arguments.text(pool_id, "pool_id"), content=requests.content(content, "content")
        )
    return Call("CheckContent", request, copy_answers.matches)


class _Parts:
    """Reads pages of groups, one after the other; a group that is told in parts is given as a whole."""

    def __init__(self) -> None:
        self._begun: CopyGroup | None = None

    def __call__(self, message: v1.ListGroupsResponse) -> tuple[list[CopyGroup], str]:
        groups = [
            CopyGroup(answers.item(group.kept), [answers.item(each) for each in group.copies])
            for group in message.groups
        ]
        begun, self._begun = self._begun, None
        if begun and groups and groups[0].kept.item_id == begun.kept.item_id:
            groups[0].copies[:0] = begun.copies
        elif begun:
            groups.insert(0, begun)
        if message.next_page_token and len(groups[-1].copies) < message.groups[-1].copy_count:
            self._begun = groups.pop()
        return groups, message.next_page_token
