"""`vicinal restore`: let items be suggested again."""

from typing import Annotated

import typer

from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    JsonOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, say


def restore_items(
    *,
    pool: PoolArgument,
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids of the items.")],
    annotator: AnnotatorOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Let items be suggested again: skipped and excluded ones, copies, and what is filtered; for good."""
    with connect(target) as client:
        restored = client.restore_items(pool, items, annotator=annotator)
    if json:
        print_json({"restored": restored})
    else:
        say(f"restored {restored}")
