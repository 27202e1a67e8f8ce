"""Names: no retired word comes back, and each class has a name of its own."""

import ast
import io
import keyword
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from vicinal.cli.main import app

REPOSITORY = Path(__file__).parents[2]
SOURCES = ("service", "featurizers", "clients", "proto")

# Identifiers that have a retired word in another sense: the name, the path it may stand in, and the reason.
OTHER_SENSES = (
    (r"copy|copyto|copy_context|copy_rows|zero_copy_only", "", "Python's, numpy's and pyarrow's word"),
    (r"_?draw(_\w+)?|drawn", "service/vicinal/evaluation/", "pictures and curves are drawn"),
    (r"_?draw(_\w+)?", "service/vicinal/cli/commands/curve.py", "a curve is drawn"),
    (r"drawn", "service/vicinal/cli/", "progress is drawn on a terminal"),
    (r"isolation_level", "service/vicinal/storage/sqlite/", "SQL's word"),
)

# Classes that share their name with another one, and why.
SAME_NAMES: dict[str, str] = {}


@cache
def retired_words() -> dict[tuple[str, ...], str]:
    """Parts of names that are retired, with what to say instead, from the glossary."""
    text = (REPOSITORY / "docs/glossary.md").read_text()
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", text.partition("## Retired words")[2], re.MULTILINE)
    words = ((re.sub(r" \(.*?\)", "", retired), say) for retired, say in rows if retired != "retired")
    return {tuple(word.split("_")): say for retired, say in words for word in retired.split(", ")}


def parts_of(name: str) -> tuple[str, ...]:
    """The words of an identifier or a command.

    >>> parts_of("heldBack_OF-HTTPServer2")
    ('held', 'back', 'of', 'http', 'server')
    """
    return tuple(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def retired_in(name: str) -> str | None:
    """What to say instead of a name's retired word; None where it has none."""
    parts = parts_of(name)
    for words, say in retired_words().items():
        if any(parts[at : at + len(words)] == words for at in range(len(parts))):
            return f"{name}: instead of {'_'.join(words)!r} say {say}"
    return None


def names_in(path: Path) -> set[str]:
    text = path.read_text()
    if path.suffix == ".proto":
        return set(re.findall(r"[A-Za-z_]\w*", re.sub(r'//.*|"[^"]*"', "", text)))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME} - set(keyword.kwlist)


def source_files(*suffixes: str) -> Iterator[Path]:
    for source in SOURCES:
        for path in sorted((REPOSITORY / source).rglob("*")):
            if path.suffix in suffixes and "_pb2" not in path.name and "node_modules" not in path.parts:
                yield path


def is_meant_otherwise(name: str, path: str) -> bool:
    return any(re.fullmatch(names, name) and re.match(where, path) for names, where, _ in OTHER_SENSES)


def commands_of(command: Any, name: str) -> Iterator[str]:
    yield name
    yield from (option.name or "" for option in command.params)
    for inner_name, inner in getattr(command, "commands", {}).items():
        yield from commands_of(inner, inner_name)


def test_the_table_of_retired_words_is_read():
    assert retired_words()["held", "back"] == "filtered; filter decision"
    assert len(retired_words()) > 40


@pytest.mark.parametrize(
    "name", ["ItemCopies", "is_held_back", "HELD_BACK_KNOWN", "readmit", "DrawBook", "copies"]
)
def test_a_retired_word_is_found(name):
    assert retired_in(name)


@pytest.mark.parametrize(
    "name", ["holdout_share", "backup", "withdraw", "outdoors", "PoolConfig", "held", "known"]
)
def test_other_words_are_not(name):
    assert retired_in(name) is None


def test_no_identifier_has_a_retired_word():
    found = []
    for path in source_files(".py", ".proto"):
        place = path.relative_to(REPOSITORY).as_posix()
        faults = {name: retired_in(name) for name in names_in(path)}
        found += [
            f"{place}: {why}" for name, why in faults.items() if why and not is_meant_otherwise(name, place)
        ]
    assert sorted(found) == []


def test_no_command_has_a_retired_word():
    names = set(commands_of(get_command(app), "vicinal"))
    assert len(names) > 50
    assert [why for name in sorted(names) if (why := retired_in(name))] == []


def test_each_class_of_the_service_has_a_name_of_its_own():
    places = defaultdict(list)
    for path in source_files(".py"):
        place = path.relative_to(REPOSITORY).as_posix()
        if place.startswith("service/"):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(place)
    assert {name: where for name, where in places.items() if len(where) > 1 and name not in SAME_NAMES} == {}
