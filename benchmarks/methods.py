"""Ways of choosing and voting that can be compared, and how they are written on a command line."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from types import MappingProxyType, ModuleType

import numba

from vicinal.core.scoring import strategies
from vicinal.evaluation import methods
from vicinal.evaluation.composition import NEIGHBOURS

# "random" votes by the nearest labels; these two are the default with other votes.
_VOTES_OF_DEFAULT = ("diffused", "direct")
_NEIGHBOURS = "neighbours"


@dataclass(frozen=True)
class Method(methods.Method):
    """What can be simulated, with what is changed about it while it is `in_force`.

    Attributes:
        neighbours: of each item in the pool's graph.
        changed: fields of the strategy, by name.
        constants: of modules, by dotted name.
    """

    neighbours: int = NEIGHBOURS
    changed: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)


def parse_method(text: str) -> Method:
    """Reads a method: one of the product's, "diffused" or "direct", then changes after commas.

    A change is a field of the strategy, a dotted constant, or the graph's number of neighbours.

    Raises:
        ValueError: a change is not of the form NAME=VALUE, or strategies have no such field.
        InvalidInput: no method has that name.

    >>> parse_method("default,neighbours=10,vicinal.core.votes.ridge_head.RIDGE=1").constants
    {'vicinal.core.votes.ridge_head.RIDGE': '1'}
    """
    name, *changes = text.split(",")
    for change in changes:
        if change.count("=") != 1:
            raise ValueError(f"{change!r} is no change; write NAME=VALUE")
    pairs = dict(change.split("=") for change in changes)
    asked = methods.parse_method(f"default/{name}" if name in _VOTES_OF_DEFAULT else name)
    known = {at.name for at in fields(strategies.Strategy)}
    constants = {key: value for key, value in pairs.items() if "." in key}
    changed = {key: value for key, value in pairs.items() if "." not in key and key != _NEIGHBOURS}
    if set(changed) - known:
        raise ValueError(f"strategies have no fields {sorted(set(changed) - known)}")
    neighbours = int(pairs.get(_NEIGHBOURS, NEIGHBOURS))
    return Method(text, asked.strategy, asked.vote_model, asked.baseline, neighbours, changed, constants)


@contextmanager
def in_force(method: Method) -> Iterator[None]:
    """Puts a method's changes into the running code, and takes them out again."""
    with ExitStack() as undo:
        if method.changed:
            base = strategies.STRATEGIES[method.strategy]
            values = {key: type(getattr(base, key))(value) for key, value in method.changed.items()}
            changed = {**strategies.STRATEGIES, method.strategy: replace(base, **values)}
            undo.enter_context(_patched(strategies, "STRATEGIES", MappingProxyType(changed)))
        modules = set()
        for dotted, value in method.constants.items():
            path, _, constant = dotted.rpartition(".")
            module = importlib.import_module(path)
            before = getattr(module, constant)
            undo.enter_context(_patched(module, constant, type(before)(value)))
            modules.add(module)
        for module in modules:
            undo.enter_context(_compiled_anew(module, tuple(method.constants.items())))
        yield


@contextmanager
def _patched(module: ModuleType, name: str, value: object) -> Iterator[None]:
    """Changes a module's constant there and wherever else it was imported."""
    before = getattr(module, name)
    holders = [
        at
        for path, at in list(sys.modules.items())
        if path.startswith("vicinal.") and getattr(at, name, None) is before
    ]
    try:
        for at in holders:
            setattr(at, name, value)
        yield
    finally:
        for at in holders:
            setattr(at, name, before)


@contextmanager
def _compiled_anew(module: ModuleType, constants: tuple[tuple[str, str], ...]) -> Iterator[None]:
    """Compiled functions hold the constants that they were compiled with."""
    compiled = {name: at for name, at in vars(module).items() if hasattr(at, "py_func")}
    try:
        for name, function in compiled.items():
            setattr(module, name, _compiled(function.py_func, constants))
        yield
    finally:
        for name, before in compiled.items():
            setattr(module, name, before)


@lru_cache
def _compiled(
    function: Callable[..., object], _constants: tuple[tuple[str, str], ...]
) -> Callable[..., object]:
    """Compiled at its first call, with the constants of that time; once for each choice of them."""
    compiled: Callable[..., object] = numba.njit(function)
    return compiled
