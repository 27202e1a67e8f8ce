"""The archive of pools: a tar file whose last member lists size and checksum of all others.

An archive is untrusted input. It is read member by member, in memory that does not depend on the sizes that
it claims.
"""

import hashlib
import json
import re
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
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
# Twelve for each pool: room for 80,000 pools.
_MOST_MEMBERS = 1_000_000
# Sizes from 8 GiB on stand in an extended header of their own, which holds some 20 bytes.
_MOST_EXTENDED_BYTES = 4096
_EXTENDED_KEYS = frozenset({"size", "mtime", "atime", "ctime", "uid", "gid", "uname", "gname"})
_RECORD = re.compile(rb"[0-9]{1,4} ([a-z]{1,20})=([^\n]{0,256})\n")

# A pool of 10,000 classes with the longest names has settings of 10 MB.
_MOST_DOCUMENT_BYTES = 32 << 20
# The text of an item that near duplicates are found by may be long.
_MOST_LINE_BYTES = 32 << 20
# Each begins a value, which takes some hundred bytes once it is read.
_SEPARATORS = (b"[", b"{", b",")
_MOST_SEPARATORS = 3_000_000


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


def iterate_archive(members: Iterable[Member]) -> Iterator[bytes]:
    """The archive's bytes, in pieces of at most PIECE_BYTES.

    Raises:
        StorageCorrupt: a file is shorter than it should be.
        StorageFailed: a file cannot be read.
    """
    listed: dict[str, dict[str, object]] = {}
    for member in members:
        digest = hashlib.sha256()
        yield _head(member.name, member.size)
        for piece in _content(member):
            digest.update(piece)
            yield piece
        # Never an empty piece: readers may take it for the end.
        if padding := _padding(member.size):
            yield padding
        listed[member.name] = {"bytes": member.size, "sha256": digest.hexdigest()}
    manifest = json.dumps({"files": listed}, indent=1).encode()
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
                raise make_damage_error(f"it ends within {name}")
            yield piece
            offset, rest = offset + len(piece), rest - len(piece)

    def names(self) -> Iterable[str]:
        """Of all files in it."""
        return self._members.keys()

    def json(self, name: str) -> dict[str, Any]:
        """A file that holds one JSON object.

        Raises:
            SnapshotDamaged: there is none of that name, or it holds something else.
        """
        if self.size(name) > _MOST_DOCUMENT_BYTES:
            raise make_damage_error(f"{name} has {self.size(name)} bytes, more than it can have")
        try:
            found = parse_json(b"".join(self.pieces(name)))
        except ValueError as error:
            raise make_damage_error(f"{name} is not JSON ({error})") from error
        if not isinstance(found, dict):
            raise make_damage_error(f"{name} is no JSON object")
        return found

    def lines(self, name: str) -> Iterator[bytes]:
        """A file's lines, without their ends.

        Raises:
            SnapshotDamaged: there is none of that name, or a line is cut short, or longer than one can be.
        """
        begun: list[bytes] = []
        size = 0
        for piece in self.pieces(name):
            first, *others = piece.split(b"\n")
            begun.append(first)
            size += len(first)
            if size > _MOST_LINE_BYTES:
                raise make_damage_error(f"{name} has a line that is longer than one can be")
            if others:
                yield b"".join(begun)
                yield from others[:-1]
                begun, size = [others[-1]], len(others[-1])
        if size:
            raise make_damage_error(f"{name} ends within a line")

    def _member(self, name: str) -> tuple[int, int]:
        if name not in self._members:
            raise make_damage_error(f"it has no {name}")
        return self._members[name]

    def _found(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        end, offset, sizes = self._size(), 0, dict[str, int]()
        while (head := self._head(offset, end)) is not None:
            offset += tarfile.BLOCKSIZE
            if head.type == tarfile.XHDTYPE:
                sizes = self._extended(offset, head.size)
                offset += head.size + len(_padding(head.size))
                continue
            size = sizes.get("size", head.size)
            sizes = {}
            if not _NAME.fullmatch(head.name) or not head.isreg() or head.name in found:
                raise make_damage_error("it holds something that is no file of its own")
            if size < 0 or offset + size > end or len(found) == _MOST_MEMBERS:
                raise make_damage_error(f"it ends within {head.name}")
            found[head.name] = offset, size
            offset += size + len(_padding(size))
        return found

    def _size(self) -> int:
        with storage_faults(self._path):
            return self._path.stat().st_size

    def _read(self, offset: int, count: int) -> bytes:
        with storage_faults(self._path):
            self._file.seek(offset)
            return self._file.read(count)

    def _head(self, offset: int, end: int) -> tarfile.TarInfo | None:
        """What a block says of the file behind it; None at the end."""
        block = self._read(offset, tarfile.BLOCKSIZE)
        if not block.strip(b"\0") and (block or offset):
            self._check_nothing_follows(offset, end)
            return None
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.TarError, ValueError, OverflowError) as error:
            raise make_damage_error(f"it is no tar, or cut short ({type(error).__name__})") from error

    def _check_nothing_follows(self, offset: int, end: int) -> None:
        for start in range(offset, end, PIECE_BYTES):
            if self._read(start, PIECE_BYTES).strip(b"\0"):
                raise make_damage_error("something follows its end")

    def _extended(self, offset: int, count: int) -> dict[str, int]:
        """The size that an extended header tells of the next file, if it does."""
        if not 0 <= count <= _MOST_EXTENDED_BYTES:
            raise make_damage_error("it has an extended header that is larger than one can be")
        content, sizes = self._read(offset, count), {}
        while content:
            record = _RECORD.match(content)
            if record is None or record[1].decode() not in _EXTENDED_KEYS:
                raise make_damage_error("it has an extended header that tells of more than times and sizes")
            if record[1] == b"size":
                if not re.fullmatch(rb"[0-9]{1,18}", record[2]):
                    raise make_damage_error("it has an extended header with no size")
                sizes["size"] = int(record[2])
            content = content[record.end() :]
        return sizes

    def _check(self) -> None:
        files = self.json(MANIFEST_NAME).get("files")
        if not isinstance(files, dict) or files.keys() != self._members.keys() - {MANIFEST_NAME}:
            raise make_damage_error(f"{MANIFEST_NAME} tells of other files than there are")
        for name, listed in files.items():
            digest = hashlib.sha256()
            for piece in self.pieces(name):
                digest.update(piece)
            if listed != {"bytes": self.size(name), "sha256": digest.hexdigest()}:
                raise make_damage_error(f"{name} does not match its checksum")


def parse_json(line: bytes) -> Any:
    """What a line or file of JSON says; it takes memory for a bounded number of values.

    Raises:
        ValueError: it is no JSON, or no JSON of a size that is ever written.
    """
    if sum(map(line.count, _SEPARATORS)) > _MOST_SEPARATORS:
        raise ValueError("it has more values than can be")
    try:
        return json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def make_damage_error(what: str) -> SnapshotDamaged:
    """The error for an archive that cannot be restored from."""
    return SnapshotDamaged(
        f"the snapshot is damaged, or none: {what}; nothing was restored, take another copy of it"
    )


def make_folder_error(what: str) -> SnapshotDamaged:
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
