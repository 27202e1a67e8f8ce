"""The `vicinal` command: the list of all commands, by purpose. Each command's code is in its module."""

import sys

try:
    import rich  # noqa: F401
    import typer  # noqa: F401
except ModuleNotFoundError as missing:
    sys.exit(f"vicinal: the command needs {missing.name}; install Vicinal as 'vicinal[service]'")

from vicinal.cli.commands.add import add
from vicinal.cli.commands.advise import advise
from vicinal.cli.commands.annotators import annotator_commands
from vicinal.cli.commands.classify import classify
from vicinal.cli.commands.curve import curve
from vicinal.cli.commands.dedupe.command import dedupe
from vicinal.cli.commands.demo.command import demo
from vicinal.cli.commands.duplicates import duplicate_commands
from vicinal.cli.commands.embed import embed
from vicinal.cli.commands.examples import example_commands
from vicinal.cli.commands.export import export
from vicinal.cli.commands.filtered import filtered
from vicinal.cli.commands.items import restore_items, skip
from vicinal.cli.commands.keys import key_commands
from vicinal.cli.commands.label import label
from vicinal.cli.commands.pool import pool_commands
from vicinal.cli.commands.probe import probe
from vicinal.cli.commands.pull import pull
from vicinal.cli.commands.push import push
from vicinal.cli.commands.score import score
from vicinal.cli.commands.serve import serve
from vicinal.cli.commands.simulate import simulate
from vicinal.cli.commands.snapshot import import_pool, snapshot_commands
from vicinal.cli.commands.status import status
from vicinal.cli.commands.suggest import suggest
from vicinal.cli.registration import build_app

app = build_app(
    "Suggests the next item to label from a pool of images or texts, and learns from each label at once.",
    {
        "Label": (suggest, label, skip, restore_items, filtered, annotator_commands),
        "Pools and items": (pool_commands, add, example_commands, duplicate_commands),
        "Predict and measure": (classify, curve, advise, simulate, demo),
        "Move data": (export, import_pool, snapshot_commands, push, pull),
        "Work without a server": (embed, score, dedupe),
        "Server": (serve, status, probe, key_commands),
    },
)


def run() -> None:
    """Runs the command line; the entry point of `vicinal`."""
    app()


if __name__ == "__main__":
    run()
