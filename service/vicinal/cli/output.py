"""Answers: tables for people, JSON for programs, what was left out. All else goes to stderr."""

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from vicinal.cli.inputs import Reason, Unreadable
from vicinal.data.tables.values import printable


def console() -> Console:
    """For answers. Made again each time, so that it writes to the stdout of the moment."""
    return Console(file=sys.stdout, highlight=False, emoji=False)


def side_console() -> Console:
    """For progress and complaints: stderr."""
    return Console(file=sys.stderr, highlight=False, emoji=False)


def say(line: str) -> None:
    """Writes a line of the answer as it is, however long and whatever brackets it holds."""
    console().print(Text(printable(line)), soft_wrap=True)


def complain(line: str) -> None:
    """Writes a line to stderr as it is."""
    side_console().print(Text(printable(line)), soft_wrap=True)


def print_json(value: Any) -> None:
    """Writes records as indented JSON."""
    print(printable(json.dumps(plain(value), indent=2, ensure_ascii=False)))


def plain(value: Any) -> Any:
    """Records with what they compute, times and mappings as what JSON knows.

    >>> plain({"at": datetime(2024, 5, 1), "ids": ("a", "b")})
    {'at': '2024-05-01T00:00:00', 'ids': ['a', 'b']}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        computed = [name for name, member in vars(type(value)).items() if isinstance(member, property)]
        names = [*(field.name for field in dataclasses.fields(value)), *computed]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table whose cells are shown in full; columns named `>name` are set to the right.

    Args:
        title: above the table.
        columns: their names.
        rows: one text for each column.
    """
    drawn = Table(title=Text(title, style="bold"), title_justify="left", header_style="dim", box=None)
    for name in columns:
        right = name.startswith(">")
        drawn.add_column(name.removeprefix(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    return drawn


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Writes a table; where there is no terminal, as wide as it needs to be."""
    drawn, out = table(title, columns, rows), console()
    if not out.is_terminal:
        unbounded = out.options.update(max_width=sys.maxsize)
        out.width = max(out.width, out.measure(drawn, options=unbounded).maximum)
    out.print(drawn)


def progress() -> Progress:
    """A progress bar on stderr, with the number done and the time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=side_console(),
    )


def show_transfer(chunks: Iterable[bytes], name: str, total_bytes: int | None = None) -> Iterator[bytes]:
    """Yields the chunks, and shows a progress bar on stderr with bytes and rate."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=side_console()) as bar:
        task = bar.add_task(name, total=total_bytes)
        for chunk in chunks:
            bar.advance(task, len(chunk))
            yield chunk


def share(value: float) -> str:
    """A share as a percentage.

    >>> share(0.925)
    '92.5%'
    """
    return f"{value:.1%}"


CONTENT_UNREADABLE = "CONTENT_UNREADABLE"
"""The reason that a server gives for contents that it cannot read."""

# So many with the same fault are named one by one.
_NAMED = 3
# What differs between messages of one kind: numbers, and what stands in quotes.
_PARTICULARS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")


def reason_of(reason: str) -> Reason:
    """Why an item is left out that a server refused, by the reason that the server gives."""
    return Reason.UNREADABLE if reason == CONTENT_UNREADABLE else Reason.REFUSED


def say_left_out(items: Iterable[Unreadable], notes: Iterable[str] = ()) -> None:
    """Writes notes, then names items that were left out, on stderr; of many with the same fault the first."""
    say_notes(notes)
    for same in _by_fault(items):
        if len(same) <= _NAMED:
            for item in same:
                complain(f"left out {item.line}")
        else:
            complain(f"left out {len(same)} items: {same[0].message} (first: {same[0].place})")


def say_notes(notes: Iterable[str]) -> None:
    """Writes what a reader took otherwise than it is written, on stderr."""
    for note in notes:
        complain(f"note: {note}")


def _by_fault(items: Iterable[Unreadable]) -> list[list[Unreadable]]:
    kinds: dict[str, list[Unreadable]] = {}
    for item in items:
        kinds.setdefault(_PARTICULARS.sub("#", item.message), []).append(item)
    return list(kinds.values())
