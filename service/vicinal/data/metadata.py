"""Which columns of a table become metadata of its items: those that a server takes."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from vicinal.core.field_rules import (
    CONTROL_CHARACTER,
    MAX_METADATA_BYTES,
    MAX_METADATA_ENTRIES,
    MAX_NAME_CHARACTERS,
)
from vicinal.data.rows import Table
from vicinal.data.tables import has_no_name
from vicinal.data.values import ValueFault, as_text, printable

_NAMED, _SHOWN_CHARACTERS = 5, 40


class MetadataColumns:
    """The columns that are kept with each item.

    Every row has to be looked at before the first is taken, so that all of them keep the same columns.

    Args:
        table: whose columns they are.
        taken: columns that are the item itself.
        chosen: columns to keep; none keeps what there is.
    """

    def __init__(self, table: Table, taken: Collection[str], chosen: Collection[str] = ()) -> None:
        self._taken = frozenset(taken)
        self._chosen = frozenset(chosen)
        self._left_out: dict[str, str] = {}
        self._known: dict[str, bool] = {}
        self._has_all_names = table.has_all_names
        self._kept: tuple[str, ...] | None = None
        for name in table.names:
            self._keeps(name)
        for name in table.repeated - self._taken:
            self._leave_out(name, "several columns have this name")

    def look_at(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Sees to it that the row's metadata are no more than a server takes; returns them.

        Raises:
            ValueFault: a value cannot be written as UTF-8; names the column.
        """
        kept = self.of(values)
        if len(kept) > MAX_METADATA_ENTRIES:
            for name in list(kept)[MAX_METADATA_ENTRIES:]:
                self._leave_out(name, f"more than {MAX_METADATA_ENTRIES} columns")
                del kept[name]
        # No character is longer than four bytes, so that most rows need not be encoded.
        if 4 * (sum(map(len, kept)) + sum(map(len, kept.values()))) > MAX_METADATA_BYTES:
            self._shorten(kept)
        return kept

    def _shorten(self, kept: dict[str, str]) -> None:
        sizes = {name: len(name.encode()) + len(text.encode()) for name, text in kept.items()}
        while sum(sizes.values()) > MAX_METADATA_BYTES:
            longest = max(sizes, key=sizes.__getitem__)
            self._leave_out(longest, f"with it a row has more than {MAX_METADATA_BYTES // 1024} KiB")
            del sizes[longest], kept[longest]

    def of(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The metadata of a row.

        Raises:
            ValueFault: as for `look_at`.
        """
        if self._kept is None:
            kept = tuple(name for name in values if self._keeps(name))
            self._kept = kept if self._has_all_names else None
        else:
            kept = self._kept
        return {
            name: value if type(value := values[name]) is str and value.isascii() else _text(name, value)
            for name in kept
        }

    @property
    def left_out_count(self) -> int:
        """Columns that are left out so far."""
        return len(self._left_out)

    def notes(self) -> list[str]:
        """A sentence on the columns that are left out; none where all are kept."""
        if not self._left_out:
            return []
        by_reason: dict[str, list[str]] = {}
        for name, why in self._left_out.items():
            by_reason.setdefault(why, []).append(name)
        told = "; ".join(f"{_shown(names)} ({why})" for why, names in by_reason.items())
        return [f"left out of the metadata: {told}; --metadata-column names the columns to keep"]

    def _keeps(self, name: str) -> bool:
        if name not in self._known:
            wanted = name not in self._taken and (not self._chosen or name in self._chosen)
            why = _cannot_be_kept(name) if wanted else ""
            self._known[name] = wanted and not why
            if why:
                self._left_out[name] = why
        return self._known[name]

    def _leave_out(self, name: str, why: str) -> None:
        if self._keeps(name):
            self._known[name] = False
            self._left_out[name] = why
            self._kept = None


def _cannot_be_kept(name: str) -> str:
    """Why a column's name is none for metadata; empty where it is one."""
    if has_no_name(name):
        return "no name of its own"
    if len(name) > MAX_NAME_CHARACTERS:
        return f"a name of more than {MAX_NAME_CHARACTERS} characters"
    if CONTROL_CHARACTER.search(name):
        return "a control character in the name"
    return "" if name == printable(name) else "a name that is not UTF-8"


def _text(name: str, value: object) -> str:
    try:
        return as_text(value)
    except ValueFault as error:
        raise ValueFault(f"column {name!r}: {error}") from error


def _shown(names: Iterable[str]) -> str:
    held = [printable(name) for name in names]
    short = [name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}..." for name in held]
    more = f" and {len(held) - _NAMED} more" if len(held) > _NAMED else ""
    return ", ".join(map(repr, short[:_NAMED])) + more
