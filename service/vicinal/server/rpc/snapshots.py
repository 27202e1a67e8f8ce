"""Calls that take snapshots of pools and restore them."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence

from vicinal.core.errors import InvalidInput, SnapshotDamaged
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Incoming, Snapshot
from vicinal.core.scoring.strategies import strategy_named
from vicinal.pools.registry import Pools
from vicinal.server.rpc.checks import Checks
from vicinal.server.rpc.handlers import Context, Handlers
from vicinal.server.rpc.idempotency import run_once
from vicinal.v1.snapshots_pb2 import (
    CreateSnapshotRequest,
    CreateSnapshotResponse,
    RestoreSnapshotRequest,
    RestoreSnapshotResponse,
)

Header = RestoreSnapshotRequest.Header


class SnapshotHandlers(Handlers):
    """Calls that take snapshots of pools and restore them."""

    async def CreateSnapshot(
        self, request: CreateSnapshotRequest, context: Context
    ) -> AsyncIterator[CreateSnapshotResponse]:
        """One pool, or all, as they are at the call."""
        snapshot = await self.workers.compute(_taken, self.pools, request)
        try:
            pieces, digest = snapshot.pieces(), hashlib.sha256()
            while piece := await self.workers.compute(next, pieces, b""):
                digest.update(piece)
                yield CreateSnapshotResponse(data=piece)
            yield CreateSnapshotResponse(sha256=digest.hexdigest())
        finally:
            snapshot.close()

    async def RestoreSnapshot(
        self, request_iterator: AsyncIterator[RestoreSnapshotRequest], context: Context
    ) -> RestoreSnapshotResponse:
        """Restores the pools of a stream: all of it is written and checked before anything changes."""
        header = None
        incoming = await self.workers.compute(self.pools.snapshots.receive)
        try:
            async for request in request_iterator:
                if header is None:
                    header = _header(request)
                else:
                    await self.workers.compute(incoming.write, _data(request))
            if header is None:
                raise InvalidInput.at("header", "is missing; send it in the first message of the stream")
            return await self.workers.compute(_restored, self.pools, incoming, header)
        finally:
            incoming.close()


def _taken(pools: Pools, request: CreateSnapshotRequest) -> Snapshot:
    if not request.pool_id:
        # That an archive of all pools lacks one would be noticed too late.
        for unavailable in pools.load_status().unavailable:
            raise unavailable.make_error()
        return pools.snapshots.snapshot(None)
    checks = Checks()
    checks.pool_id(request.pool_id)
    checks.raise_if_any()
    return pools.snapshots.snapshot(pools.get(request.pool_id).config.pool_id)


def _header(request: RestoreSnapshotRequest) -> Header:
    if request.WhichOneof("kind") != "header":
        raise InvalidInput.at("header", "is missing; send it in the first message of the stream")
    checks = Checks()
    if request.header.new_pool_id:
        checks.pool_id(request.header.new_pool_id, "header.new_pool_id")
    checks.request_id(request.header.request_id)
    checks.raise_if_any()
    return request.header


def _data(request: RestoreSnapshotRequest) -> bytes:
    if request.WhichOneof("kind") != "data":
        raise InvalidInput.at("data", "is missing; each message after the first has a part of the archive")
    return request.data


def _restored(pools: Pools, incoming: Incoming, header: Header) -> RestoreSnapshotResponse:
    if header.sha256 not in ("", incoming.sha256):
        raise SnapshotDamaged(
            f"the data have the SHA-256 {incoming.sha256}, not {header.sha256}; nothing was restored, send "
            "the snapshot again"
        )
    names = restored_names(incoming.prepare(), header.new_pool_id)
    adopted: list[PoolConfig] = []

    whole = Header(new_pool_id=header.new_pool_id, request_id=header.request_id, sha256=incoming.sha256)
    response = run_once(
        pools,
        whole,
        RestoreSnapshotResponse,
        lambda: pools.adopt(incoming, names, then=adopted.extend),
        lambda pool_ids: RestoreSnapshotResponse(pool_ids=pool_ids),
    )
    pools.load(adopted)
    return response


def restored_names(configs: Sequence[PoolConfig], new_pool_id: str) -> Mapping[str, str]:
    """The new id of each of an archive's pools, by its id in the archive.

    Raises:
        InvalidInput: a new id for several pools, or a pool that no service could have made.
    """
    checks = Checks()
    for config in configs:
        checks.pool_id(config.pool_id, "pool.json")
        strategy_named(config.strategy)
    if new_pool_id and len(configs) != 1:
        checks.wrong("header.new_pool_id", f"needs an archive of one pool; this one has {len(configs)}")
    checks.raise_if_any()
    return {config.pool_id: new_pool_id or config.pool_id for config in configs}
