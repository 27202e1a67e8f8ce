"""Failures of commands: one line on stderr, and the exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from vicinal.client import UnauthenticatedError, UnavailableError, VicinalClientError
from vicinal.core.errors import VicinalError
from vicinal.data.tables.values import printable

# Reasons that gRPC itself gives, when no service took the request.
UNREACHED = frozenset({"UNAVAILABLE"})
# What numba says where neither the package's folder nor the user's cache can be written.
NOWHERE_TO_COMPILE = "no locator available"


class Failure(Exception):
    """A command cannot do what it was asked; the message says why and what to do."""


class Commands(TyperGroup):
    """A group of commands that reports failures in one line instead of a traceback, with exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (Failure, VicinalClientError, VicinalError) as error:
            report_failure(error)
            raise typer.Exit(1) from error
        except RuntimeError as error:
            if NOWHERE_TO_COMPILE not in str(error):
                raise
            report_failure(Failure(_KEEP_COMPILED))
            raise typer.Exit(1) from error


_NEEDS_TLS = "; if it speaks TLS, give --root-certificate, and --client-certificate where it asks for one"
_KEEP_COMPILED = (
    "compiled code can be kept neither by the package nor in this user's cache; set NUMBA_CACHE_DIR to a "
    "folder that this user alone can write"
)


def report_failure(error: Exception) -> None:
    """Writes a failure as one line on stderr."""
    print(f"vicinal: {printable(' '.join(explain_failure(error).split()))}", file=sys.stderr)


def explain_failure(error: Exception) -> str:
    """What went wrong, with every wrong field, and what to do where the command line knows better."""
    if isinstance(error, UnavailableError) and error.reason in UNREACHED:
        tls = "" if "refused" in str(error) else _NEEDS_TLS
        return f"no server answers: start one with `vicinal serve`, or name it with --target{tls} ({error})"
    if isinstance(error, UnauthenticatedError):
        return f"{error} (here: --key, or better VICINAL_KEY)"
    violations = getattr(error, "violations", ())
    if len(violations) > 1:
        return "; ".join(f"{wrong.field}: {wrong.description}" for wrong in violations)
    return str(error)


@contextmanager
def reading() -> Iterator[None]:
    """What a reader of files refuses, as a failure of the command.

    Raises:
        Failure: a package that reads such files is not installed, or the file is not as it should be.
    """
    try:
        with extra_needed("evaluation"):
            yield
    except VicinalError as error:
        raise Failure(str(error)) from error


@contextmanager
def extra_needed(extra: str) -> Iterator[None]:
    """Turns a missing package into the advice to install the extra that brings it.

    Raises:
        Failure: a package of that extra is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise Failure(
            f"this needs the package {error.name!r}: install Vicinal with its {extra!r} extra, "
            f"such as pip install 'vicinal[{extra}]'"
        ) from error
