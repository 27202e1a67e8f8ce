"""Draws who may import whom into ARCHITECTURE.md: `python tools/layers_picture.py [--check]`.

The picture is made of the import contracts in pyproject.toml, which `lint-imports` checks, so that the two
cannot differ.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
BLOCK = re.compile(r"(<!-- layers: .* -->\n).*?(<!-- end of layers -->)", re.DOTALL)
NAMESPACE = "vicinal."

# An import that a contract allows: a module or package, and what it imports.
Import = tuple[str, str]


@dataclass(frozen=True)
class Arrow:
    """An import that is allowed.

    Attributes:
        source: the part that imports.
        target: the part that is imported.
        modules: which modules it is allowed for, for people; empty where it is allowed for all.
    """

    source: str
    target: str
    modules: str = ""

    def line(self) -> str:
        """The arrow in Mermaid: dotted where it is for some modules alone."""
        if self.modules:
            return f'{self.source} -. "{self.modules}" .-> {self.target}'
        return f"{self.source} --> {self.target}"


def picture(linter: Mapping[str, Any]) -> str:
    """The picture as a block of Mermaid.

    Args:
        linter: the table `tool.importlinter` of pyproject.toml.
    """
    parts, contracts = linter["root_packages"], linter["contracts"]
    arrows = [arrow for pair in permutations(parts, 2) if (arrow := allowed_import(contracts, pair))]
    layers = layers_of(contracts, parts)
    groups = {name: group for layer in layers for name, group in groups_of(layer, arrows)}
    packages = packages_of(contracts, parts)
    lines = ["flowchart TD"]
    for layer in layers:
        lines += nodes_of(layer, groups, packages)
    lines += [arrow.line() for arrow in joined(arrows, groups)]
    return "\n".join(["```mermaid", lines[0], *(f"    {line}" for line in lines[1:]), "```", ""])


def allowed_import(contracts: Iterable[Mapping[str, Any]], pair: Import) -> Arrow | None:
    """The arrow from one part to another; None where the contracts forbid it."""
    exceptions: set[Import] = {pair}
    for contract in contracts:
        if is_forbidden(contract, pair):
            granted = set(exceptions_of(contract, pair))
            if pair not in granted:
                exceptions = granted if pair in exceptions else exceptions & granted
    if not exceptions:
        return None
    modules = "" if pair in exceptions else modules_of(pair, exceptions)
    return Arrow(short(pair[0]), short(pair[1]), modules)


def is_forbidden(contract: Mapping[str, Any], pair: Import) -> bool:
    """Whether a contract, without its exceptions, forbids that a part imports another."""
    source, target = pair
    if contract["type"] == "forbidden":
        return source in contract["source_modules"] and target in contract["forbidden_modules"]
    if contract["type"] == "protected":
        return target in contract["protected_modules"]
    if contract["type"] == "layers":
        heights = {name: row for row, layer in enumerate(contract["layers"]) for name in layer.split(" | ")}
        return source in heights and target in heights and heights[source] >= heights[target]
    raise ValueError(f"contract {contract['name']!r} is of type {contract['type']!r}, which is not drawn yet")


def exceptions_of(contract: Mapping[str, Any], pair: Import) -> Iterator[Import]:
    """The imports between two parts that a contract allows all the same."""
    ignored = [tuple(each.split(" -> ")) for each in contract.get("ignore_imports", [])]
    granted = [(importer, pair[1]) for importer in contract.get("allowed_importers", [])]
    for source, target in [*ignored, *granted]:
        one, other = (
            source.removesuffix(".**").removesuffix(".*"),
            target.removesuffix(".**").removesuffix(".*"),
        )
        if is_within(one, pair[0]) and is_within(other, pair[1]):
            yield one, other


def modules_of(pair: Import, exceptions: Iterable[Import]) -> str:
    """Which modules may import, and which may be imported, as a label."""
    importers, imported = (
        sorted({exception[end].removeprefix(f"{part}.") for exception in exceptions} - {part})
        for end, part in enumerate(pair)
    )
    by = [f"by {', '.join(importers)}"] if importers else []
    only = [f"only {',<br/>'.join(imported)}"] if imported else []
    return "<br/>".join([*by, *only])


def layers_of(contracts: Iterable[Mapping[str, Any]], parts: Sequence[str]) -> list[list[str]]:
    """The parts layer by layer, the top one first, then those that no contract puts into a layer."""
    layers = [
        list(map(short, layer.split(" | ")))
        for contract in contracts
        if contract["type"] == "layers"
        for layer in contract["layers"]
    ]
    placed = {name for layer in layers for name in layer}
    return [*layers, [name for name in map(short, parts) if name not in placed]]


def groups_of(layer: Sequence[str], arrows: Sequence[Arrow]) -> Iterator[tuple[str, list[str]]]:
    """The parts of a layer that may import the same, where they are several, by a name for each group."""

    def imports(name: str) -> list[Import]:
        return sorted((arrow.target, arrow.modules) for arrow in arrows if arrow.source == name)

    for _, same in groupby(sorted(layer, key=imports), key=imports):
        group = sorted(same, key=layer.index)
        if len(group) > 1:
            yield "_".join(group), group


def joined(arrows: Iterable[Arrow], groups: Mapping[str, Sequence[str]]) -> list[Arrow]:
    """The arrows, with one in place of those that begin or end at every part of a group."""
    result = list(arrows)
    for name, group in groups.items():
        from_group = [Arrow(name, each.target, each.modules) for each in result if each.source == group[0]]
        result = [each for each in result if each.source not in group] + from_group
        for arrow in [each for each in result if each.target == group[0]]:
            same = [Arrow(arrow.source, each, arrow.modules) for each in group]
            if set(same) <= set(result):
                result = [each for each in result if each not in same]
                result.append(Arrow(arrow.source, name, arrow.modules))
    return result


def nodes_of(
    layer: Sequence[str], groups: Mapping[str, Sequence[str]], packages: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """The lines that draw the parts of a layer, each with the packages of others that few may import."""
    texts = {name: "<br/>".join([f"<b>{name}</b>", *packages[name]]) for name in layer}
    nodes = {name: f'{name}["{text}"]' for name, text in texts.items()}
    for name, group in groups.items():
        if group[0] in nodes:
            yield f'subgraph {name}[" "]'
            yield from (f"    {nodes.pop(member)}" for member in group)
            yield "end"
    yield from nodes.values()


def packages_of(contracts: Iterable[Mapping[str, Any]], parts: Sequence[str]) -> dict[str, list[str]]:
    """By part, the packages from elsewhere that few parts may import."""
    packages: dict[str, list[str]] = {short(part): [] for part in parts}
    for contract in contracts:
        for package in contract.get("protected_modules", []):
            if package not in parts:
                for importer in contract["allowed_importers"]:
                    packages[next(short(part) for part in parts if is_within(importer, part))].append(package)
    return packages


def is_within(module: str, part: str) -> bool:
    """Whether a module is a part or lies in it."""
    return f"{module}.".startswith(f"{part}.")


def short(part: str) -> str:
    """A part's name without the namespace."""
    return part.removeprefix(NAMESPACE)


def written() -> str:
    """The page with the picture of today."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return BLOCK.sub(lambda marks: f"{marks[1]}\n{picture(linter)}\n{marks[2]}", PAGE.read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if they differ")
    if not parser.parse_args().check:
        PAGE.write_text(written())
    elif written() != PAGE.read_text():
        sys.exit(
            "ARCHITECTURE.md does not draw the import contracts of pyproject.toml as they are: "
            "run python tools/layers_picture.py"
        )
