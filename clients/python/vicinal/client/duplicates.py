"""Calls about duplicates among a pool's items."""

from collections.abc import Iterator
from dataclasses import dataclass

from vicinal.client import answers, arguments, requests
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.client.resources import Content, DuplicateEvidence, Item
from vicinal.v1 import duplicate_groups_pb2 as v1


@dataclass(frozen=True)
class DuplicateGroup:
    """Items that are duplicates of one another.

    Attributes:
        representative: the member that is shown.
        duplicates: the others, each with its `duplicate_of`.
    """

    representative: Item
    duplicates: list[Item]


@dataclass(frozen=True)
class DuplicateProgress:
    """How far a search for duplicates has come in one of its steps."""

    step: str
    done: int
    of: int


@dataclass(frozen=True)
class DuplicateSummary:
    """Outcome of a search for duplicates.

    Attributes:
        groups: that there are now.
        duplicates: that there are now.
        new: items that are duplicates since this search.
        gone: items that were duplicates before it and are no more.
    """

    groups: int
    duplicates: int
    new: int
    gone: int


@dataclass(frozen=True)
class ContentMatch:
    """An item that a content is a duplicate of.

    Attributes:
        kind: "duplicate" or "augmentation": what the content is of the item.
        representative_id: the item that stands for its group; mostly itself.
    """

    item_id: str
    kind: str
    evidence: DuplicateEvidence
    representative_id: str


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
        return self._call("SplitDuplicateGroup", request, answers.count("restored"))

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
        return self._call("CheckContent", request, _matches)


class _Parts:
    """Reads pages of groups, one after the other; a group that comes in parts is given as a whole."""

    def __init__(self) -> None:
        self._begun: DuplicateGroup | None = None

    def __call__(self, message: v1.ListDuplicateGroupsResponse) -> tuple[list[DuplicateGroup], str]:
        groups = [
            DuplicateGroup(
                answers.item(group.representative), [answers.item(each) for each in group.duplicates]
            )
            for group in message.groups
        ]
        begun, self._begun = self._begun, None
        if begun and groups and groups[0].representative.item_id == begun.representative.item_id:
            groups[0].duplicates[:0] = begun.duplicates
        elif begun:
            groups.insert(0, begun)
        if message.next_page_token and len(groups[-1].duplicates) < message.groups[-1].duplicate_count:
            self._begun = groups.pop()
        return groups, message.next_page_token


def _found(message: v1.FindDuplicatesResponse) -> list[DuplicateProgress | DuplicateSummary]:
    """Progress of a search, or its outcome."""
    if message.HasField("summary"):
        summary = message.summary
        return [DuplicateSummary(summary.groups, summary.duplicates, summary.new, summary.gone)]
    return [DuplicateProgress(message.progress.step, message.progress.done, message.progress.total)]


def _matches(message: v1.CheckContentResponse) -> list[ContentMatch]:
    """What a content is a duplicate of."""
    return [
        ContentMatch(
            each.item_id,
            answers.duplicate_kind(each.kind),
            answers.duplicate_evidence(each.evidence),
            each.representative_id,
        )
        for each in message.matches
    ]
