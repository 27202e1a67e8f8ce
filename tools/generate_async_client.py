"""Generates the asynchronous client from the blocking one: `python tools/generate_async_client.py [--check]`.

`Connection` and the classes built on it become classes whose name begins with "Async". A method that waits
for the server becomes a coroutine, and a method that gives an Iterator gives an AsyncIterator. What else the
methods use (records, functions) stands once, in the modules of the blocking client, and is imported.
"""

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "clients/python/vicinal/client"
TARGET = SOURCE / "asynchronous"
RUFF = Path(sys.executable).parent / "ruff"
PACKAGE = "vicinal.client"
TRANSPORTS = {"Transport": "AsyncTransport"}
# Names of variables that hold the answers of a stream.
STREAMS = {"stream"}
DUNDERS = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
PHRASES = {
    "The client that waits for its answers.": "The client whose answers are awaited.",
    "A connection to a Vicinal service; use it in a `with` block. Threads may share it.": """\
`Client` for asyncio: the same methods, awaited; iterators are read with `async for`.

    Make it inside a running event loop and use it in an `async with` block. Items passed to
    `add_items` are read in the loop's thread, those passed to `import_items` in another.""",
}
PACKAGE_DOCSTRING = '"""The asynchronous client, by subject as the blocking one."""\n'


@dataclass(frozen=True)
class Module:
    """A module of the blocking client.

    Attributes:
        classes: those that are translated.
    """

    name: str
    source: str
    tree: ast.Module
    classes: list[ast.ClassDef]


@dataclass(frozen=True)
class Edit:
    """New text for the characters from `start` to `end` of a source, counted in bytes of UTF-8."""

    start: int
    end: int
    text: str


class Translation:
    """Translates modules, given all of them and the methods of the transport that are awaited."""

    def __init__(self, modules: list[Module], awaited_of_transport: set[str]) -> None:
        self._modules = modules
        self._awaited_of_transport = awaited_of_transport
        self._awaited_of_self = set[str]()
        self._home_of_class = {each.name: module.name for module in modules for each in module.classes}
        self._find_coroutines()

    def translate(self, module: Module) -> str:
        """The asynchronous module, not yet formatted."""
        starts = line_starts(module.source)
        edits = [edit for each in module.classes for edit in self._class_edits(each, starts)]
        text = apply(edits, module.source)
        classes = (each for each in ast.parse(text).body if is_async_class(each))
        body = "\n\n\n".join(ast.get_source_segment(text, each) or "" for each in classes)
        header = f"# Generated from {module.name}.py by tools/generate_async_client.py; do not edit.\n"
        docstring = f'"""{ast.get_docstring(module.tree)}"""\n\n'
        return replace_phrases(header + docstring + self._imports(module, body) + "\n\n\n" + body + "\n")

    def _find_coroutines(self) -> None:
        """Adds methods that wait, until none is left: one that calls a coroutine is one itself."""
        functions = [each for module in self._modules for node in module.classes for each in methods(node)]
        while True:
            found = {each.name for each in functions if self._waits(each) and not is_generator(each)}
            if found == self._awaited_of_self:
                return
            self._awaited_of_self = found

    def _waits(self, function: ast.FunctionDef) -> bool:
        return any(self._is_awaited(node) for node in own_nodes(function))

    def _is_awaited(self, node: ast.AST) -> bool:
        """Whether a node calls a coroutine of the connection or of its transport."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                return name in self._awaited_of_self
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="_transport"), attr=name)):
                return name in self._awaited_of_transport
        return False

    def _class_edits(self, node: ast.ClassDef, starts: list[int]) -> Iterator[Edit]:
        yield insertion(node, starts, "Async", shift=len("class "))
        for base in node.bases:
            yield insertion(base, starts, "Async")
        for function in methods(node):
            yield from self._method_edits(function, starts)

    def _method_edits(self, function: ast.FunctionDef, starts: list[int]) -> Iterator[Edit]:
        if self._waits(function) or function.name in DUNDERS:
            yield insertion(function, starts, "async ")
        if function.name in DUNDERS:
            start = position(function, starts) + len("def ")
            yield Edit(start, start + len(function.name), DUNDERS[function.name])
        if isinstance(function.returns, ast.Subscript) and ast.unparse(function.returns.value) == "Iterator":
            yield insertion(function.returns, starts, "Async")
        for node in own_nodes(function):
            yield from self._node_edits(node, starts)

    def _node_edits(self, node: ast.AST, starts: list[int]) -> Iterator[Edit]:
        match node:
            case ast.Call() if self._is_awaited(node):
                yield insertion(node, starts, "await ")
            case ast.For(iter=ast.Name(id=name)) if name in STREAMS:
                yield insertion(node, starts, "async ")
            case ast.Expr(value=ast.YieldFrom(value=rows)):
                loop = f"for row in {ast.unparse(rows)}:\n{' ' * (node.col_offset + 4)}yield row"
                yield Edit(position(node, starts), end_position(node, starts), loop)
            case ast.Name(id=name) if name in TRANSPORTS:
                yield Edit(position(node, starts), end_position(node, starts), TRANSPORTS[name])

    def _imports(self, module: Module, body: str) -> str:
        """The imports that the translated classes need, not yet sorted."""
        bindings = {
            **imported_names(module.tree),
            **{name: f"from {PACKAGE}.{module.name} import {name}" for name in defined_names(module.tree)},
            **{name: f"from {PACKAGE}.channel import {name}" for name in TRANSPORTS.values()},
            **{
                f"Async{name}": f"from {PACKAGE}.asynchronous.{home} import Async{name}"
                for name, home in self._home_of_class.items()
                if home != module.name
            },
            "AsyncIterator": "from collections.abc import AsyncIterator",
        }
        used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
        return "\n".join(sorted({bindings[name] for name in used & bindings.keys()}))


def read_modules() -> list[Module]:
    """The modules with classes that are built on `Connection`, and its own."""
    parsed = {path.stem: path.read_text() for path in sorted(SOURCE.glob("*.py"))}
    trees = {name: ast.parse(source) for name, source in parsed.items()}
    classes = [node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)]
    built = {"Connection"}
    while more := {each.name for each in classes if bases(each) & built} - built:
        built |= more
    modules = []
    for name, tree in trees.items():
        translated = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in built]
        if translated:
            modules.append(Module(name, parsed[name], tree, translated))
    return modules


def awaited_of_transport() -> set[str]:
    """Names of the coroutines of the asynchronous transport, which is written by hand."""
    (transport,) = (
        node
        for node in ast.parse((SOURCE / "channel.py").read_text()).body
        if isinstance(node, ast.ClassDef) and node.name in TRANSPORTS.values()
    )
    return {node.name for node in transport.body if isinstance(node, ast.AsyncFunctionDef)}


def bases(node: ast.ClassDef) -> set[str]:
    """Names of the classes that a class is built on."""
    return {base.id for base in node.bases if isinstance(base, ast.Name)}


def methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """The methods of a class."""
    return (each for each in node.body if isinstance(each, ast.FunctionDef))


def is_async_class(node: ast.stmt) -> bool:
    """Whether a statement is a class that was translated."""
    return isinstance(node, ast.ClassDef) and node.name.startswith("Async")


def is_generator(function: ast.FunctionDef) -> bool:
    """Whether a function yields."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))


def own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """All nodes in a function's body, but not those in functions inside it, which stay as they are."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        inner = ast.iter_child_nodes(node)
        waiting += (each for each in inner if not isinstance(each, ast.FunctionDef | ast.Lambda))


def imported_names(tree: ast.Module) -> dict[str, str]:
    """By each name that a module imports, the statement that imports it alone."""
    statements = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                shown = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
                origin = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
                statements[alias.asname or alias.name] = f"{origin}import {shown}"
    return statements


def defined_names(tree: ast.Module) -> Iterator[str]:
    """The names that a module defines itself."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def line_starts(source: str) -> list[int]:
    """The byte at which each line begins."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def position(node: ast.stmt | ast.expr, starts: list[int]) -> int:
    """The byte at which a node begins."""
    return starts[node.lineno - 1] + node.col_offset


def end_position(node: ast.stmt | ast.expr, starts: list[int]) -> int:
    """The byte after a node."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return starts[node.end_lineno - 1] + node.end_col_offset


def insertion(node: ast.stmt | ast.expr, starts: list[int], text: str, shift: int = 0) -> Edit:
    """Puts a text before a node, or `shift` bytes after its beginning."""
    start = position(node, starts) + shift
    return Edit(start, start, text)


def apply(edits: list[Edit], source: str) -> str:
    """The source with all edits made."""
    encoded = source.encode()
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        encoded = encoded[: edit.start] + edit.text.encode() + encoded[edit.end :]
    return encoded.decode()


def replace_phrases(text: str) -> str:
    """The text with what it says of the blocking client said of the asynchronous one."""
    for phrase, other in PHRASES.items():
        text = text.replace(phrase, other)
    return text


def format_source(text: str, path: Path) -> str:
    """The text with sorted imports, formatted as ruff would format it at that path."""
    for arguments in (["check", "--quiet", "--select", "I", "--fix"], ["format", "--quiet"]):
        command = [str(RUFF), *arguments, "--stdin-filename", str(path), "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


def generate() -> Mapping[Path, str]:
    """The text of each generated file."""
    modules = read_modules()
    missing = [each for each in PHRASES if not any(each in module.source for module in modules)]
    if missing:
        raise SystemExit(f"PHRASES in {Path(__file__).name} names what no docstring says any more: {missing}")
    translation = Translation(modules, awaited_of_transport())
    paths = {TARGET / f"{module.name}.py": module for module in modules}
    files = {path: format_source(translation.translate(module), path) for path, module in paths.items()}
    return {TARGET / "__init__.py": PACKAGE_DOCSTRING, **files}


def check() -> int:
    """Compares a fresh generation with what is committed; 1 if they differ."""
    files = generate()
    wrong = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    wrong += set(TARGET.glob("*.py")) - files.keys()
    for path in wrong:
        print(f"{path.name} is not what the blocking client gives: run python tools/generate_async_client.py")
    return 1 if wrong else 0


def write() -> None:
    """Writes the generated files, and removes those that are generated no more."""
    files = generate()
    TARGET.mkdir(exist_ok=True)
    for path in set(TARGET.glob("*.py")) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.write_text(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if they differ")
    if parser.parse_args().check:
        sys.exit(check())
    write()
