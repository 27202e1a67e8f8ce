"""Arguments and options that several commands share, and how a server is reached."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from vicinal.client import Client, Tls

_ENDS_OPTIONS = "--"
# What arguments are called that may begin with two dashes.
_NAMES = frozenset({"ITEM", "EXAMPLE", "LABEL"})
_HINT = "; an id or a label that begins with two dashes goes after a lone --, and all that follows with it"


class Command(TyperCommand):
    """A command whose arguments may begin with a dash.

    Options have two dashes, but for `-h`. So a word with one dash that is none of them is an argument.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses words as any command does."""
        try:
            return super().parse_args(ctx, arguments_last(args, self._values_of(ctx)))
        except Exception as error:
            # The class has several homes, by the version of Typer.
            is_of_options = type(error).__name__ == "NoSuchOption" and hasattr(error, "message")
            if is_of_options and self._takes_names(ctx):
                vars(error)["message"] += _HINT
            raise

    def _takes_names(self, ctx: Any) -> bool:
        """Whether one of its arguments is an id of an item or an example, or a label."""
        shown = (each.metavar or "" for each in self.get_params(ctx) if each.param_type_name == "argument")
        return any(metavar.removesuffix("...") in _NAMES for metavar in shown)

    def _values_of(self, ctx: Any) -> dict[str, int]:
        """How many words each option takes after its name."""
        options = [each for each in self.get_params(ctx) if each.param_type_name == "option"]
        return {
            name: 0 if getattr(option, "is_flag", False) else option.nargs
            for option in options
            for name in (*option.opts, *option.secondary_opts)
        }


def arguments_last(words: Sequence[str], values_of: Mapping[str, int]) -> list[str]:
    """The same words, with arguments after a lone -- where one of them begins with a dash.

    Args:
        words: of the command, as they were given.
        values_of: how many words each option takes after its name.

    >>> arguments_last(["pool", "i1", "-1", "--annotator", "-ana"], {"--annotator": 1})
    ['--annotator', '-ana', '--', 'pool', 'i1', '-1']
    """
    options, arguments, is_dashed = list[str](), list[str](), False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == _ENDS_OPTIONS:
            arguments += rest
            break
        if word in values_of or word.startswith("--"):
            taken = values_of.get(word, 0)
            options += [word, *rest[:taken]]
            rest = rest[taken:]
        else:
            is_dashed = is_dashed or (word.startswith("-") and len(word) > 1)
            arguments.append(word)
    return [*options, _ENDS_OPTIONS, *arguments] if is_dashed else list(words)


# Loading a model at its first use takes longer than any call after it.
TIMEOUT_SECONDS = 300.0

PoolArgument = Annotated[str, typer.Argument(metavar="POOL", help="Id of the pool.")]
TargetOption = Annotated[
    str,
    typer.Option("--target", envvar="VICINAL_TARGET", metavar="HOST:PORT", help="Address of the server."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
AnnotatorOption = Annotated[
    str,
    typer.Option(
        "--annotator", envvar="VICINAL_ANNOTATOR", help="Name of the annotator, stored in the label log."
    ),
]
LeaseOption = Annotated[
    str,
    typer.Option("--lease", metavar="LEASE", help="The items' lease. Default: the annotator's own leases."),
]
StrategyOption = Annotated[
    str, typer.Option("--strategy", help="Name of the strategy, such as default, classic, random.")
]
FingerprintOption = Annotated[
    str,
    typer.Option(
        "--fingerprint",
        metavar="DIGEST",
        help="Digest of the model that made the vectors, if the pool has a featurizer.",
    ),
]
TextColumnOption = Annotated[str, typer.Option("--text-column", help="Column or field of the text.")]
IdColumnOption = Annotated[
    str,
    typer.Option(
        "--id-column",
        help="Column or field of the id. Default: id or item_id if present, else the row number.",
    ),
]
MetadataColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata-column",
        help="Column to store with the items; repeat it. Default: all that the server accepts.",
    ),
]
ClassFromOption = Annotated[
    str,
    typer.Option(
        "--class-from",
        metavar="top|folder|N|REGEX",
        help="Which folder is a file's class: the topmost, the one that holds it, the Nth from the top, or "
        "what an expression finds in its path. Default: the topmost that is no split such as train or val.",
    ),
]

DEFAULT_TARGET = "localhost:50051"


@dataclass(frozen=True)
class ConnectionOptions:
    """How a command connects to its server, apart from the address.

    Attributes:
        tls: None in the clear.
        key: empty for none.
    """

    tls: Tls | None = None
    key: str = ""


IN_THE_CLEAR = ConnectionOptions()
_connection_options: ContextVar[ConnectionOptions] = ContextVar("connection_options", default=IN_THE_CLEAR)


def set_connection_options(options: ConnectionOptions) -> None:
    """Stores the connection options of the running command."""
    _connection_options.set(options)


def connect(target: str) -> Client:
    """Makes a client of the server at `target`, with the connection options of the running command."""
    options = _connection_options.get()
    return Client(target, timeout_seconds=TIMEOUT_SECONDS, retries=2, key=options.key, tls=options.tls)


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
        help="API key. Other users of this machine can see a flag, so prefer the environment variable.",
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
        set_connection_options(ConnectionOptions(Tls(*files) if by_tls else None, key))
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
