"""Calls about annotators: how right each is, what they disagree on, and how that is settled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from vicinal.client import answers, arguments, requests
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.client.resources import Item
from vicinal.v1 import annotators_pb2 as v1


@dataclass(frozen=True)
class MeasuredShare:
    """A share that was measured on some items, with its 95 % confidence interval; all are 0 to 1."""

    value: float
    low: float
    high: float
    items: int


@dataclass(frozen=True)
class Annotator:
    """One annotator's work.

    Attributes:
        labels: that stand.
        items_leased: in the annotator's hands now.
        last_label_at: None without any label.
        agreement: share of the annotations that are what most of the others say; None without any.
        gold: share of the gold items that were labelled rightly; None without any.
    """

    annotator: str
    labels: int
    items_leased: int
    last_label_at: datetime | None
    agreement: MeasuredShare | None
    gold: MeasuredShare | None


class AnnotatorCalls(Connection):
    """How right each annotator is, what they disagree on, and how that is settled."""

    def list_annotators(self, pool_id: str) -> list[Annotator]:
        """Who labels in a pool, how far each agrees with the others, and how right each is on gold items.

        Args:
            pool_id: of the pool.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.ListAnnotatorsRequest(pool_id=arguments.text(pool_id, "pool_id"))
        return self._call("ListAnnotators", request, _annotators)

    def list_disputed_items(self, pool_id: str) -> Iterator[Item]:
        """The items whose annotators disagree and that nobody has resolved, most disputed first.

        To have somebody else look at them, lease a batch with arm "review".

        Args:
            pool_id: of the pool.

        Raises:
            NotFoundError: no such pool.
        """

        def page(token: str) -> v1.ListDisputedItemsRequest:
            with refusing_values("pool_id"):
                return v1.ListDisputedItemsRequest(
                    pool_id=arguments.text(pool_id, "pool_id"), page_size=requests.PAGE_SIZE, page_token=token
                )

        return self._pages("ListDisputedItems", page, _page)

    def resolve_items(self, pool_id: str, labels: Mapping[str, str], *, annotator: str) -> int:
        """Decides what items of several annotators are labelled, all or none.

        Later annotations do not change that. It stays when labels are taken back, until `remove_labels`
        takes it back too.

        Args:
            pool_id: of the pool.
            labels: label by item id.
            annotator: who decides.

        Returns:
            How many items that settles again.

        Raises:
            InvalidArgumentError: a label that may not be given.
            NotFoundError: no such pool or item.
            FailedPreconditionError: nobody labelled an item yet, or several are not asked about it.
        """
        with refusing_values("labels"):
            request = v1.ResolveItemsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                resolutions=[
                    v1.Resolution(item_id=item_id, label=label) for item_id, label in arguments.pairs(labels)
                ],
                annotator=arguments.text(annotator, "annotator"),
                request_id=requests.request_id(),
            )
        return self._call("ResolveItems", request, answers.count("resolved"))

    def settle_labels(self, pool_id: str) -> int:
        """Labels items by the consensus of Dawid and Skene over all annotations; resolved items stay.

        Args:
            pool_id: of the pool.

        Returns:
            How many labels that changes.

        Raises:
            NotFoundError: no such pool.
            FailedPreconditionError: the server lacks the packages for it; the message says what to install.
        """
        with refusing_values("pool_id"):
            request = v1.SettleLabelsRequest(
                pool_id=arguments.text(pool_id, "pool_id"), request_id=requests.request_id()
            )
        return self._call("SettleLabels", request, answers.count("changed"))


def _annotators(message: v1.ListAnnotatorsResponse) -> list[Annotator]:
    return [
        Annotator(
            each.annotator,
            each.labels,
            each.items_leased,
            answers.moment(each.last_label_time) if each.HasField("last_label_time") else None,
            _share(each.agreement) if each.HasField("agreement") else None,
            _share(each.gold) if each.HasField("gold") else None,
        )
        for each in message.annotators
    ]


def _share(message: v1.MeasuredShare) -> MeasuredShare:
    return MeasuredShare(message.value, message.low, message.high, message.items)


def _page(message: v1.ListDisputedItemsResponse) -> tuple[list[Item], str]:
    return [answers.item(each) for each in message.items], message.next_page_token
