"""`vicinal pull`: a pool's labels as a file that jobs read."""

from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.options import DEFAULT_TARGET, JsonOption, PoolArgument, TargetOption, connect
from vicinal.cli.output import print_json, say


def pull(
    *,
    pool: PoolArgument,
    out: Annotated[Path, typer.Option(help="File to write: .parquet, .csv or .jsonl.")],
    with_copies: Annotated[
        bool, typer.Option("--with-copies", help="A line for each copy of a labelled item too.")
    ] = False,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Write the labels that stand, as a file with the columns id and label.

    It is what --labels of the commands that work without a server takes.
    """
    with extra_needed("jobs"):
        from vicinal import jobs  # noqa: PLC0415 - Arrow takes a while
        from vicinal.jobs.errors import VicinalError  # noqa: PLC0415
    with connect(target) as client:
        try:
            jobs.check_labels_name(out)
            events = client.export_labels(pool, with_copies=with_copies)
            count = jobs.write_labels(((event.item_id, event.label) for event in events), out)
        except VicinalError as error:
            raise Failure(str(error)) from error
    if json:
        print_json({"labels": count, "file": str(out)})
    else:
        say(f"{count} labels in {out}")
