"""Gives a client's methods the face of the functions that build their calls.

Each call is described once, by a function such as `labels.lease_batch` that checks its arguments and
builds the request. `Client` and `AsyncClient` differ only in how they carry a call out, so their
methods are made from these functions and have the same arguments, documentation and checks.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_args

F = TypeVar("F", bound=Callable[..., Any])

_SELF = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)


def described_by(build: Callable[..., object], gives: Any = None) -> Callable[[F], F]:
    """Decorates a method with the name, documentation and signature of `build`.

    Args:
        build: a function that returns a `Call[R]` or another shape of call.
        gives: generic type that the method returns R in (`Iterator`); None for R itself.
    """

    def decorate(method: F) -> F:
        signature = inspect.signature(build)
        result = get_args(signature.return_annotation)[0]
        method.__name__, method.__qualname__, method.__doc__ = build.__name__, build.__name__, build.__doc__
        shown = signature.replace(
            parameters=[_SELF, *signature.parameters.values()],
            return_annotation=result if gives is None else gives[result],
        )
        vars(method)["__signature__"] = shown
        return method

    return decorate
