"""Restores of snapshot archives that no service wrote, one after the other."""

import random
from collections.abc import Iterator, Sequence

from google.protobuf.descriptor import MethodDescriptor

from benchmarks.hostile.archives import hostile_archives
from vicinal.v1.snapshots_pb2 import RestoreSnapshotRequest

PIECE_BYTES = 1 << 18


class HostileRestores:
    """Makes the requests of one restore after the other, and begins again after the last archive.

    Args:
        good: an archive that a service wrote.
        seed: of the places where archives are cut and bits flipped.
        pool_ids: names for what is restored after all.
    """

    def __init__(self, good: bytes, seed: int, pool_ids: Sequence[str]) -> None:
        self._good = good
        self._seed = seed
        self._pool_ids = pool_ids
        self._archives = self._endless()

    def __call__(self, chance: random.Random, method: MethodDescriptor, _pool_id: str) -> list[bytes] | None:
        """The messages of the next restore; None of other calls."""
        if method.name != "RestoreSnapshot":
            return None
        archive = next(self._archives)
        header = RestoreSnapshotRequest.Header(new_pool_id=chance.choice(self._pool_ids))
        pieces = [archive[at : at + PIECE_BYTES] for at in range(0, len(archive), PIECE_BYTES)]
        requests = [RestoreSnapshotRequest(header=header)]
        requests += [RestoreSnapshotRequest(data=piece) for piece in pieces]
        return [request.SerializeToString() for request in requests]

    def _endless(self) -> Iterator[bytes]:
        while True:
            yield from (archive for _, archive in hostile_archives(self._good, self._seed))
