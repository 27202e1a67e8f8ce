"""Calls about copies among a pool's items."""

from collections.abc import Iterator
from dataclasses import dataclass

from vicinal.client import answers, arguments, requests
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.client.resources import Content, CopyEvidence, Item
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


@dataclass(frozen=True)
class CopyProgress:
    """How far a search for copies has come in one of its steps."""

    step: str
    done: int
    of: int


@dataclass(frozen=True)
class CopySummary:
    """Outcome of a search for copies.

    Attributes:
        groups: that there are now.
        copies: that there are now.
        new: items that are copies since this search.
        gone: items that were copies before it and are no more.
    """

    groups: int
    copies: int
    new: int
    gone: int


@dataclass(frozen=True)
class ContentMatch:
    """An item that a content is a copy of.

    Attributes:
        kind: "duplicate" or "augmentation": what the content is of the item.
        kept_id: the item that stands for its group; mostly itself.
    """

    item_id: str
    kind: str
    evidence: CopyEvidence
    kept_id: str


class CopyCalls(Connection):
    """Calls about copies among a pool's items."""

    def find_copies(self, pool_id: str) -> Iterator[CopyProgress | CopySummary]:
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
        return self._download("FindCopies", request, _found)

    def list_groups(self, pool_id: str) -> Iterator[CopyGroup]:
        """The groups of copies in a pool, by the id of the item that is shown.

        Args:
            pool_id: of the pool.

        Raises:
            NotFoundError: no such pool.
        """

        def page(token: str) -> v1.ListGroupsRequest:
            with refusing_values("pool_id"):
                return v1.ListGroupsRequest(
                    pool_id=arguments.text(pool_id, "pool_id"), page_size=requests.PAGE_SIZE, page_token=token
                )

        return self._pages("ListGroups", page, _Parts())

    def split_group(self, pool_id: str, kept_id: str, *, annotator: str = "") -> int:
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
        return self._call("SplitGroup", request, answers.count("restored"))

    def check_content(self, pool_id: str, content: Content) -> list[ContentMatch]:
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
        return self._call("CheckContent", request, _matches)


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


def _found(message: v1.FindCopiesResponse) -> list[CopyProgress | CopySummary]:
    """Progress of a search, or its outcome."""
    if message.HasField("summary"):
        summary = message.summary
        return [CopySummary(summary.groups, summary.copies, summary.new, summary.gone)]
    return [CopyProgress(message.progress.step, message.progress.done, message.progress.of)]


def _matches(message: v1.CheckContentResponse) -> list[ContentMatch]:
    """What a content is a copy of."""
    return [
        ContentMatch(
            each.item_id, answers.copy_kind(each.kind), answers.copy_evidence(each.evidence), each.kept_id
        )
        for each in message.matches
    ]
