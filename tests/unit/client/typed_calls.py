"""Every call of both clients, with the type of its result: checked by mypy in test_typing.py, never run."""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from vicinal.client import (
    Added,
    Advice,
    Annotator,
    AsyncClient,
    Batch,
    Classified,
    Client,
    ContentMatch,
    DuplicateGroup,
    DuplicateProgress,
    DuplicateSummary,
    Embeddings,
    Example,
    ExamplesAdded,
    Item,
    ItemDetails,
    LabelEvent,
    LearningCurve,
    Lease,
    NewExample,
    NewItem,
    Pool,
    ScoredItem,
    Submitted,
)


def call_blocking(client: Client, items: list[NewItem]) -> None:
    assert_type(client.create_pool("p", featurizer="f"), Pool)
    assert_type(client.get_pool("p"), Pool)
    assert_type(client.list_pools(), Iterator[Pool])
    client.delete_pool("p")
    assert_type(client.add_items("p", items), Added)
    assert_type(client.add_vectors("p", ["a"], [[0.5]]), Added)
    assert_type(client.import_items("p", iter(items)), Added)
    assert_type(client.get_item("p", "a"), ItemDetails)
    assert_type(client.list_items("p", states=["leased"]), Iterator[Item])
    assert_type(client.lease_batch("p", 5, annotator="ana"), Batch)
    assert_type(client.submit_labels("p", {"a": "x"}, next_size=1), Submitted)
    assert_type(client.renew_leases("p", ["l"]), list[Lease])
    assert_type(client.release_leases("p", ["l"]), int)
    assert_type(client.skip_items("p", ["a"]), int)
    assert_type(client.exclude_items("p", ["a"]), int)
    assert_type(client.restore_items("p", ["a"]), int)
    assert_type(client.remove_labels("p", ["a"]), int)
    assert_type(client.export_labels("p"), Iterator[LabelEvent])
    assert_type(client.classify("p", ["text"]), Classified)
    assert_type(client.classify_items("p", ["a"]), Classified)
    assert_type(client.embed("f", ["text"]), Embeddings)
    assert_type(client.score_pool("p"), Iterator[ScoredItem])
    assert_type(client.add_examples("p", [NewExample("a", "text", "x")]), ExamplesAdded)
    assert_type(client.remove_examples("p", ["a"]), int)
    assert_type(client.list_examples("p"), Iterator[Example])
    assert_type(client.find_duplicates("p"), Iterator[DuplicateProgress | DuplicateSummary])
    assert_type(client.list_duplicate_groups("p"), Iterator[DuplicateGroup])
    assert_type(client.split_duplicate_group("p", "a"), int)
    assert_type(client.check_content("p", "text"), list[ContentMatch])
    assert_type(client.list_annotators("p"), list[Annotator])
    assert_type(client.list_disputed_items("p"), Iterator[Item])
    assert_type(client.resolve_items("p", {"a": "x"}, annotator="ana"), int)
    assert_type(client.settle_labels("p"), int)
    assert_type(client.get_learning_curve("p"), LearningCurve)
    assert_type(client.get_advice("p", target_accuracy=0.9), Advice)
    assert_type(client.create_snapshot(), Iterator[bytes])
    assert_type(client.restore_snapshot([b"archive"]), list[str])
    client.wait_ready()
    client.close()
    with client as entered:
        assert_type(entered, Client)
    for row in client.list_items("p"):
        assert_type(row, Item)


async def call_awaited(client: AsyncClient, items: list[NewItem]) -> None:
    assert_type(await client.create_pool("p", featurizer="f"), Pool)
    assert_type(await client.get_pool("p"), Pool)
    assert_type(client.list_pools(), AsyncIterator[Pool])
    await client.delete_pool("p")
    assert_type(await client.add_items("p", items), Added)
    assert_type(await client.add_vectors("p", ["a"], [[0.5]]), Added)
    assert_type(await client.import_items("p", iter(items)), Added)
    assert_type(await client.get_item("p", "a"), ItemDetails)
    assert_type(client.list_items("p", states=["leased"]), AsyncIterator[Item])
    assert_type(await client.lease_batch("p", 5, annotator="ana"), Batch)
    assert_type(await client.submit_labels("p", {"a": "x"}, next_size=1), Submitted)
    assert_type(await client.renew_leases("p", ["l"]), list[Lease])
    assert_type(await client.release_leases("p", ["l"]), int)
    assert_type(await client.skip_items("p", ["a"]), int)
    assert_type(await client.exclude_items("p", ["a"]), int)
    assert_type(await client.restore_items("p", ["a"]), int)
    assert_type(await client.remove_labels("p", ["a"]), int)
    assert_type(client.export_labels("p"), AsyncIterator[LabelEvent])
    assert_type(await client.classify("p", ["text"]), Classified)
    assert_type(await client.classify_items("p", ["a"]), Classified)
    assert_type(await client.embed("f", ["text"]), Embeddings)
    assert_type(client.score_pool("p"), AsyncIterator[ScoredItem])
    assert_type(await client.add_examples("p", [NewExample("a", "text", "x")]), ExamplesAdded)
    assert_type(await client.remove_examples("p", ["a"]), int)
    assert_type(client.list_examples("p"), AsyncIterator[Example])
    assert_type(client.find_duplicates("p"), AsyncIterator[DuplicateProgress | DuplicateSummary])
    assert_type(client.list_duplicate_groups("p"), AsyncIterator[DuplicateGroup])
    assert_type(await client.split_duplicate_group("p", "a"), int)
    assert_type(await client.check_content("p", "text"), list[ContentMatch])
    assert_type(await client.list_annotators("p"), list[Annotator])
    assert_type(client.list_disputed_items("p"), AsyncIterator[Item])
    assert_type(await client.resolve_items("p", {"a": "x"}, annotator="ana"), int)
    assert_type(await client.settle_labels("p"), int)
    assert_type(await client.get_learning_curve("p"), LearningCurve)
    assert_type(await client.get_advice("p", target_accuracy=0.9), Advice)
    assert_type(client.create_snapshot(), AsyncIterator[bytes])
    assert_type(await client.restore_snapshot([b"archive"]), list[str])
    await client.wait_ready()
    await client.close()
    async with client as entered:
        assert_type(entered, AsyncClient)
    async for row in client.list_items("p"):
        assert_type(row, Item)


def call_wrongly(client: Client) -> None:
    # mypy reports an ignored error that is none.
    client.lease_batch(5)  # type: ignore[arg-type]
    client.lease_batch("p", site=5)  # type: ignore[call-arg]
    client.lease_batch("p", 5, "ana")  # type: ignore[call-arg]
    client.submit_labels("p", ["a"])  # type: ignore[arg-type]
    client.lease_items("p")  # type: ignore[attr-defined]


async def await_wrongly(client: AsyncClient) -> None:
    await client.lease_batch(5)  # type: ignore[arg-type]
    await client.lease_batch("p", site=5)  # type: ignore[call-arg]
    await client.list_items("p")  # type: ignore[misc]
    print(client.lease_batch("p").items)  # type: ignore[attr-defined]
