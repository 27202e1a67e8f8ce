"""Arguments and options that several commands share."""

from typing import Annotated

import typer

from vicinal.cli.reaching import current_approach
from vicinal.client import Client

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
TextColumnOption = Annotated[
    str, typer.Option("--text-column", help="Column (CSV) or field (JSONL) that holds the text.")
]
IdColumnOption = Annotated[
    str,
    typer.Option(
        "--id-column", help="Column or field that holds the id. Default: id if it is there, else row number."
    ),
]

DEFAULT_TARGET = "localhost:50051"


def connect(target: str) -> Client:
    """A client of the server at `target`, patient enough for a model to load."""
    approach = current_approach()
    return Client(target, timeout_seconds=TIMEOUT_SECONDS, retries=2, key=approach.key, tls=approach.tls)
