"""How a server is reached, beside where it is: TLS and key, as options of every command that has a target."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.arguments import Command
from vicinal.cli.options import Approach, TargetOption, approach_is
from vicinal.client import Tls

TlsOption = Annotated[
    bool,
    typer.Option("--tls", envvar="VICINAL_TLS", help="Connect by TLS; implied by the files below."),
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        envvar="VICINAL_ROOT_CERTIFICATE",
        help="PEM file of the authority that the server's certificate comes from.",
    ),
]
CertificateOption = Annotated[
    Path | None,
    typer.Option(envvar="VICINAL_CLIENT_CERTIFICATE", help="PEM file to show to a server that asks for one."),
]
CertificateKeyOption = Annotated[
    Path | None,
    typer.Option(envvar="VICINAL_CLIENT_KEY", help="PEM file of its private key."),
]
KeyOption = Annotated[
    str,
    typer.Option(
        envvar="VICINAL_KEY",
        metavar="KEY",
        help="API key; others on this machine see a flag, so the environment is the better place.",
    ),
]


class Typer(typer.Typer):
    """Typer, with the options of this module on each command that has a target, and arguments with a dash."""

    def command(self, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        """Adds a command, as Typer does."""
        kwargs.setdefault("cls", Command)
        register = super().command(*args, **kwargs)
        return lambda function: register(_reaching(function))


def _reaching(function: Callable[..., None]) -> Callable[..., None]:
    """The command with the options added; one without a target as it is."""
    signature = inspect.signature(function)
    target = signature.parameters.get("target")
    if target is None or target.annotation is not TargetOption:
        return function

    @functools.wraps(function)
    def command(
        *,
        tls: bool,
        root_certificate: Path | None,
        client_certificate: Path | None,
        client_key: Path | None,
        key: str,
        **given: Any,
    ) -> None:
        files = root_certificate, client_certificate, client_key
        by_tls = tls or any(file is not None for file in files)
        approach_is(Approach(Tls(*files) if by_tls else None, key))
        function(**given)

    added = [_option(name, kind, default) for name, kind, default in _OPTIONS]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *added]
    )
    command.__annotations__ = {**function.__annotations__, **{name: kind for name, kind, _ in _OPTIONS}}
    return command


_OPTIONS: list[tuple[str, Any, Any]] = [
    ("tls", TlsOption, False),
    ("root_certificate", RootOption, None),
    ("client_certificate", CertificateOption, None),
    ("client_key", CertificateKeyOption, None),
    ("key", KeyOption, ""),
]


def _option(name: str, kind: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
