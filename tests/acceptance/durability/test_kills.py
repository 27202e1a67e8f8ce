"""A server is killed again and again at its work; whatever it acknowledged is there, and nothing half done.

VICINAL_KILLS says how often (20), VICINAL_KILLS_SEED what chance begins with (0).
"""

import os
import random
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import grpc
import pytest

from tests.support.actors import (
    DIMENSION,
    FIXED,
    LEASED,
    SHARED,
    Actor,
    Annotator,
    Builder,
    Editor,
    apply,
)
from tests.support.facts import Facts, facts_of, pool_ids, shown
from tests.support.forked_servers import Zygote
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1 import snapshots_pb2 as snapshots
from vicinal.v1.resources_pb2 import PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

KILLS = int(os.environ.get("VICINAL_KILLS", "20"))
SEED = int(os.environ.get("VICINAL_KILLS_SEED", "0"))
# Then a new data directory: checking everything takes longer the more there is.
KILLS_A_DIRECTORY = 10
RETRIES_CHECKED = 15


@pytest.mark.timeout(300 + 60 * KILLS)
def test_nothing_acknowledged_is_lost_and_nothing_is_half_done(tmp_path):
    chance = random.Random(SEED)
    with Zygote(tmp_path) as zygote:
        for first in range(0, KILLS, KILLS_A_DIRECTORY):
            scene = Scene(zygote, tmp_path / f"data-{first}", chance)
            for number in range(first, min(first + KILLS_A_DIRECTORY, KILLS)):
                scene.kill_at_work(number)
            scene.server.kill()
            shutil.rmtree(scene.data_dir)


class Scene:
    """One data directory, its server and those who work with it."""

    def __init__(self, zygote: Zygote, data_dir: Path, chance: random.Random) -> None:
        self.zygote = zygote
        self.data_dir = data_dir
        self.chance = chance
        self.server = zygote.start(data_dir)
        with grpc.insecure_channel(self.server.target) as channel:
            self.actors, self.unowned = _begin(SamplerServiceStub(channel), chance.getrandbits(32))

    def kill_at_work(self, number: int) -> None:
        self._work_until_killed(self.chance.uniform(0.02, 0.5))
        if number % 4 == 3:
            self._kill_while_starting()
        copy = self.data_dir.with_name("copy")
        shutil.copytree(self.data_dir, copy)
        self.server = self.zygote.start(self.data_dir)
        with grpc.insecure_channel(self.server.target) as channel:
            stub = SamplerServiceStub(channel)
            self._check_files(stub)
            self._check_facts(stub)
            self._compare_with(copy, stub)
            self._send_again(stub)
        shutil.rmtree(copy)

    def _work_until_killed(self, seconds: float) -> None:
        failures: list[BaseException] = []

        def run(work, stub: SamplerServiceStub) -> None:
            try:
                work(stub)
            except BaseException as failure:
                failures.append(failure)

        with grpc.insecure_channel(self.server.target) as channel:
            stub = SamplerServiceStub(channel)
            works = [actor.work for actor in self.actors] + [_read]
            threads = [threading.Thread(target=run, args=(work, stub)) for work in works]
            for thread in threads:
                thread.start()
            time.sleep(seconds)
            self.server.kill()
            for thread in threads:
                thread.join()
        assert failures == []

    def _kill_while_starting(self) -> None:
        server = self.zygote.begin(self.data_dir)
        time.sleep(self.chance.uniform(0, 0.2))
        server.kill()

    def _check_files(self, stub: SamplerServiceStub) -> None:
        """What was on its way in or out is swept, and each folder has its pool."""
        assert list((self.data_dir / "staging").iterdir()) == []
        assert len(list((self.data_dir / "pools").iterdir())) == len(pool_ids(stub))

    def _check_facts(self, stub: SamplerServiceStub) -> None:
        found = self._found(stub)
        expected = self._expected()
        for actor in self.actors:
            if actor.pending is not None and _is_there(actor.pending.changes, found):
                apply(expected, actor.pending.changes)
        leased = {fact for fact, value in found.items() if str(value).startswith("leased")}
        unknown = {fact for fact in leased if fact not in expected}
        assert {f: v for f, v in found.items() if f not in unknown} == expected
        handed_out = {found[fact] for fact in unknown}
        waiting = [actor for actor in self.actors if isinstance(actor, Annotator) and actor.pending]
        assert len(handed_out) <= len(waiting)

    def _compare_with(self, copy: Path, stub: SamplerServiceStub) -> None:
        second = self.zygote.start(copy)
        with grpc.insecure_channel(second.target) as channel:
            assert shown(SamplerServiceStub(channel)) == shown(stub)
        second.kill()

    def _send_again(self, stub: SamplerServiceStub) -> None:
        """What was not answered goes through; what was answered is answered the same, and nothing changes."""
        for actor in self.actors:
            if actor.pending is not None:
                actor.finish(actor.pending.send(stub))
        there = {*pool_ids(stub), ""}
        answered = [each for actor in self.actors for each in actor.answered if each[0].pool_id in there]
        for operation, answer in self.chance.sample(answered, min(RETRIES_CHECKED, len(answered))):
            assert operation.send(stub) == answer
        assert self._found(stub) == self._expected()

    def _expected(self) -> Facts:
        facts = dict(self.unowned)
        for actor in self.actors:
            facts |= actor.facts
        return facts

    def _found(self, stub: SamplerServiceStub) -> Facts:
        """Without the free items of the pool that is labelled by leases: they are nobody's."""
        return {
            fact: value
            for fact, value in facts_of(stub).items()
            if not (fact[:2] == ("item", LEASED) and value == "unlabelled")
        }


def _begin(stub: SamplerServiceStub, seed: int) -> tuple[Sequence[Actor], Facts]:
    """The pools that stay, and who works on them."""
    for pool_id in (SHARED, LEASED, FIXED):
        config = PoolConfig(pool_id=pool_id, dimension=DIMENSION, holdout_share=0.1, control_share=0.2)
        stub.CreatePool(service.CreatePoolRequest(config=config))
    items = list(Editor("free", seed).new_items(0, 400).values())
    stub.AddItems(service.AddItemsRequest(pool_id=LEASED, items=items))
    stub.AddItems(service.AddItemsRequest(pool_id=FIXED, items=items[:60]))
    labels = [service.Label(item_id=f"free-{row}", label="ab"[row % 2]) for row in range(10)]
    stub.SubmitLabels(service.SubmitLabelsRequest(pool_id=FIXED, labels=labels, annotator="first"))
    taken = stub.CreateSnapshot(snapshots.CreateSnapshotRequest(pool_id=FIXED))
    archive = [answer.data for answer in taken if answer.data]
    facts = facts_of(stub)
    fixed = {fact: value for fact, value in facts.items() if fact[1] == FIXED}
    actors = [Editor(f"editor-{each}", seed) for each in range(3)]
    actors += [Annotator(f"annotator-{each}", seed) for each in range(2)]
    actors += [Builder("builder", seed, fixed, archive)]
    return actors, fixed | {("pool", SHARED): True, ("pool", LEASED): True}


def _read(stub: SamplerServiceStub) -> None:
    """Scores, which builds graphs and stores them, and takes snapshots, until the server is gone."""
    try:
        while True:
            for pool_id in (SHARED, LEASED):
                list(stub.ScorePool(service.ScorePoolRequest(pool_id=pool_id)))
            list(stub.CreateSnapshot(snapshots.CreateSnapshotRequest()))
    except grpc.RpcError as error:
        if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            raise


def _is_there(changes: Facts, found: Facts) -> bool:
    return bool(changes) and all(found.get(fact) == value for fact, value in changes.items())
