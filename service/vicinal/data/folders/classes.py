"""Which folders are classes, and which are splits such as `train` and `val`."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from vicinal.core.errors import InvalidInput

_SPLITS = frozenset(
    {
        *("train", "training", "trainset", "val", "valid", "validation", "valset", "test", "testing"),
        *("testset", "dev", "eval", "evaluation", "holdout"),
    }
)
_NUMBERED_SPLIT = re.compile(r"(split|fold)[ _-]?(\d+|[a-z])?")
_SHOWN = 6

Parts = tuple[str, ...]

_NOT_DEEPER = "; those further down are not looked at (--class-from chooses others)"


@dataclass(frozen=True)
class FolderClasses:
    """How classes and splits follow from where a file lies.

    Attributes:
        split_level: of the folders that are splits, 0 for the topmost; None where there is none.
        class_level: of the folders that are classes, negative from the file up; None for none.
        pattern: that is searched for in paths in place of a level, whose first group is the class.
        note: what was found, in a sentence; empty where there is nothing to choose.
        ambiguous: why folders alone do not say what the classes are, and how to choose; empty where they do.
    """

    split_level: int | None = None
    class_level: int | None = 0
    pattern: re.Pattern[str] | None = None
    note: str = ""
    ambiguous: str = ""

    def label_of(self, item_id: str) -> str:
        """The class of a file by its path in the folder; empty where it has none. Accents become NFC."""
        if self.pattern is not None:
            found = self.pattern.search(item_id)
            return normalize("NFC", found[1 if self.pattern.groups else 0] or "") if found else ""
        return _part(parents_of(item_id), self.class_level)

    def split_of(self, item_id: str) -> str:
        """The split of a file; empty where it is in none."""
        return _part(parents_of(item_id), self.split_level)


def parents_of(item_id: str) -> Parts:
    """The folders that a file lies in, from the top.

    >>> parents_of("train/cat/1.jpg")
    ('train', 'cat')
    """
    return tuple(item_id.split("/")[:-1])


def is_split_name(name: str) -> bool:
    """Whether folders of this name usually hold a split of a data set.

    >>> is_split_name("Train"), is_split_name("fold_3"), is_split_name("cat")
    (True, True, False)
    """
    return name.lower() in _SPLITS or _NUMBERED_SPLIT.fullmatch(name.lower()) is not None


def choose_classes(item_ids: Iterable[str], class_from: str = "") -> FolderClasses:
    """Finds out which folders are classes.

    Folders that are splits by their names are no classes: those below them are, or those above. They are
    recognised where all folders of that level have such names, or where the same folders lie in each of them.
    Otherwise the topmost folders are the classes.

    Args:
        item_ids: paths of all files in the folder.
        class_from: "top" for the topmost folder, "folder" for the one that holds the file, "1", "2", ... for
            the first, second, ... from the top, else a regular expression that is searched for in paths,
            whose first group, or else whole match, is the class; empty finds out.

    Raises:
        InvalidInput: `class_from` is no expression, or matches nothing.
    """
    ids = list(item_ids)
    parents = {parents_of(item_id) for item_id in ids} - {()}
    if class_from:
        return _as_asked(class_from, ids, parents)
    split = _split_level(parents)
    if split is None:
        return _topmost(parents)
    level = 1 - split
    if split == 0:
        level = _first_level_with_several(parents, level)
    classes = _names(parents, level)
    splits = _shown(_names(parents, split))
    if not classes:
        advice = "; --class-from top takes them as classes"
        return FolderClasses(
            split, None, note=f"folders {splits} are taken as splits, not as classes{advice}"
        )
    found = f"folders {splits} are taken as splits; classes are the folders "
    found += f"{'below' if level else 'above'} them: {_shown(classes)}"
    below = {each[level + 1 :] for each in parents if len(each) > max(level, split) + 1}
    return FolderClasses(split, level, note=found + (_NOT_DEEPER if below else ""))


def _first_level_with_several(parents: Collection[Parts], level: int) -> int:
    """The level at or below this one that has several folders; this one where there is none.

    `train/images/cat` and `train/images/dog` have one folder between the split and the classes.
    """
    at = level
    while len(_names(parents, at)) == 1 and all(len(each) > at + 1 for each in parents):
        at += 1
    return at if len(_names(parents, at)) > 1 else level


def _as_asked(class_from: str, ids: list[str], parents: Collection[Parts]) -> FolderClasses:
    levels = {"top": 0, "folder": -1}
    if class_from.isdecimal() and int(class_from) > 0:
        levels[class_from] = int(class_from) - 1
    split = _split_level(parents)
    if class_from in levels:
        level = levels[class_from]
        chosen = FolderClasses(None if level == split else split, level)
    else:
        try:
            chosen = FolderClasses(split, None, re.compile(class_from))
        except re.error as error:
            raise InvalidInput.at(
                "--class-from",
                f"{class_from!r} is neither top, folder nor a number from 1, and no expression: {error}",
            ) from error
    if ids and not any(map(chosen.label_of, ids)):
        raise InvalidInput.at(
            "--class-from", f"{class_from!r} names no class for any file, such as {ids[0]!r}"
        )
    return chosen


def _split_level(parents: Collection[Parts]) -> int | None:
    tops = _names(parents, 0)
    if not tops:
        return None
    if all(map(is_split_name, tops)):
        return 0
    below = _below(parents)
    if (
        any(map(is_split_name, tops))
        and len(set(map(frozenset, below.values()))) == 1
        and all(below.values())
    ):
        return 0
    seconds = _names(parents, 1)
    if seconds and all(map(is_split_name, seconds)):
        return 1
    return None


def _topmost(parents: Collection[Parts]) -> FolderClasses:
    tops, seconds = _names(parents, 0), _names(parents, 1)
    if not seconds:
        return FolderClasses()
    direct = {each[0] for each in parents if len(each) == 1}
    nested_splits = [top for top, names in _below(parents).items() if names and is_split_name(top)]
    if nested_splits or (not direct and len(seconds) > 1):
        some = "; ".join(f"{top}: {_shown(names)}" for top, names in list(_below(parents).items())[:3])
        why = (
            f"folders lie in folders ({some}), and either could be the classes; --class-from top takes "
            f"{_shown(tops)}, --class-from folder takes the folder that holds each file"
        )
        return FolderClasses(note=f"classes are the topmost folders: {why}", ambiguous=why)
    return FolderClasses(note=f"classes are the topmost folders: {_shown(tops)}{_NOT_DEEPER}")


def _below(parents: Collection[Parts]) -> Mapping[str, set[str]]:
    """For each topmost folder the folders in it; none where files lie in it directly."""
    below: dict[str, set[str]] = defaultdict(set)
    for each in sorted(parents):
        below[each[0]] |= set(each[1:2])
    return below


def _names(parents: Collection[Parts], level: int) -> list[str]:
    return sorted({each[level] for each in parents if len(each) > level})


def _part(parents: Parts, level: int | None) -> str:
    if level is None or not -len(parents) <= level < len(parents):
        return ""
    return normalize("NFC", parents[level])


def _shown(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:_SHOWN]) + (", ..." if len(ordered) > _SHOWN else "")
