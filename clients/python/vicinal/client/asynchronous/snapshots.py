# Generated from snapshots.py by tools/generate_async_client.py; do not edit.
"""Calls that carry pools out of a service and into one."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator

from google.protobuf.message import Message

from vicinal.client import arguments, requests
from vicinal.client.asynchronous.connection import AsyncConnection
from vicinal.client.errors import DataLossError, refusing_values
from vicinal.client.snapshots import PIECE_BYTES
from vicinal.v1 import snapshots_pb2 as v1


class AsyncSnapshotCalls(AsyncConnection):
    """Calls that carry pools out of a service and into one."""

    def create_snapshot(self, pool_id: str = "") -> AsyncIterator[bytes]:
        """A pool as it stands at the call, or all pools, as the bytes of one archive, piece by piece.

        Write them to a file, and keep it only once all have come.

        Args:
            pool_id: of the pool; empty takes all pools of the service, at one moment.

        Raises:
            NotFoundError: no such pool.
            DataLossError: what came is not what was sent, or the server's data are damaged.
            UnavailableError: the stream broke; begin again.
        """
        with refusing_values("pool_id"):
            request = v1.CreateSnapshotRequest(pool_id=arguments.text(pool_id, "pool_id"))
        digest = hashlib.sha256()

        def parse(answer: v1.CreateSnapshotResponse) -> list[bytes]:
            digest.update(answer.data)
            if answer.sha256 and answer.sha256 != digest.hexdigest():
                raise DataLossError("the snapshot was damaged on its way; take it again")
            return [answer.data] if answer.data else []

        return self._download("CreateSnapshot", request, parse)

    async def restore_snapshot(self, archive: Iterable[bytes], *, pool_id: str = "") -> list[str]:
        """Brings the pools of a snapshot into the service, all or none; returns their ids.

        A stream that breaks before its end changes nothing, and is not retried. Where only the answer was
        lost, the pools are there: the same call again raises AlreadyExistsError. `archive` may be read from
        another thread.

        Args:
            archive: pieces of bytes, such as a file opened for reading bytes.
            pool_id: the new id of an archive's only pool; empty keeps the ids that pools had.

        Raises:
            InvalidArgumentError: the archive is damaged, or none.
            AlreadyExistsError: an id is taken.
            FailedPreconditionError: a newer Vicinal wrote it.
            ResourceExhaustedError: the service keeps no more pools.
        """

        def messages() -> Iterator[Message]:
            with refusing_values("pool_id"):
                header = v1.RestoreSnapshotRequest.Header(
                    new_pool_id=arguments.text(pool_id, "pool_id"), request_id=requests.request_id()
                )
            yield v1.RestoreSnapshotRequest(header=header)
            for piece in archive:
                for start in range(0, len(piece), PIECE_BYTES):
                    yield v1.RestoreSnapshotRequest(data=piece[start : start + PIECE_BYTES])

        return await self._upload("RestoreSnapshot", messages(), lambda answer: list(answer.pool_ids))
