"""Data whose labels are known, as people have them on disk: for simulations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.source import DataKind, Unreadable
from vicinal.data.left_out import LeftOut
from vicinal.data.tables import quoted

__all__ = ["DataKind", "Labelled", "groups_of"]

_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Labelled:
    """Items with what is known of them, row by row.

    Attributes:
        name: of the file or folder.
        holds: what the items are.
        ids: n names.
        classes: n labels, empty where there is none.
        contents: n image files or texts, read as they are taken, which may raise OSError; empty for vectors.
        vectors: (n, d), or None for images and texts.
        columns: more texts of each item, by column name, n each.
        groups_by_class: a group's name is to be taken together with its class.
        left_out: items that are named somewhere, but cannot be had.
        passed_over: what else was there and is no item, counted.
        notes: what was read otherwise than it is written, and what was found of classes, a sentence each.
    """

    name: str
    holds: DataKind
    ids: Sequence[str]
    classes: Sequence[str]
    contents: Sequence[bytes] | Sequence[str] = ()
    vectors: NDArray[Any] | None = None
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups_by_class: bool = False
    left_out: Sequence[Unreadable] = ()
    passed_over: LeftOut = field(default_factory=LeftOut)
    notes: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.ids)


def groups_of(data: Labelled, groups: str) -> list[str]:
    """The group of each item: items of one group are copies of one source.

    Args:
        data: the items.
        groups: a column, else a regular expression searched for in the ids, whose first group, or else whole
            match, names the item's group; empty makes each item its own group.

    Raises:
        Failure: no such column and no expression, or an item has no group by it.
    """
    if not groups:
        # An array of this name speaks for itself; other columns have to be named.
        return list(data.columns["groups"]) if "groups" in data.columns else list(data.ids)
    named = data.columns[groups] if groups in data.columns else _matches(data, groups)
    without = [data.ids[row] for row, name in enumerate(named) if not name and data.classes[row]]
    if without:
        shown = ", ".join(map(repr, without[:_SHOWN])) + (", ..." if len(without) > _SHOWN else "")
        raise Failure(f"--groups {groups!r}: {_described(data, groups)} {len(without)} items ({shown})")
    if not data.groups_by_class:
        return list(named)
    return [f"{label}/{name}" for label, name in zip(data.classes, named, strict=True)]


def _matches(data: Labelled, expression: str) -> list[str]:
    known = f"columns are: {quoted(data.columns)}"
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise Failure(f"--groups {expression!r} is no column ({known}) and no expression: {error}") from error
    found = [pattern.search(item_id) for item_id in data.ids]
    if not any(found):
        raise Failure(
            f"--groups {expression!r} is no column ({known}), and as an expression it matches none of the "
            f"{len(data)} ids, such as {data.ids[0]!r}"
        )
    return [(match[1 if pattern.groups else 0] or "") if match else "" for match in found]


def _described(data: Labelled, groups: str) -> str:
    return "the column is empty for" if groups in data.columns else "the expression names no group for"
