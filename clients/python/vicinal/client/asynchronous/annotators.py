# Generated from annotators.py by tools/generate_async_client.py; do not edit.
"""Calls about annotators: how right each is, what they disagree on, and how that is settled."""

from collections.abc import AsyncIterator, Mapping

from vicinal.client import arguments, requests, responses
from vicinal.client.asynchronous.connection import AsyncConnection
from vicinal.client.errors import refusing_values
from vicinal.records.items import Item
from vicinal.records.measurement import Annotator
from vicinal.v1 import annotators_pb2 as v1
from vicinal.wire.codecs import ANNOTATOR, ITEM


class AsyncAnnotatorCalls(AsyncConnection):
    """How right each annotator is, what they disagree on, and how that is settled."""

    async def list_annotators(self, pool_id: str) -> list[Annotator]:
        """Who labels in a pool, how far each agrees with the others, and how right each is on gold items.

        Args:
            pool_id: of the pool.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.ListAnnotatorsRequest(pool_id=arguments.text(pool_id, "pool_id"))
        return await self._call("ListAnnotators", request, responses.rows_of("annotators", ANNOTATOR))

    def list_disputed_items(self, pool_id: str) -> AsyncIterator[Item]:
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

        return self._pages("ListDisputedItems", page, responses.page_of("items", ITEM))

    async def resolve_items(self, pool_id: str, labels: Mapping[str, str], *, annotator: str) -> int:
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
        return await self._call("ResolveItems", request, responses.value_of("resolved"))

    async def settle_labels(self, pool_id: str) -> int:
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
        return await self._call("SettleLabels", request, responses.value_of("changed"))
