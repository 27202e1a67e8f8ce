"""What the wire and many annotators at a time cost.

    python -m benchmarks.serve_load --items N --clients C --json FILE

A server process on loopback and, in the same run on a copy of its data directory, the same work without a
network in between: the two take turns, so that whatever else the machine does hits both alike. A step is a
label and the next item, each durable before it is answered.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data import clustered, clusters
from benchmarks.pools_in_use import LEASE_SECONDS, item_id
from benchmarks.served import serving
from benchmarks.timings import Timings
from vicinal.client import AsyncClient, Client, VicinalClientError
from vicinal.client import NewItem as SentItem
from vicinal.core.arrays import Vectors
from vicinal.core.pool_config import PoolConfig
from vicinal.pools.registry import Pools
from vicinal.pools.results import BatchRequest, LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Batch
from vicinal.server import composition
from vicinal.server.settings import Settings

POOL = "benchmark"
CLASSES = 6
# Steps before time is taken: libraries warm up, and the votes know all classes.
WARM_UP = 20
CHUNK_ITEMS = 2048
TOP_UP_PREFIX = "more-"


class LocalAnnotator:
    """Labels one item at a time in this process, with a response stored for each label as for a client's."""

    def __init__(self, session: PoolSession, classes: Sequence[str]) -> None:
        self._session = session
        self._classes = classes
        self._held = session.leases.open(1, lease_seconds=LEASE_SECONDS)

    def step(self) -> None:
        """Labels the item in hand and gets the next one."""
        lease = self._held.lease
        if lease is None:
            raise RuntimeError("the pool has no more items to label")
        held = self._held.items[0].item_id
        label = LabelInput(held, self._classes[int(held)])
        with self._session.transactions.begin(str(uuid.uuid4()), "") as transaction:
            submitted = self._session.labels.submit(
                [label], "local", lease.lease_id, BatchRequest(1, LEASE_SECONDS)
            )
            transaction.commit(b"")
        self._held = submitted.next or Batch(None, (), "")


class RemoteAnnotator:
    """Labels one item at a time over the wire."""

    def __init__(self, client: Client, classes: Sequence[str]) -> None:
        self._client = client
        self._classes = classes
        self._held = client.lease_batch(POOL, annotator="remote", lease_seconds=LEASE_SECONDS)

    def step(self) -> None:
        """Labels the item in hand and gets the next one."""
        labels = {item.item_id: self._classes[int(item.item_id)] for item in self._held.items}
        submitted = self._client.submit_labels(
            POOL,
            labels,
            annotator="remote",
            lease_id=self._held.lease_id,
            next_size=1,
            next_lease_seconds=LEASE_SECONDS,
        )
        if submitted.next is None:
            raise RuntimeError("the pool has no more items to label")
        self._held = submitted.next


def run(items: int, dimension: int, clients: int, rounds: int, seed: int = 0) -> dict[str, float]:
    """All measurements, by the keys of the JSON file."""
    vectors = clustered(items, dimension, seed)
    classes = (clusters(items, seed) % CLASSES).astype(str).tolist()
    with tempfile.TemporaryDirectory() as folder:
        data, copy = Path(folder, "data"), Path(folder, "copy")
        with serving(data) as served, Client(served.target) as client:
            figures = {
                "import_items_per_s": _import(client, vectors),
                "first_start_up_s": served.start_up_seconds,
            }
            _await_graph(client, items)
        shutil.copytree(data, copy)
        figures["in_process_import_items_per_s"] = _import_here(Path(folder, "here"), vectors)
        with serving(data) as served, Client(served.target, timeout_seconds=300) as client:
            figures |= {"start_up_s": served.start_up_seconds}
            pools = composition.build(Settings(data_dir=copy))
            pools.load_all()
            figures |= _taking_turns(client, pools, vectors, classes, rounds)
            pools.close()
            figures |= asyncio.run(_many(served.target, clients, rounds, classes))
            figures["resident_mb"] = served.resident_mb()
    return {"items": items, "dimension": dimension, "clients": clients, **figures}


def _import(client: Client, vectors: Vectors) -> float:
    """Items that a server takes in a second, each chunk durable."""
    client.create_pool(POOL, dimension=vectors.shape[1])
    items = [SentItem(item_id(row), vector) for row, vector in enumerate(vectors)]
    began = time.perf_counter()
    outcome = client.import_items(POOL, items)
    seconds = time.perf_counter() - began
    if outcome.added != len(vectors):
        raise RuntimeError(f"{outcome.added} of {len(vectors)} items were added: {outcome.errors[:3]}")
    return len(vectors) / seconds


def _import_here(data: Path, vectors: Vectors) -> float:
    """As `_import`, without a network."""
    pools = composition.build(Settings(data_dir=data))
    pools.load_all()
    pools.create(PoolConfig(POOL, vectors.shape[1]))
    session = pools.get(POOL)
    began = time.perf_counter()
    for start in range(0, len(vectors), CHUNK_ITEMS):
        rows = range(start, min(start + CHUNK_ITEMS, len(vectors)))
        session.items.add(
            [PreparedItem(item_id(row), f"{row:064x}") for row in rows], vectors[start : rows.stop]
        )
    seconds = time.perf_counter() - began
    pools.close()
    return len(vectors) / seconds


def _await_graph(client: Client, items: int) -> None:
    """Has the neighbour graph built, which the first suggestion sets off."""
    while True:
        batch = client.lease_batch(POOL)
        client.release_leases(POOL, [batch.lease_id])
        graph = client.get_pool(POOL).graph
        if graph is not None and graph.covered_items == items:
            return
        time.sleep(1)


def _taking_turns(
    client: Client, pools: Pools, vectors: Vectors, classes: Sequence[str], rounds: int
) -> dict[str, float]:
    """Steps, batches and predictions over the wire and here, one after the other."""
    session = pools.get(POOL)
    session.read(lambda state: state.scorer.refresh())
    session.read(lambda state: state.scorer.graphs.wait())
    remote, local = RemoteAnnotator(client, classes), LocalAnnotator(session, classes)
    _await_graph(client, len(vectors))
    works = {
        "submit_next_ms": remote.step,
        "in_process_ms": local.step,
        "lease_batch_ms": lambda: client.lease_batch(POOL, size=10).lease_id,
        "in_process_lease_batch_ms": lambda: _lease_id(session.leases.open(10)),
        "classify_ms": lambda: client.classify(POOL, [vectors[0]]) and "",
        "in_process_classify_ms": lambda: session.classify(vectors[:1]) and "",
    }
    for _ in range(WARM_UP):
        remote.step()
        local.step()
    timings = {name: Timings() for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            lease_id = timings[name].measure(work)
            if lease_id and name.startswith("in_process"):
                session.leases.release([lease_id])
            elif lease_id:
                client.release_leases(POOL, [lease_id])
    return {
        f"{name}/{key}{'_one_client' if name == 'submit_next_ms' else ''}": value
        for name, timing in timings.items()
        for key, value in timing.percentiles(50, 95, 99).items()
    }


async def _many(target: str, clients: int, rounds: int, classes: Sequence[str]) -> dict[str, float]:
    """Many annotators at a time, each with a connection of its own."""
    milliseconds: list[float] = []
    errors: list[str] = []

    async def annotate(number: int) -> None:
        async with AsyncClient(target, timeout_seconds=120, retries=0) as client:
            held = await client.lease_batch(POOL, annotator=f"a{number}", lease_seconds=LEASE_SECONDS)
            for _ in range(rounds):
                labels = {item.item_id: classes[int(item.item_id)] for item in held.items}
                began = time.perf_counter()
                submitted = await client.submit_labels(
                    POOL,
                    labels,
                    annotator=f"a{number}",
                    lease_id=held.lease_id,
                    next_size=1,
                    next_lease_seconds=LEASE_SECONDS,
                )
                milliseconds.append(1e3 * (time.perf_counter() - began))
                assert submitted.next is not None
                held = submitted.next

    async def noted(number: int) -> None:
        try:
            await annotate(number)
        except VicinalClientError as error:
            errors.append(str(error))

    began = time.perf_counter()
    await asyncio.gather(*(noted(number) for number in range(clients)))
    seconds = time.perf_counter() - began
    for error in errors[:5]:
        print(error, file=sys.stderr)
    percentiles = {f"submit_next_ms/p{p}": float(np.percentile(milliseconds, p)) for p in (50, 95, 99)}
    return {"errors": len(errors), "submit_next_per_s": len(milliseconds) / seconds, **percentiles}


def _lease_id(batch: Batch) -> str:
    return batch.lease.lease_id if batch.lease else ""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve_load")
    parser.add_argument("--items", type=int, default=100_000, help="vectors in the pool")
    parser.add_argument("--dim", type=int, default=512, help="their dimension")
    parser.add_argument("--clients", type=int, default=64, help="annotators at the same time")
    parser.add_argument("--rounds", type=int, default=50, help="how often each call is timed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file to write the numbers to")
    given = parser.parse_args(arguments)
    figures = run(given.items, given.dim, given.clients, given.rounds, given.seed)
    text = json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=2)
    if given.json is not None:
        given.json.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
