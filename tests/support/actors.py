"""Clients that each change things of their own, and remember what was acknowledged."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc
import numpy as np

from tests.support.facts import Facts
from vicinal.v1 import examples_pb2 as examples
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1 import snapshots_pb2 as snapshots
from vicinal.v1.resources_pb2 import NewItem, PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

DIMENSION = 6
LEASE_SECONDS = 3000
SHARED, LEASED, FIXED = "shared", "leased", "fixed"


@dataclass(frozen=True)
class Operation:
    """A call, and what it changes: the values of facts, None where one goes.

    Attributes:
        requests: one message, or those of a stream.
        changes: what is known beforehand.
        learned: what only the answer tells.
    """

    method: str
    requests: Any
    changes: Facts
    learned: Callable[[Any], Facts] = lambda _: {}

    @property
    def pool_id(self) -> str:
        """Of the pool that the answer is kept with; none for what deletes one, which is kept without."""
        match self.method:
            case "DeletePool":
                return ""
            case "CreatePool":
                return str(self.requests.config.pool_id)
            case "RestoreSnapshot":
                return str(self.requests[0].header.new_pool_id)
        return str(getattr(self.requests, "pool_id", ""))

    def send(self, stub: SamplerServiceStub) -> Any:
        sent = iter(self.requests) if isinstance(self.requests, list) else self.requests
        return getattr(stub, self.method)(sent)


class Actor:
    """Does one operation after the other.

    Attributes:
        facts: acknowledged.
        pending: sent, and not answered.
        answered: operations with their answers.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.random = random.Random(f"{name} {seed}")
        self.facts: Facts = {}
        self.pending: Operation | None = None
        self.answered: list[tuple[Operation, Any]] = []
        self._plan = self.plan()

    def plan(self) -> Iterator[Operation]:
        raise NotImplementedError

    def work(self, stub: SamplerServiceStub) -> None:
        """Goes on until the server is gone."""
        while True:
            if self.pending is None:
                self.pending = next(self._plan)
            try:
                self.finish(self.pending.send(stub))
            except grpc.RpcError as error:
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                    raise
                return

    def finish(self, answer: Any) -> None:
        """Takes in that the pending operation was acknowledged."""
        assert self.pending is not None
        self.answered.append((self.pending, answer))
        apply(self.facts, self.pending.changes | self.pending.learned(answer))
        self.pending = None

    def request_id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128)))

    def new_items(self, first: int, count: int) -> dict[str, NewItem]:
        vectors = np.random.default_rng(self.random.getrandbits(32)).normal(size=(count, DIMENSION))
        return {
            f"{self.name}-{first + row}": NewItem(
                item_id=f"{self.name}-{first + row}", content={"vector": vector.astype("<f4").tobytes()}
            )
            for row, vector in enumerate(vectors)
        }

    def lines(self, pool_id: str, more: int) -> Facts:
        key = ("log", pool_id, self.name)
        return {key: int(self.facts.get(key, 0)) + more}  # type: ignore[call-overload]


def apply(facts: Facts, changes: Facts) -> None:
    facts.update(changes)
    for fact in [fact for fact, value in changes.items() if value is None]:
        del facts[fact]


class Editor(Actor):
    """Adds items to a pool and labels, skips, excludes and restores them, several at a time; examples too."""

    def plan(self) -> Iterator[Operation]:
        number = 0
        while True:
            number += 1
            if number % 3 == 1:
                yield self._add(4 * number)
            elif number % 7 == 2:
                yield self._example(number)
            else:
                yield self._step()

    def _add(self, first: int) -> Operation:
        items = self.new_items(first, self.random.randint(1, 4))
        request = service.AddItemsRequest(pool_id=SHARED, items=items.values(), request_id=self.request_id())
        return Operation("AddItems", request, {("item", SHARED, each): "unlabelled" for each in items})

    def _example(self, number: int) -> Operation:
        vector = np.full(DIMENSION, number, "<f4")
        vector[number % DIMENSION] = -1
        example = {
            "example_id": f"{self.name}-{number}",
            "label": "x",
            "content": {"vector": vector.tobytes()},
        }
        request = examples.AddExamplesRequest(
            pool_id=SHARED, examples=[example], request_id=self.request_id()
        )
        return Operation("AddExamples", request, {("example", SHARED, example["example_id"]): "x"})

    def _step(self) -> Operation:
        mine = sorted(fact[2] for fact in self.facts if fact[0] == "item")
        state = str(self.facts["item", SHARED, self.random.choice(mine)])
        alike = [each for each in mine if self.facts["item", SHARED, each] == state]
        chosen = self.random.sample(alike, min(len(alike), self.random.randint(1, 3)))
        method, after = self.random.choice(
            {
                "unlabelled": [("SubmitLabels", "labelled cat"), ("SubmitLabels", "labelled dog")] * 2
                + [("SkipItems", "skipped"), ("ExcludeItems", "excluded")],
                "skipped": [("RestoreItems", "unlabelled")],
                "excluded": [("RestoreItems", "unlabelled")],
                "labelled cat": [("SubmitLabels", "labelled dog"), ("RemoveLabels", "unlabelled")],
                "labelled dog": [("SubmitLabels", "labelled cat"), ("RemoveLabels", "unlabelled")],
            }[state]
        )
        facts = {"pool_id": SHARED, "annotator": self.name, "request_id": self.request_id()}
        changes = {("item", SHARED, each): after for each in chosen} | self.lines(SHARED, len(chosen))
        if method != "SubmitLabels":
            request = getattr(service, f"{method}Request")(item_ids=chosen, **facts)
            return Operation(method, request, changes)
        label = after.removeprefix("labelled ")
        labels = [service.Label(item_id=each, label=label, relabel=True) for each in chosen]
        return Operation(method, service.SubmitLabelsRequest(labels=labels, **facts), changes)


class Annotator(Actor):
    """Labels what it is handed, with the next batch in the same answer; sometimes it gives a batch back."""

    def plan(self) -> Iterator[Operation]:
        while True:
            size = self.random.randint(1, 3)
            request = service.LeaseBatchRequest(
                pool_id=LEASED, size=size, annotator=self.name, request_id=self.request_id()
            )
            request.lease_duration.seconds = LEASE_SECONDS
            yield Operation("LeaseBatch", request, {}, lambda answer: self._leased(answer.batch))
            while self._in_hand():
                yield self._release() if self.random.random() < 0.2 else self._submit()

    def _submit(self) -> Operation:
        hand = self._in_hand()
        label = self.random.choice(["cat", "dog"])
        request = service.SubmitLabelsRequest(
            pool_id=LEASED,
            labels=[service.Label(item_id=each, label=label) for each in hand],
            annotator=self.name,
            lease_id=next(iter(hand.values())),
            request_id=self.request_id(),
        )
        request.next.size = self.random.randint(1, 3)
        request.next.lease_duration.seconds = LEASE_SECONDS
        changes = {("item", LEASED, each): f"labelled {label}" for each in hand}
        changes |= self.lines(LEASED, len(hand))
        return Operation("SubmitLabels", request, changes, lambda answer: self._leased(answer.next))

    def _release(self) -> Operation:
        hand = self._in_hand()
        request = service.ReleaseLeasesRequest(
            pool_id=LEASED, lease_ids=list(set(hand.values())), request_id=self.request_id()
        )
        # Free items are everybody's: what is not leased or labelled is no fact of anybody.
        return Operation("ReleaseLeases", request, {("item", LEASED, each): None for each in hand})

    def _in_hand(self) -> dict[str, str]:
        leased = {fact[2]: str(value).split() for fact, value in self.facts.items() if fact[0] == "item"}
        return {item_id: words[1] for item_id, words in leased.items() if words[0] == "leased"}

    def _leased(self, batch: Any) -> Facts:
        return {("item", LEASED, each.item_id): f"leased {batch.lease.lease_id}" for each in batch.items}


class Builder(Actor):
    """Makes pools, fills and deletes them; or restores a snapshot of one that nobody changes."""

    def __init__(self, name: str, seed: int, fixed: Facts, archive: list[bytes]) -> None:
        super().__init__(name, seed)
        self._fixed = fixed
        self._archive = archive

    def plan(self) -> Iterator[Operation]:
        number = 0
        while True:
            number += 1
            pool_id = f"{self.name}-{number}"
            if number % 2:
                config = PoolConfig(pool_id=pool_id, dimension=DIMENSION)
                request = service.CreatePoolRequest(config=config, request_id=self.request_id())
                yield Operation("CreatePool", request, {("pool", pool_id): True})
                items = self.new_items(0, 20)
                added = service.AddItemsRequest(
                    pool_id=pool_id, items=items.values(), request_id=self.request_id()
                )
                yield Operation("AddItems", added, {("item", pool_id, each): "unlabelled" for each in items})
            else:
                yield self._restore(pool_id)
            if self.random.random() < 0.8:
                gone = {fact: None for fact in self.facts if fact[1] == pool_id}
                deleted = service.DeletePoolRequest(pool_id=pool_id, request_id=self.request_id())
                yield Operation("DeletePool", deleted, dict(gone))

    def _restore(self, pool_id: str) -> Operation:
        header = snapshots.RestoreSnapshotRequest.Header(new_pool_id=pool_id, request_id=self.request_id())
        pieces = [snapshots.RestoreSnapshotRequest(data=piece) for piece in self._archive]
        changes = {(fact[0], pool_id, *fact[2:]): value for fact, value in self._fixed.items()}
        return Operation(
            "RestoreSnapshot", [snapshots.RestoreSnapshotRequest(header=header), *pieces], changes
        )
