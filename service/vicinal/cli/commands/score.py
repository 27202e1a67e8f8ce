"""`vicinal score`: the numbers of every item of a pool on disk, and the next items to label."""

import json as json_format
from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.commands.scoring import (
    EngineOption,
    LabelsOption,
    MetricOption,
    OutFolderOption,
    RayOption,
    SeedOption,
    WorkersOption,
    describe_labels,
    prepared,
    report_passed_over,
    tell_left_out,
)
from vicinal.cli.options import JsonOption
from vicinal.cli.output import print_json, print_table, say, share

COLUMNS = [">place", "item", "looks like", ">uncertainty", ">density", ">diversity", ">score"]


def score(
    *,
    pool: Annotated[
        str,
        typer.Argument(
            metavar="POOL", help="Folder, glob or file of Parquet or numpy vectors, or an exported pool."
        ),
    ],
    labels: LabelsOption = None,
    out: OutFolderOption = None,
    strategy: Annotated[
        str, typer.Option("--strategy", help="How items are scored, such as default, classic, random.")
    ] = "default",
    batch: Annotated[int, typer.Option("--batch", help="How many items to choose for labelling.")] = 0,
    metric: MetricOption = "cosine",
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    engine: EngineOption = "local",
    ray_address: RayOption = "",
    json: JsonOption = False,
) -> None:
    """Score every item of a pool of vectors on disk, and choose what to label next.

    Per item: predicted class and probabilities, uncertainty, density, diversity, their
    CDF values, score and rank. The output is Parquet files in a folder that
    appears when all is done, with the batch as batch.json and batch.csv. Until
    then the same command goes on where it ended.

    With --labels - a pipe will do: vicinal export fruits | vicinal score ...
    What `vicinal export --all` wrote is a pool and its labels in one. A row that
    cannot be read is left out and named, and the exit code is 1.
    """
    with prepared(labels, out) as (job, given, folder, report):
        told = job.score(
            *(pool, given, folder),
            strategy=strategy,
            batch=batch,
            metric=metric,
            seed=seed,
            engine=engine,
            workers=workers,
            ray_address=ray_address,
            report=report,
        )
    if json:
        print_json(told)
    else:
        say(f"{told['items']} items scored by {told['strategy']} with {describe_labels(told)}: {folder}")
        report_passed_over(told)
        if told["batch"]:
            _show_batch(folder, told["batch_note"])
    tell_left_out(told)


def _show_batch(folder: Path, note: str) -> None:
    batch = json_format.loads((folder / "batch.json").read_text(encoding="utf-8"))
    say(f"to label next ({note}; see {folder / 'batch.csv'}):")
    print_table("", COLUMNS, [_row(item) for item in batch["items"]])


def _row(item: dict[str, Any]) -> list[str]:
    likeliest = f"{item['predicted']} ({share(item['probability'])})" if item["predicted"] else ""
    numbers = [f"{item[name]:.3f}" for name in ("uncertainty", "density", "diversity", "score")]
    return [str(item["place"]), item["id"], likeliest, *numbers]
