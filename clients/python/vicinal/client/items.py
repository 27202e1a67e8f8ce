"""Calls that add items and look at them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat

from google.protobuf.message import Message
from numpy.typing import ArrayLike

from vicinal.client import arguments, requests, responses
from vicinal.client.arguments import NewItem
from vicinal.client.channel import MAX_MESSAGE_BYTES
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values, wrong_argument
from vicinal.records.errors import ItemError
from vicinal.records.items import FilterReason, Item, ItemDetails, ItemState
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import ITEM, ITEM_DETAILS


@dataclass(frozen=True)
class Added:
    """Outcome of adding items.

    Attributes:
        existing: items that were there already with the same content.
        errors: items not taken; after `import_items` at most the first 1000.
        error_count: all items not taken.
        duplicates: how many of those added are duplicates, which are not suggested.
    """

    added: int
    existing: int
    errors: list[ItemError]
    error_count: int
    duplicates: int = 0


class ItemCalls(Connection):
    """Calls that add items and look at them."""

    def add_items(self, pool_id: str, items: Iterable[NewItem], *, fingerprint_digest: str = "") -> Added:
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
            parts.append(self._call("AddItems", request, partial(_added, offset=pack.offset)))
        return join_added(parts, too_large)

    def add_vectors(
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
        return self.add_items(
            pool_id, items, fingerprint_digest=arguments.text(fingerprint_digest, "fingerprint_digest")
        )

    def import_items(self, pool_id: str, items: Iterable[NewItem], *, fingerprint_digest: str = "") -> Added:
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

        return self._upload("ImportItems", messages(), parse)

    def get_item(self, pool_id: str, item_id: str, *, strategy: str = "") -> ItemDetails:
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
        return self._call("GetItem", request, ITEM_DETAILS.decode)

    def list_items(
        self, pool_id: str, *, states: Collection[str] = (), filtered: Collection[str] = ()
    ) -> Iterator[Item]:
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


def _added(message: v1.AddItemsResponse, offset: int) -> Added:
    errors = responses.item_errors(message.errors, offset)
    return Added(message.added, message.existing, errors, len(errors), message.duplicates)


def _imported(message: v1.ImportItemsResponse) -> Added:
    errors = responses.item_errors(message.errors, offset=0)
    return Added(message.added, message.existing, errors, message.error_count, message.duplicates)


def _packs(
    items: Iterable[NewItem], too_large: list[ItemError], most: int = requests.PACK_ITEMS
) -> Iterator[requests.Pack[resources.NewItem]]:
    """Packs of what can be sent; what cannot is added to `too_large`."""
    messages = (requests.new_item(item, index) for index, item in enumerate(items))
    for pack in requests.packs(messages, most):
        if pack.is_too_large:
            limit = f"{pack.size_bytes} bytes are more than a message of {MAX_MESSAGE_BYTES} bytes can carry"
            too_large.append(ItemError(pack.offset, pack.messages[0].item_id, "LIMIT_EXCEEDED", limit))
        else:
            yield pack


def join_added(parts: Sequence[Added], unsent: Sequence[ItemError]) -> Added:
    """The outcome of adding items.

    Args:
        parts: of the requests, with indexes that count through all items.
        unsent: errors found before sending.
    """
    return Added(
        added=sum(part.added for part in parts),
        existing=sum(part.existing for part in parts),
        errors=sorted(chain(unsent, *(part.errors for part in parts)), key=lambda error: error.index),
        error_count=len(unsent) + sum(part.error_count for part in parts),
        duplicates=sum(part.duplicates for part in parts),
    )


def join_imported(answer: Added, unsent: Sequence[ItemError]) -> Added:
    """The outcome of an import whose answer counts only the items that were sent."""
    skipped = [error.index for error in unsent]
    errors = [replace(error, index=_place_among_all(error.index, skipped)) for error in answer.errors]
    return join_added([replace(answer, errors=errors)], unsent)


def _place_among_all(place: int, skipped: Sequence[int]) -> int:
    """Place of the `place`-th item that was sent, among all items.

    >>> [_place_among_all(sent, skipped=[1, 2, 4]) for sent in range(3)]
    [0, 3, 5]
    """
    for index in sorted(skipped):
        if index <= place:
            place += 1
    return place
