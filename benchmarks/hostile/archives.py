"""Snapshot archives that no service wrote: each differs from a good one in one thing.

Where it says nothing else, sizes and checksums are right, so that what is wrong is met where it matters. Some
are harmless, since another text is as good a label. A server owes all of them a declared answer, and after an
error it is as it was before.
"""

import base64
import gzip
import hashlib
import io
import json
import random
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Files = dict[str, bytes]
Named = Iterator[tuple[str, bytes]]

MANIFEST, HEADER, SETTINGS = "manifest.json", "snapshot.json", "pool.json"
VECTORS, NEIGHBOURS, CHUNKS = "vectors.f32", "neighbours.bin", "chunks.jsonl"

# JSON as it stands in the file, since some of it is none that a writer would make.
TOKENS: Mapping[str, str] = {
    "null": "null",
    "true": "true",
    "zero": "0",
    "one": "1",
    "minus one": "-1",
    "a whole number": "7",
    "a fraction": "0.5",
    "a negative fraction": "-0.5",
    "1e300": "1e300",
    "-1e300": "-1e300",
    "2**63": str(2**63),
    "2**200": str(2**200),
    "5000 digits": "9" * 5000,
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "no text": '""',
    "a text": '"x"',
    "a number as text": '"7"',
    "blanks": '"  "',
    "a control character": '"a\\u0000b"',
    "half a surrogate pair": '"\\ud83d"',
    "a long text": '"' + "x" * 70_000 + '"',
    "an empty list": "[]",
    "a list": '["x", 1]',
    "an empty object": "{}",
    "an object": '{"a": {"b": [1]}}',
    "a deep list": "[" * 100_000 + "]" * 100_000,
}
_HERE = "the value goes here"


def hostile_archives(good: bytes, seed: int = 0) -> Named:
    """Archives made of a good one, each with a name that says what is wrong with it.

    Args:
        good: an archive of a pool; the more of its tables have rows, the more is tried.
        seed: of the places where files are cut and bits flipped.
    """
    files = unpacked(good)
    for kind in (_settings, _headers, _columns, _lines, _rows, _vectors, _neighbours, _references, _pools):
        yield from kind(files)
    yield from _members(files)
    yield from _manifests(files)
    yield from _tars(good, files)
    yield from _torn(good, random.Random(seed))


def unpacked(archive: bytes) -> Files:
    """The files of an archive, without its manifest."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = {member.name: tar.extractfile(member) for member in tar}
    return {name: file.read() for name, file in found.items() if file is not None and name != MANIFEST}


def packed(files: Files, *, manifest: bytes | None = None) -> bytes:
    """An archive of files, with the manifest that goes with them, or another one."""
    told = {
        name: {"bytes": len(each), "sha256": hashlib.sha256(each).hexdigest()} for name, each in files.items()
    }
    last = json.dumps({"files": told}).encode() if manifest is None else manifest
    return b"".join(_member(name, each) for name, each in {**files, MANIFEST: last}.items()) + bytes(1024)


def _told(files: Files) -> dict[str, dict[str, object]]:
    """What a manifest says of files."""
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }


def _with(files: Files, name: str, content: bytes) -> bytes:
    """The archive with one file made another."""
    return packed({**files, name: content})


def _member(name: str, content: bytes, kind: bytes = tarfile.REGTYPE, **fields: Any) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mode = len(content), kind, 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


def _only(files: Files, ending: str) -> str:
    """The full name of the first file that is called so."""
    return next(name for name in files if name.endswith(ending))


def _with_token(record: Any, path: tuple[str | int, ...], token: str) -> bytes:
    """The record as JSON, with raw text in one place."""
    changed = json.loads(json.dumps(record))
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = _HERE
    return json.dumps(changed).replace(json.dumps(_HERE), token).encode()


def _paths(record: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where values are in a record, also within others."""
    if path:
        yield path
    if isinstance(record, dict):
        for name, value in record.items():
            yield from _paths(value, (*path, name))
    elif isinstance(record, list) and record:
        yield from _paths(record[0], (*path, 0))


def _documents(files: Files, ending: str) -> Named:
    """A JSON file with each of its values replaced, taken away, or with one too many."""
    name = _only(files, ending)
    record = json.loads(files[name])
    for path in _paths(record):
        where = f"{ending}: {'.'.join(map(str, path))}"
        for told, token in TOKENS.items():
            yield f"{where} is {told}", _with(files, name, _with_token(record, path, token))
    for field in record:
        rest = {other: value for other, value in record.items() if other != field}
        yield f"{ending}: {field} is missing", _with(files, name, json.dumps(rest).encode())
    more = {**record, "something": 1}
    yield f"{ending}: a field too many", _with(files, name, json.dumps(more).encode())
    for told, token in TOKENS.items():
        yield f"{ending} is {told}", _with(files, name, token.encode())


def _settings(files: Files) -> Named:
    name = _only(files, SETTINGS)
    record = json.loads(files[name])
    print_of_model = {"name": "use", "version": "4", "preprocessing": "", "dimension": 8, "medium": "text"}
    full = {**record, "classes": ["a", "b"], "augmentations": ["rotate"], "duplicates": "near"}
    full["fingerprint"] = {**print_of_model, "dimension": record["dimension"]}
    yield from _documents({**files, name: json.dumps(full).encode()}, SETTINGS)
    for field, value in {
        "pool_id": "../../up and away",
        "dimension": record["dimension"] + 1,
        "classes": ["a", "a"],
        "augmentations": ["no such augmentation"],
        "strategy": "no such strategy",
        "fingerprint": print_of_model | {"dimension": 1 << 40},
    }.items():
        yield (
            f"{SETTINGS}: another {field}",
            packed({**files, name: json.dumps({**record, field: value}).encode()}),
        )
    many = {**record, "classes": [f"class {number}" for number in range(200_000)]}
    yield f"{SETTINGS}: 200,000 classes", _with(files, name, json.dumps(many).encode())


def _headers(files: Files) -> Named:
    yield from _documents(files, HEADER)
    record = json.loads(files[HEADER])
    for told, names in {
        "no pool": [],
        "a pool twice": record["pools"] * 2,
        "a pool that is not there": ["pools/999"],
        "an absolute path": ["/etc"],
        "a path upwards": ["../../pools/1"],
        "itself": [HEADER],
    }.items():
        yield (
            f"{HEADER} lists {told}",
            packed({**files, HEADER: json.dumps({**record, "pools": names}).encode()}),
        )


def _tables(files: Files) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, content in files.items():
        if name.endswith(".jsonl"):
            yield name, [json.loads(line) for line in content.splitlines()]


def _columns(files: Files) -> Named:
    """Each column of each table, and each value within those that hold JSON, replaced in the first row."""
    for name, rows in _tables(files):
        table = name.rpartition("/")[2]
        if not rows:
            continue
        rest = b"".join(json.dumps(row).encode() + b"\n" for row in rows[1:])
        for column, value in rows[0].items():
            for told, token in TOKENS.items():
                line = _with_token(rows[0], (column,), token)
                yield f"{table}: {column} is {told}", _with(files, name, line + b"\n" + rest)
            fewer = {other: each for other, each in rows[0].items() if other != column}
            line = json.dumps(fewer).encode()
            yield f"{table}: {column} is missing", _with(files, name, line + b"\n" + rest)
            for told, inner in _inside(value):
                line = json.dumps({**rows[0], column: inner}).encode()
                yield f"{table}: {column} holds {told}", _with(files, name, line + b"\n" + rest)
        line = json.dumps({**rows[0], "something": 1}).encode()
        yield f"{table}: a column too many", _with(files, name, line + b"\n" + rest)
        line = json.dumps(rows[0])[:-1].encode() + b', "pool_key": 2}'
        yield f"{table}: the key of another pool", _with(files, name, line + b"\n" + rest)


def _inside(value: object) -> Iterator[tuple[str, str]]:
    """What a column that holds JSON as text may hold instead."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return
    record = json.loads(value)
    for told, token in TOKENS.items():
        yield told, token
        for path in _paths(record):
            yield f"{told} at {'.'.join(map(str, path))}", _with_token(record, path, token).decode()
        if isinstance(record, dict):
            yield (
                f"{told} under a name of its own",
                json.dumps({**record, "own": _HERE}).replace(json.dumps(_HERE), token),
            )


def _lines(files: Files) -> Named:
    """Lines that are no rows, in place of the first one of each table."""
    for name, rows in _tables(files):
        table = name.rpartition("/")[2]
        content = files[name]
        lines: Mapping[str, bytes] = {
            "blank": b"",
            "NaN": b"NaN",
            "a number": b"7",
            "a list": b"[]",
            "nested deeply": b"[" * 200_000,
            "nested deeply within": b'{"item_id": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_000 + b"}",
            "of 5 MB": b'{"item_id": "' + b"x" * 5_000_000 + b'"}',
            "of a million values": b'{"item_id": [' + b"0," * 1_000_000 + b"0]}",
            "no UTF-8": b'{"item_id": "\xff\xfe"}',
            "UTF-16": '{"item_id": "a"}'.encode("utf-16"),
            "a byte order mark": b"\xef\xbb\xbf{}",
            "cut short": b'{"item_id": "a',
            "zeros": bytes(100),
        }
        for told, line in lines.items():
            yield f"{table}: a line is {told}", _with(files, name, line + b"\n" + content)
        yield f"{table}: no last end of line", _with(files, name, content[:-1])
        yield f"{table}: nothing but ends of lines", _with(files, name, b"\n" * 1000)
        yield (
            f"{table}: lines end like those of Windows",
            packed({**files, name: content.replace(b"\n", b"\r\n")}),
        )
        if rows:
            row = json.dumps(rows[0]).encode()
            yield f"{table}: each column twice", _with(files, name, row[:-1] + b", " + row[1:] + b"\n")


def _rows(files: Files) -> Named:
    """Rows that are missing, come twice, or in another order."""
    for name, content in files.items():
        if not name.endswith(".jsonl") or not content:
            continue
        table, lines = name.rpartition("/")[2], content.splitlines(keepends=True)
        for told, others in {
            "no rows": [],
            "without the first row": lines[1:],
            "without the last row": lines[:-1],
            "the first row twice": [lines[0], *lines],
            "all rows twice": lines * 2,
            "rows backwards": lines[::-1],
        }.items():
            yield f"{table}: {told}", _with(files, name, b"".join(others))


def _with_vectors(files: Files, content: bytes) -> bytes:
    """With other vectors, whose checksum in the rows is right."""
    rows = len(content) // (4 * json.loads(files[_only(files, SETTINGS)])["dimension"])
    chunk = {"first_row": 0, "row_count": rows, "crc32": zlib.crc32(content)}
    line = json.dumps(chunk).encode() + b"\n"
    return packed({**files, _only(files, VECTORS): content, _only(files, CHUNKS): line})


def _vectors(files: Files) -> Named:
    content = files[_only(files, VECTORS)]
    row = 4 * json.loads(files[_only(files, SETTINGS)])["dimension"]
    if not content:
        return
    for told, number in {
        "NaN": float("nan"),
        "infinite": float("inf"),
        "negative infinite": float("-inf"),
        "3e38": 3e38,
        "1e-44": 1e-44,
    }.items():
        yield f"{VECTORS}: a number is {told}", _with_vectors(files, struct.pack("<f", number) + content[4:])
        whole = struct.pack("<f", number) * (row // 4) + content[row:]
        yield f"{VECTORS}: a row is {told}", _with_vectors(files, whole)
    yield f"{VECTORS}: a row of zeros", _with_vectors(files, bytes(row) + content[row:])
    yield f"{VECTORS}: a row too few", _with_vectors(files, content[row:])
    yield f"{VECTORS}: a row too many", _with_vectors(files, content + content[:row])
    for told, other in {
        "cut by a byte": content[:-1],
        "a byte too many": content + b"x",
        "nothing": b"",
        "one bit wrong": bytes([content[0] ^ 1]) + content[1:],
    }.items():
        yield f"{VECTORS}: {told}", _with(files, _only(files, VECTORS), other)


def _neighbours(files: Files) -> Named:
    """Lists of neighbours that lead nowhere; they may count as not there, but never be followed."""
    name = f"{json.loads(files[HEADER])['pools'][0]}/{NEIGHBOURS}"
    rows = len(files[_only(files, "items.jsonl")].splitlines())
    for told, (key, similarity, count) in {
        "beyond the pool": (10**6, 0.5, 20),
        "before the pool": (-7, 0.5, 20),
        "of no similarity": (0, float("nan"), 20),
        "of another number": (0, 0.5, 3),
        "of themselves": (0, 0.5, 20),
    }.items():
        body = struct.pack("<i", key) * rows * count + struct.pack("<f", similarity) * rows * count
        head = struct.pack("<8sQIII", b"VICNEAR1", rows, count, 4, 0)
        checksum = zlib.crc32(body, zlib.crc32(head))
        whole = struct.pack("<8sQIII", b"VICNEAR1", rows, count, 4, checksum) + body
        yield f"{NEIGHBOURS}: {told}", _with(files, name, whole)
    for told, (rows, count) in {"of 2**60 rows": (2**60, 16), "of 2**32 - 1 each": (0, 2**32 - 1)}.items():
        head = struct.pack("<8sQIII", b"VICNEAR1", rows, count, 4, 0)
        yield f"{NEIGHBOURS}: {told}", _with(files, name, head)
    yield f"{NEIGHBOURS}: random", _with(files, name, random.Random(0).randbytes(1000))


def _references(files: Files) -> Named:
    """Rows that tell of items and suggestions that are not there, or of themselves."""
    changes: Mapping[str, Mapping[str, Any]] = {
        "events.jsonl": {"item_id": "nobody", "suggestion": 10**6, "sequence": 10**9},
        "suggestions.jsonl": {"item_id": "nobody", "number": 10**9},
        "duplicates.jsonl": {"item_id": "nobody", "representative_id": "nobody", "compared_with": "nobody"},
        "sketches.jsonl": {"position": 10**9},
        "leases.jsonl": {"item_ids": '["nobody"]'},
        "items.jsonl": {"position": 10**9},
        CHUNKS: {"first_row": 10**9, "row_count": 10**12},
        "examples.jsonl": {"vector": base64.b64encode(bytes(7)).decode()},
    }
    for name, rows in _tables(files):
        table = name.rpartition("/")[2]
        for column, value in changes.get(table, {}).items() if rows else ():
            changed = [{**rows[0], column: value}, *rows[1:]]
            content = b"".join(json.dumps(row).encode() + b"\n" for row in changed)
            yield f"{table}: {column} leads nowhere", _with(files, name, content)
    duplicates = next((name for name in files if name.endswith("/duplicates.jsonl")), "")
    if files.get(duplicates):
        row = json.loads(files[duplicates].splitlines()[0])
        itself = json.dumps({**row, "representative_id": row["item_id"]}).encode() + b"\n"
        yield "duplicates.jsonl: an item is a duplicate of itself", _with(files, duplicates, itself)


def _pools(files: Files) -> Named:
    """Pools that are not whole, or one too many."""
    header = json.loads(files[HEADER])
    folder = header["pools"][0]
    second = {
        f"pools/second{name.removeprefix(folder)}": each for name, each in files.items() if name != HEADER
    }
    yield "a pool that is not listed", packed({**files, **second})
    both = json.dumps({**header, "pools": [folder, "pools/second"]}).encode()
    yield "two pools of one id", packed({**files, **second, HEADER: both})
    broken = {name: each for name, each in second.items() if not name.endswith(VECTORS)}
    yield "a second pool without vectors", packed({**files, **broken, HEADER: both})
    yield "a file outside the pools", _with(files, "more.txt", b"x")
    yield "a file of no table", packed({**files, f"{folder}/more.jsonl": b"{}\n"})


def _members(files: Files) -> Named:
    """Files of an archive that are missing, empty, or in another order."""
    for name in files:
        yield f"without {name}", packed({other: each for other, each in files.items() if other != name})
        yield f"{name} is empty", _with(files, name, b"")
    yield "files backwards", packed(dict(reversed(files.items())))


def _manifests(files: Files) -> Named:
    told = {
        name: {"bytes": len(each), "sha256": hashlib.sha256(each).hexdigest()} for name, each in files.items()
    }
    name = _only(files, VECTORS)
    for why, other in {
        "a wrong checksum": {**told, name: {**told[name], "sha256": "0" * 64}},
        "a wrong size": {**told, name: {**told[name], "bytes": 7}},
        "a size as text": {**told, name: {**told[name], "bytes": str(told[name]["bytes"])}},
        "a file too few": {each: entry for each, entry in told.items() if each != name},
        "a file too many": {**told, "pools/1/more": told[name]},
        "an entry that is a list": {**told, name: []},
    }.items():
        yield f"{MANIFEST}: {why}", packed(files, manifest=json.dumps({"files": other}).encode())
    for why, token in TOKENS.items():
        yield f"{MANIFEST} is {why}", packed(files, manifest=token.encode())
        yield f"{MANIFEST}: files is {why}", packed(files, manifest=f'{{"files": {token}}}'.encode())


def _tars(good: bytes, files: Files) -> Named:
    """What a tar can hold beside files."""
    name, content = _only(files, VECTORS), files[_only(files, VECTORS)]
    kinds = {
        "a symbolic link": tarfile.SYMTYPE,
        "a hard link": tarfile.LNKTYPE,
        "a folder": tarfile.DIRTYPE,
        "a pipe": tarfile.FIFOTYPE,
        "a block device": tarfile.BLKTYPE,
        "a character device": tarfile.CHRTYPE,
        "a sparse file": tarfile.GNUTYPE_SPARSE,
        "a volume": b"V",
        "of no known kind": b"z",
    }
    for told, kind in kinds.items():
        odd = _member("pools/1/odd", b"", kind, linkname="/etc/passwd")
        yield f"tar: {told} first", odd + good
        yield (
            f"tar: {told} in place of the vectors",
            _with_member(files, _member(name, b"", kind, linkname="/x")),
        )
    for told, odd_name in {
        "an absolute name": "/etc/cron.d/x",
        "a name that leads upwards": "../../x",
        "a name within that leads upwards": "pools/1/../../../x",
        "a name that is twice there": name,
        "a name of 300 characters": "x" * 300,
        "a name of a dot": ".",
        "a name that begins with a dot": "./" + name,
    }.items():
        yield f"tar: {told}", _member(odd_name, content) + good
    yield "tar: a name that is no UTF-8", _resummed(_member("pools/1/odd", b""), 0, b"\xff\xfe\x80") + good
    for told, size in {
        "8 GiB": b"77777777777\0",
        "2**80": b"\x80" + (2**80).to_bytes(11, "big"),
        "less than nothing": b"\xff" * 12,
        "no number": b"abcdefghijk\0",
    }.items():
        yield f"tar: a size of {told}", _resummed(_member(name, content), 124, size) + good
    for told, record in {
        "a path": _pax("path", "/etc/passwd"),
        "a link": _pax("linkpath", "/etc/passwd"),
        "a size of 2**70": _pax("size", str(2**70)),
        "a negative size": _pax("size", "-1"),
        "a size of 5000 digits": _pax("size", "9" * 5000),
        "a sparse file": _pax("GNU.sparse.major", "1") + _pax("GNU.sparse.name", "x"),
        "4 MB of a comment": _pax("comment", "x" * 4_000_000),
        "a length that lies": b"99 size=1\n",
        "nothing that makes sense": b"\0" * 600,
    }.items():
        yield f"tar: an extended header of {told}", _member("x", record, tarfile.XHDTYPE) + good
        yield f"tar: a global header of {told}", _member("x", record, tarfile.XGLTYPE) + good
    yield "tar: a long name of 4 MB", _member("x", b"a" * 4_000_000, tarfile.GNUTYPE_LONGNAME) + good
    yield "tar: headers without end", _member("x", _pax("mtime", "1"), tarfile.XHDTYPE) * 2000
    yield "tar: a wrong sum of a header", b"X" + good[1:]
    yield "tar: something behind the end", good + b"more"
    yield "tar: an archive behind the end", good + good
    yield "tar: packed", gzip.compress(good)
    yield "tar: zeros alone", bytes(10_240)
    yield "tar: nothing", b""
    yield "tar: 20,000 empty files", b"".join(_member(f"pools/1/{row}", b"") for row in range(20_000)) + good


def _with_member(files: Files, member: bytes) -> bytes:
    """The archive with a member in place of the vectors."""
    name = _only(files, VECTORS)
    rest = packed({other: each for other, each in files.items() if other != name})
    return member + rest


def _pax(key: str, value: str) -> bytes:
    record = f" {key}={value}\n".encode()
    length = len(record) + len(str(len(record)))
    length = len(record) + len(str(length))
    return str(length).encode() + record


def _resummed(member: bytes, at: int, field: bytes) -> bytes:
    """A member with other bytes in its header, and the header's sum put right."""
    head = bytearray(member[:512])
    head[at : at + len(field)] = field
    head[148:156] = b" " * 8
    head[148:156] = f"{sum(head):06o}\0 ".encode()
    return bytes(head) + member[512:]


def _torn(good: bytes, rng: random.Random) -> Named:
    """Cut short, or with bits wrong, anywhere."""
    damages: Mapping[str, Callable[[], bytes]] = {
        "cut short": lambda: good[: rng.randrange(len(good))],
        "cut short at a block": lambda: good[: 512 * rng.randrange(len(good) // 512)],
        "without a piece": lambda: _without(good, rng),
        "with a bit wrong": lambda: _flipped(good, rng),
        "with a piece twice": lambda: good[: (at := rng.randrange(len(good)))] + good[max(0, at - 4096) :],
    }
    for told, damage in damages.items():
        for number in range(20):
            yield f"{told}, {number}", damage()


def _without(good: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(good))
    return good[:start] + good[start + rng.randrange(1, 2000) :]


def _flipped(good: bytes, rng: random.Random) -> bytes:
    changed = bytearray(good)
    changed[rng.randrange(len(good))] ^= 1 << rng.randrange(8)
    return bytes(changed)
