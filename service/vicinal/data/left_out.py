"""What a reader leaves out, and why: counted, with the names of the first few."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

FIRST_NAMES = 3
"""How many names are given for each reason."""

_SHOWN_SUFFIXES = 5


class Reason(StrEnum):
    """Why a file, a folder or a row is left out."""

    NO_IMAGE = "no_image"
    NO_TEXT = "no_text"
    OTHER_KIND = "other_kind"
    IN_FOLDER = "in_folder"
    NOT_NAMED = "not_named"
    HIDDEN = "hidden"
    NO_FILE = "no_file"
    SAME_FOLDER = "same_folder"
    TABLE = "table"
    ROW_WITHOUT_FILE = "row_without_file"
    NEEDS_PACKAGE = "needs_package"
    BAD_NAME = "bad_name"
    UNREADABLE = "unreadable"
    UNLABELLED = "unlabelled"
    REFUSED = "refused"


# After a number: of one, of several.
_WORDS = {
    Reason.NO_IMAGE: ("no image", "no images"),
    Reason.NO_TEXT: ("no text file", "no text files"),
    Reason.OTHER_KIND: ("file of another kind", "files of other kinds"),
    Reason.IN_FOLDER: ("folder that was not looked into", "folders that were not looked into"),
    Reason.NOT_NAMED: ("file that the manifest does not name", "files that the manifest does not name"),
    Reason.HIDDEN: ("hidden", "hidden"),
    Reason.NO_FILE: ("neither file nor folder", "neither files nor folders"),
    Reason.SAME_FOLDER: ("folder that is there already", "folders that are there already"),
    Reason.TABLE: ("table that was not read", "tables that were not read"),
    Reason.ROW_WITHOUT_FILE: ("row without a file", "rows without a file"),
    Reason.NEEDS_PACKAGE: ("image that needs a package", "images that need a package"),
    Reason.BAD_NAME: ("with a name that cannot be an id", "with names that cannot be ids"),
    Reason.UNREADABLE: ("could not be read", "could not be read"),
    Reason.UNLABELLED: ("without a label", "without a label"),
    Reason.REFUSED: ("refused", "refused"),
}


@dataclass(frozen=True)
class Unreadable:
    """An item that was left out, though it was asked for: the command ends with exit code 1.

    Attributes:
        name: its id, or the file's name, or "row 7" where the row does not say its id.
        message: why.
        file: that it is a row of; empty where it is none.
        row: as a person counts rows in that file.
        reason: why, for programs.
    """

    name: str
    message: str
    file: str = ""
    row: int | None = None
    reason: Reason = Reason.UNREADABLE

    @property
    def line(self) -> str:
        """The item and what is wrong with it."""
        if self.row is None:
            return f"{self.name}: {self.message}"
        if self._is_unnamed:
            return f"{self.name} of {self.file}: {self.message}"
        return f"{self.name}: {self.message} (row {self.row} of {self.file})"

    @property
    def place(self) -> str:
        """Where a person finds the item, in few words."""
        if self.row is None:
            return repr(self.name)
        named = self.name if self._is_unnamed else f"row {self.row} {self.name!r}"
        return f"{named} of {self.file}"

    @property
    def _is_unnamed(self) -> bool:
        return self.name == f"row {self.row}"


@dataclass(frozen=True)
class LeftOutCount:
    """How many were left out for one reason.

    Attributes:
        reason: why.
        count: how many.
        first: names of the first few.
        suffixes: how many of each suffix in small letters, of files that are no images or of another kind;
            the most frequent first.
    """

    reason: Reason
    count: int
    first: Sequence[str]
    suffixes: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        words = f"{self.count} {_WORDS[self.reason][self.count != 1]}"
        kinds = list(self.suffixes.items())
        named = [f"{suffix or 'no suffix'} {count}" for suffix, count in kinds[:_SHOWN_SUFFIXES]]
        if len(kinds) > _SHOWN_SUFFIXES:
            named.append(f"other {sum(count for _, count in kinds[_SHOWN_SUFFIXES:])}")
        parts = [", ".join(named)] if named else []
        parts += [f"first: {self.first[0]}"] if self.first else []
        return f"{words} ({'; '.join(parts)})"


@dataclass
class LeftOut:
    """What a reader left out so far; grows while it reads.

    Attributes:
        failures: items that were asked for and cannot be had, each with its reason.
        notes: sentences that a reader should know, such as how to get at what is in an archive.
        first_of_suffix: the first name of each suffix that was counted.
    """

    failures: list[Unreadable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first_of_suffix: dict[str, str] = field(default_factory=dict)
    _counts: Counter[Reason] = field(default_factory=Counter)
    _suffixes: dict[Reason, Counter[str]] = field(default_factory=dict)
    _first: dict[Reason, list[str]] = field(default_factory=dict)

    def pass_over(self, reason: Reason, name: str, suffix: str | None = None) -> None:
        """Counts what is no item, such as a hidden file: the exit code stays 0.

        Args:
            reason: why.
            name: that can be printed.
            suffix: to count by; None where suffixes say nothing.
        """
        self._counts[reason] += 1
        if suffix is not None:
            self._suffixes.setdefault(reason, Counter())[suffix] += 1
            self.first_of_suffix.setdefault(suffix, name)
        first = self._first.setdefault(reason, [])
        if len(first) < FIRST_NAMES:
            first.append(name)

    def fail(self, name: str, message: str, reason: Reason = Reason.UNREADABLE) -> None:
        """Notes an item that was asked for and cannot be had."""
        self.failures.append(Unreadable(name, message, reason=reason))

    def note(self, sentence: str) -> None:
        """Notes what a reader should know, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def add(self, other: "LeftOut") -> None:
        """Takes in what another reader left out."""
        self.failures += other.failures
        for sentence in other.notes:
            self.note(sentence)
        self.first_of_suffix = other.first_of_suffix | self.first_of_suffix
        self._counts += other._counts
        for reason, suffixes in other._suffixes.items():
            self._suffixes.setdefault(reason, Counter()).update(suffixes)
        for reason, names in other._first.items():
            mine = self._first.setdefault(reason, [])
            mine += names[: FIRST_NAMES - len(mine)]

    def counts(self, failures: Iterable[Unreadable] | None = None) -> list[LeftOutCount]:
        """How many were left out for each reason, in the order of `Reason`.

        Args:
            failures: in place of `self.failures`, such as those with what a server refused.
        """
        failed = list(self.failures if failures is None else failures)
        counts = []
        for reason in Reason:
            names = [*self._first.get(reason, ()), *(each.name for each in failed if each.reason is reason)]
            count = self._counts[reason] + sum(each.reason is reason for each in failed)
            suffixes = dict(self._suffixes.get(reason, Counter()).most_common())
            if count:
                counts.append(LeftOutCount(reason, count, names[:FIRST_NAMES], suffixes))
        return counts


def describe(counts: Sequence[LeftOutCount]) -> str:
    """What was left out, in words.

    >>> describe([LeftOutCount(Reason.NO_IMAGE, 2, ["a.txt", "b.txt"], {".txt": 2})])
    'left out 2: 2 no images (.txt 2; first: a.txt)'
    >>> describe([])
    'left out 0'
    """
    total = sum(each.count for each in counts)
    return f"left out {total}{': ' if counts else ''}{', '.join(map(str, counts))}"
