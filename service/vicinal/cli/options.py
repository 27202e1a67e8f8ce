"""Arguments and options that several commands share."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated

import typer

from vicinal.client import Client, Tls

# Loading a model at its first use takes longer than any call after it.
TIMEOUT_SECONDS = 300.0

PoolArgument = Annotated[str, typer.Argument(metavar="POOL", help="Id of the pool.")]
TargetOption = Annotated[
    str,
    typer.Option("--target", envvar="VICINAL_TARGET", metavar="HOST:PORT", help="Where the server is."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
AnnotatorOption = Annotated[
    str, typer.Option("--annotator", envvar="VICINAL_ANNOTATOR", help="Who labels; kept in the log.")
]
LeaseOption = Annotated[
    str,
    typer.Option("--lease", metavar="LEASE", help="The items' lease. Default: the annotator's own leases."),
]
StrategyOption = Annotated[
    str, typer.Option("--strategy", help="How items are picked, such as default, classic, random.")
]
FingerprintOption = Annotated[
    str,
    typer.Option(
        "--fingerprint", metavar="DIGEST", help="What vectors were made with, if the pool has a featurizer."
    ),
]
TextColumnOption = Annotated[str, typer.Option("--text-column", help="Column or field that holds the text.")]
IdColumnOption = Annotated[
    str,
    typer.Option(
        "--id-column",
        help="Column or field that holds the id. Default: id or item_id if it is there, else row number.",
    ),
]
MetadataColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata-column",
        help="Column to keep with the items; may be repeated. Default: all that the server takes.",
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
class Approach:
    """What a command was told of how to reach its server, beside where it is.

    Attributes:
        tls: None in the clear.
        key: empty for none.
    """

    tls: Tls | None = None
    key: str = ""


IN_THE_CLEAR = Approach()
_approach: ContextVar[Approach] = ContextVar("approach", default=IN_THE_CLEAR)


def approach_is(approach: Approach) -> None:
    """Notes how the command that runs reaches its server."""
    _approach.set(approach)


def connect(target: str) -> Client:
    """A client of the server at `target`, reached as the command was told, patient while a model loads."""
    approach = _approach.get()
    return Client(target, timeout_seconds=TIMEOUT_SECONDS, retries=2, key=approach.key, tls=approach.tls)
