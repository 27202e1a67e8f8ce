"""`vicinal score`: score every item of a pool on disk, and choose the next batch."""

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
from vicinal.cli.registration import command

COLUMNS = [">place", "item", "looks like", ">uncertainty", ">density", ">diversity", ">score"]


@command(
    "score",
    "vicinal score vectors/ --labels labels.csv --out scores --batch 100 --workers 2",
    "vicinal score 'vectors/*.parquet' --labels export.jsonl --out scores --engine ray",
    "vicinal score fruits/ --labels fruits/ --out scores",
)
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
    batch: Annotated[int, typer.Option("--batch", help="Number of items to choose for labelling.")] = 0,
    metric: MetricOption = "cosine",
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    engine: EngineOption = "local",
    ray_address: RayOption = "",
    json: JsonOption = False,
) -> None:
    """Score every vector on disk, and choose the next batch to label.

    Each item gets a predicted class, probabilities, uncertainty, density, diversity,
    their CDF values, a score and a rank. The output is a folder of Parquet files,
    with the batch as batch.json and batch.csv. The folder appears when all is done.
    If the command is interrupted, run it again: it continues.

    With --labels - labels come from a pipe: vicinal export fruits | vicinal score ...
    The folder that `vicinal export --all` writes can be both POOL and --labels. Rows
    that cannot be read are left out and named; the exit code is then 1.
    """
    with prepared(labels, out) as (job, given, folder, report):
        summary = job.score(
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
        print_json(summary)
    else:
        say(
            f"{summary['items']} items scored by {summary['strategy']} "
            f"with {describe_labels(summary)}: {folder}"
        )
        report_passed_over(summary)
        if summary["batch"]:
            _show_batch(folder, summary["batch_note"])
    tell_left_out(summary)


def _show_batch(folder: Path, note: str) -> None:
    batch = json_format.loads((folder / "batch.json").read_text(encoding="utf-8"))
    say(f"to label next ({note}; see {folder / 'batch.csv'}):")
    print_table("", COLUMNS, [_row(item) for item in batch["items"]])


def _row(item: dict[str, Any]) -> list[str]:
    likeliest = f"{item['predicted']} ({share(item['probability'])})" if item["predicted"] else ""
    numbers = [f"{item[name]:.3f}" for name in ("uncertainty", "density", "diversity", "score")]
    return [str(item["place"]), item["id"], likeliest, *numbers]
