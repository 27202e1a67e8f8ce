"""Tests themselves: they use what is public, and each of them asserts something."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
NOT_PRIVATE = ("_asdict", "_replace", "_fields", "_make")
OF_SYSTEM = ("os._exit",)
CHECKS = ("assert_", "check_")
RULES = ("rule", "invariant", "initialize")
Test = ast.FunctionDef | ast.AsyncFunctionDef


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in NOT_PRIVATE


def is_own(value: ast.expr) -> bool:
    """Whether an attribute is of the object or class itself: `self`, `cls`, `super()`, `type(self)`."""
    if isinstance(value, ast.Call):
        return ast.unparse(value) in ("super()", "type(self)")
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def private_uses(tree: ast.Module) -> Iterator[str]:
    """Each private attribute of another object, and each private name of a module of this project."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, value=value) if is_private(name) and not is_own(value):
                if ast.unparse(node) not in OF_SYSTEM:
                    yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.ImportFrom(module=str(module), names=names) if is_of_the_project(module):
                for path in (f"{module}.{each.name}" for each in names):
                    if any(map(is_private, path.split("."))):
                        yield f"{node.lineno}: {path}"


def is_of_the_project(module: str) -> bool:
    return module.partition(".")[0] in ("vicinal", "benchmarks", "tests")


def names_of(function: ast.expr) -> tuple[str, str]:
    """A called function's name, and that of what it belongs to: `pytest.raises` is ("raises", "pytest")."""
    match function:
        case ast.Attribute(attr=name, value=owner):
            return name, ast.unparse(owner)
        case ast.Name(id=name):
            return name, ""
    return "", ""


def is_check(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name, owner = names_of(node.func)
    if name == "vicinal" and any(each.arg == "stderr" for each in node.keywords):
        return True  # the fixture checks what a command writes
    return name.startswith(CHECKS) or (owner == "pytest" and name in ("raises", "warns", "fail"))


def functions_of(tree: ast.AST) -> dict[str, Test]:
    """All functions and methods of a file, by name."""
    return {node.name: node for node in ast.walk(tree) if isinstance(node, Test)}


def asserts(test: Test, functions: dict[str, Test], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a test checks something, by itself or by functions of its file that it calls."""
    if any(is_check(node) for node in ast.walk(test)):
        return True
    called = {names_of(node.func)[0] for node in ast.walk(test) if isinstance(node, ast.Call)}
    more = (called & functions.keys()) - seen
    return any(asserts(functions[name], functions, seen | more) for name in more)


def each_test(tree: ast.Module) -> Iterator[Test]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from (each for each in node.body if isinstance(each, Test) and is_test(each))
        elif isinstance(node, Test) and is_test(node):
            yield node


def is_test(function: Test) -> bool:
    return function.name.startswith("test_")


def is_rule(function: Test) -> bool:
    decorators = (each.func if isinstance(each, ast.Call) else each for each in function.decorator_list)
    return any(names_of(each)[0] in RULES for each in decorators)


def unasserted(tree: ast.Module) -> Iterator[str]:
    """Tests, and state machines, that check nothing."""
    functions = functions_of(tree)
    for test in each_test(tree):
        if not asserts(test, functions):
            yield f"{test.lineno}: {test.name}"
    for machine in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        rules = [each for each in machine.body if isinstance(each, Test) and is_rule(each)]
        if rules and not any(asserts(each, functions) for each in rules):
            yield f"{machine.lineno}: {machine.name}"


@cache
def parsed() -> dict[str, ast.Module]:
    return {
        path.relative_to(TESTS).as_posix(): ast.parse(path.read_text())
        for path in sorted(TESTS.rglob("*.py"))
    }


def test_no_test_reaches_private_state():
    assert [f"{place}:{use}" for place, tree in parsed().items() for use in private_uses(tree)] == []


def test_every_test_asserts_something():
    trees = {place: tree for place, tree in parsed().items() if Path(place).name.startswith("test_")}
    found = [f"{place}:{name}" for place, tree in trees.items() for name in unasserted(tree)]
    assert found == []


def test_conftest_files_hold_fixtures_alone():
    """What several files import has its place in tests/support."""
    imports = [
        f"{place}:{node.lineno}: {node.module}"
        for place, tree in parsed().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("tests.")
        and not (node.module or "").startswith("tests.support.")
    ]
    classes = [
        f"{place}:{node.lineno}: {node.name}"
        for place, tree in parsed().items()
        if Path(place).name == "conftest.py"
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    ]
    assert imports + classes == []


@pytest.mark.parametrize(
    "source",
    [
        "session._state",
        "session.state._items.ids",
        "self.pool._x = 1",
        "from vicinal.cli.commands.add import _prepared",
        "from vicinal.core._fast import votes",
    ],
)
def test_a_private_use_is_found(source):
    assert len(list(private_uses(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "self._x + cls._y",
        "super()._report(1)",
        "point._replace(x=1)._asdict()",
        "item.__class__",
        "from collections import _tuplegetter",
    ],
)
def test_other_uses_are_not(source):
    assert list(private_uses(ast.parse(source))) == []


@pytest.mark.parametrize(
    "source",
    [
        "def test_it():\n    run()",
        "async def test_it():\n    await run()",
        "class TestIt:\n    def test_it(self):\n        run()",
        "def run():\n    act()\ndef test_it():\n    run()",
        "class Machine(RuleBasedStateMachine):\n    @rule(x=y)\n    def act(self):\n        run()",
    ],
)
def test_a_test_without_an_assertion_is_found(source):
    assert len(list(unasserted(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def test_it():\n    assert run()",
        "def test_it():\n    with pytest.raises(ValueError):\n        run()",
        "def test_it():\n    np.testing.assert_allclose(run(), 1)",
        "def test_it():\n    check_all(run())",
        "def test_it(vicinal):\n    vicinal('status', code=1, stderr='no such pool')",
        "def run():\n    assert act()\ndef test_it():\n    run()",
        "class Machine(RuleBasedStateMachine):\n    @rule()\n    def act(self):\n        run()\n"
        "    @invariant()\n    def whole(self):\n        assert self",
    ],
)
def test_a_test_with_one_is_not(source):
    assert list(unasserted(ast.parse(source))) == []
