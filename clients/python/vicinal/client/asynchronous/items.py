# Generated from items.py by tools/generate_async_client.py; do not edit.
"""Calls that add items and look at them."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat

from google.protobuf.message import Message
from numpy.typing import ArrayLike

from vicinal.client import arguments, requests, responses
from vicinal.client.arguments import NewItem
from vicinal.client.asynchronous.connection import AsyncConnection
from vicinal.client.errors import refusing_values, wrong_argument
from vicinal.client.items import Added, _added, _imported, _packs, join_added, join_imported
from vicinal.records.errors import ItemError
from vicinal.records.items import FilterReason, Item, ItemDetails, ItemState
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import ITEM, ITEM_DETAILS


class AsyncItemCalls(AsyncConnection):
    """Calls that add items and look at them."""

    async def add_items(
        self, pool_id: str, items: Iterable[NewItem], *, fingerprint_digest: str = ""
    ) -> Added:
        """Adds items, in as many requests as it takes; what is taken stays, so it is safe to run again.

        Args:
            pool_id: of the pool.
            items: read as they are sent; their place here is the index in errors.
            fingerprint_digest: what vectors were made with, to add them to a pool that has a featurizer.

        Returns:
            Counts, and the items that could not be taken (a broken image, say).

        Raises:
            InvalidArgumentError: an item's content is of no known kind; items before it may be added.
            NotFoundError: no such pool.
            FailedPreconditionError: the vectors were made with another featurizer.
        """
        too_large: list[ItemError] = []
        parts = []
        for pack in _packs(items, too_large):
            request = v1.AddItemsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                items=pack.messages,
                request_id=requests.request_id(),
                fingerprint_digest=arguments.text(fingerprint_digest, "fingerprint_digest"),
            )
            parts.append(await self._call("AddItems", request, partial(_added, offset=pack.offset)))
        return join_added(parts, too_large)

    async def add_vectors(
        self,
        pool_id: str,
        item_ids: Sequence[str],
        vectors: ArrayLike,
        *,
        metadata: Sequence[Mapping[str, str]] | None = None,
        fingerprint_digest: str = "",
    ) -> Added:
        """Adds items given as vectors; else as `add_items`.

        Args:
            pool_id: of the pool.
            item_ids: n ids.
            vectors: (n, dimension) real numbers, row i of `item_ids[i]`; an array, or what numpy makes one
                of.
            metadata: n mappings, or None.
            fingerprint_digest: what they were made with, if the pool has a featurizer.

        Raises:
            InvalidArgumentError: numbers of ids, rows and metadata differ, or float32 cannot tell the rows
                apart; nothing is added.
            NotFoundError: no such pool.
            FailedPreconditionError: the vectors were made with another featurizer.
        """
        ids = arguments.texts(item_ids, "item_ids")
        rows = arguments.vectors(vectors, len(ids))
        if isinstance(metadata, Mapping):
            raise wrong_argument(
                "metadata", "must be a list of mappings, one for each id, not a single mapping"
            )
        if metadata is not None and len(metadata) != len(ids):
            raise wrong_argument("metadata", f"{len(metadata)} mappings for {len(ids)} ids")
        triples = zip(ids, rows, repeat({}) if metadata is None else metadata, strict=False)
        items = (NewItem(item_id, row, facts) for item_id, row, facts in triples)
        return await self.add_items(
            pool_id, items, fingerprint_digest=arguments.text(fingerprint_digest, "fingerprint_digest")
        )

    async def import_items(
        self, pool_id: str, items: Iterable[NewItem], *, fingerprint_digest: str = ""
    ) -> Added:
        """Adds many items over one stream; else as `add_items`.

        It is faster than `add_items`, which waits for each request's answer, but a broken stream is not
        retried: run it again, items already there are counted as existing. `items` may be read from
        another thread.

        Raises:
            InvalidArgumentError: an item's content is of no known kind; items before it may be added.
            NotFoundError: no such pool.
            FailedPreconditionError: the vectors were made with another featurizer.
            UnavailableError: the stream broke; items sent before may be added.
        """
        too_large: list[ItemError] = []

        def messages() -> Iterator[Message]:
            header = v1.ImportItemsRequest.Header(
                pool_id=arguments.text(pool_id, "pool_id"),
                fingerprint_digest=arguments.text(fingerprint_digest, "fingerprint_digest"),
            )
            yield v1.ImportItemsRequest(header=header)
            for pack in _packs(items, too_large, requests.STREAMED_PACK_ITEMS):
                request = v1.ImportItemsRequest()
                request.chunk.items.extend(pack.messages)
                yield request

        def parse(answer: v1.ImportItemsResponse) -> Added:
            return join_imported(_imported(answer), too_large)

        return await self._upload("ImportItems", messages(), parse)

    async def get_item(self, pool_id: str, item_id: str, *, strategy: str = "") -> ItemDetails:
        """An item with its votes, neighbours, state and, while it is eligible, its score.

        Args:
            pool_id: of the pool.
            item_id: of the item.
            strategy: to score it by; empty is the pool's.

        Raises:
            NotFoundError: no such pool or item.
        """
        with refusing_values("item_id"):
            request = v1.GetItemRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                item_id=arguments.text(item_id, "item_id"),
                strategy=arguments.text(strategy, "strategy"),
            )
        return await self._call("GetItem", request, ITEM_DETAILS.decode)

    def list_items(
        self, pool_id: str, *, states: Collection[str] = (), filtered: Collection[str] = ()
    ) -> AsyncIterator[Item]:
        """Items as they stand.

        Args:
            pool_id: of the pool.
            states: of "unlabelled", "leased", "labelled", "skipped", "excluded"; empty is all.
            filtered: of "confident", "outlier": only items that active choice leaves out for that; empty is
                all.

        Raises:
            InvalidArgumentError: no such state or reason.
            NotFoundError: no such pool.
        """
        numbers = [
            requests.enum_number(ItemState, state, f"states[{index}]")
            for index, state in enumerate(arguments.texts(states, "states", "states"))
        ]

        reasons = [
            requests.enum_number(FilterReason, reason, f"filtered[{index}]")
            for index, reason in enumerate(arguments.texts(filtered, "filtered", "reasons"))
        ]

        def page(token: str) -> v1.ListItemsRequest:
            return v1.ListItemsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                states=numbers,
                page_size=requests.PAGE_SIZE,
                page_token=token,
                filtered=reasons,
            )

        return self._pages("ListItems", page, responses.page_of("items", ITEM))
