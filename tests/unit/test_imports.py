"""Modules import one another in one direction: there is no cycle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE_ROOTS = ("service", "featurizers", "clients/python", "proto")


def modules_of(root: Path) -> dict[str, Path]:
    """Python files below a folder by the names that they are imported by."""
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Names that a module imports when it is loaded: not in functions, and not for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (name for other in node.orelse for name in imported_names(ast.Module([other], [])))
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imported_names(node)


def import_graph(modules: dict[str, Path]) -> dict[str, set[str]]:
    """The modules that each module imports, of those given."""
    graph = {}
    for module, path in modules.items():
        names = set(imported_names(ast.parse(path.read_text())))
        owners = {name if name in modules else name.rpartition(".")[0] for name in names}
        graph[module] = {owner for owner in owners if owner in modules and owner != module}
    return graph


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one cycle in their order; none where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others():
    modules = {name: path for root in SOURCE_ROOTS for name, path in modules_of(REPOSITORY / root).items()}
    graph = import_graph(modules)
    assert "vicinal.core.records" in graph["vicinal.core.ports"]
    assert cycle_in(graph) == []


@pytest.mark.parametrize(
    ("text", "is_cycle"),
    [
        ("from a import x\n", True),
        ("import a\n", True),
        ("try:\n    import a\nexcept ImportError:\n    pass\n", True),
        ("def f():\n    import a\n", False),
        ("if TYPE_CHECKING:\n    import a\n", False),
    ],
)
def test_a_cycle_is_found(tmp_path, text, is_cycle):
    (tmp_path / "a.py").write_text("import b\n")
    (tmp_path / "b.py").write_text(text)
    assert bool(cycle_in(import_graph(modules_of(tmp_path)))) == is_cycle
