"""The one file that carries pools: a tar whose last member tells size and checksum of all others."""

import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vicinal.core.errors import SnapshotDamaged
from vicinal.storage.faults import corrupt, storage_faults

PIECE_BYTES = 1 << 20
MANIFEST_NAME = "manifest.json"

_END = bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True)
class Member:
    """A file to put into an archive.

    Attributes:
        name: in the archive, with slashes.
        path: where it lies.
        size: bytes to take of it; what lies beyond is left out.
    """

    name: str
    path: Path
    size: int


def archive_of(members: Iterable[Member]) -> Iterator[bytes]:
    """The archive's bytes, in pieces of at most PIECE_BYTES.

    Raises:
        StorageCorrupt: a file is shorter than it should be.
        StorageFailed: a file cannot be read.
    """
    told: dict[str, dict[str, object]] = {}
    for member in members:
        digest = hashlib.sha256()
        yield _head(member.name, member.size)
        for piece in _content(member):
            digest.update(piece)
            yield piece
        # Never an empty piece: readers may take it for the end.
        if padding := _padding(member.size):
            yield padding
        told[member.name] = {"bytes": member.size, "sha256": digest.hexdigest()}
    manifest = json.dumps({"files": told}, indent=1).encode()
    yield _head(MANIFEST_NAME, len(manifest)) + manifest + _padding(len(manifest)) + _END


class Archive:
    """An archive in a file, checked as a whole when it is opened; use it in a `with` block.

    Raises:
        SnapshotDamaged: it is no archive, cut short, or a file does not match its checksum.
        StorageFailed: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with storage_faults(path):
            self._file = path.open("rb")
        try:
            self._members = self._found()
            self._check()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def size(self, name: str) -> int:
        """Bytes of a file.

        Raises:
            SnapshotDamaged: there is none of that name.
        """
        return self._member(name)[1]

    def pieces(self, name: str) -> Iterator[bytes]:
        """A file's bytes, piece by piece.

        Raises:
            SnapshotDamaged: there is none of that name, or it ends early.
        """
        offset, rest = self._member(name)
        while rest:
            with storage_faults(self._path):
                self._file.seek(offset)
                piece = self._file.read(min(rest, PIECE_BYTES))
            if not piece:
                raise damaged(f"it ends within {name}")
            yield piece
            offset, rest = offset + len(piece), rest - len(piece)

    def json(self, name: str) -> dict[str, Any]:
        """A file that holds one JSON object.

        Raises:
            SnapshotDamaged: there is none of that name, or it holds something else.
        """
        try:
            found = json.loads(b"".join(self.pieces(name)))
        except ValueError as error:
            raise damaged(f"{name} is not JSON ({error})") from error
        if not isinstance(found, dict):
            raise damaged(f"{name} is no JSON object")
        return found

    def lines(self, name: str) -> Iterator[bytes]:
        """A file's lines, without their ends."""
        rest = b""
        for piece in self.pieces(name):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
        if rest:
            raise damaged(f"{name} ends within a line")

    def _member(self, name: str) -> tuple[int, int]:
        if name not in self._members:
            raise damaged(f"it has no {name}")
        return self._members[name]

    def _found(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as tar:
                for member in tar:
                    if not member.isreg() or member.name in found:
                        raise damaged(f"{member.name!r} is no file of its own")
                    found[member.name] = member.offset_data, member.size
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise damaged(str(error)) from error
        return found

    def _check(self) -> None:
        files = self.json(MANIFEST_NAME).get("files")
        if not isinstance(files, dict) or files.keys() != self._members.keys() - {MANIFEST_NAME}:
            raise damaged(f"{MANIFEST_NAME} tells of other files than there are")
        for name, told in files.items():
            digest = hashlib.sha256()
            for piece in self.pieces(name):
                digest.update(piece)
            if told != {"bytes": self.size(name), "sha256": digest.hexdigest()}:
                raise damaged(f"{name} does not match its checksum")


def damaged(what: str) -> SnapshotDamaged:
    """The error for an archive that cannot be restored from."""
    return SnapshotDamaged(
        f"the snapshot is damaged, or none: {what}; nothing was restored, take another copy of it"
    )


def wrong_folder(what: str) -> SnapshotDamaged:
    """The error for an exported folder that cannot be imported from."""
    return SnapshotDamaged(
        f"the folder holds no whole exported pool: {what}; nothing was imported, put it right"
    )


def _content(member: Member) -> Iterator[bytes]:
    rest = member.size
    with ExitStack() as opened:
        with storage_faults(member.path):
            file = opened.enter_context(member.path.open("rb"))
        while rest:
            with storage_faults(member.path):
                piece = file.read(min(rest, PIECE_BYTES))
            if not piece:
                raise corrupt(member.path, f"it ends {rest} bytes early")
            yield piece
            rest -= len(piece)


def _head(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
