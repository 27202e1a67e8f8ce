"""`vicinal score`: the numbers of every item of a pool on disk, and the next items to label."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.options import JsonOption
from vicinal.cli.output import print_json, print_table, say, side_console

Report = Callable[[str, int, int], None]

LabelsOption = Annotated[
    Path | None,
    typer.Option(
        "--labels", help="CSV, JSON, JSONL or Parquet with id and label, or what `vicinal export` wrote."
    ),
]
MetricOption = Annotated[str, typer.Option("--metric", help="cosine or euclidean.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the strategy random.")]
WorkersOption = Annotated[int, typer.Option("--workers", help="Processes, or actors of Ray.")]
EngineOption = Annotated[str, typer.Option("--engine", help="local, or ray for actors of Ray.")]
RayOption = Annotated[
    str,
    typer.Option(
        "--ray-address", help="Of a Ray cluster that sees the same files. Default: Ray begins here."
    ),
]


def score(
    *,
    pool: Annotated[
        str, typer.Argument(metavar="POOL", help="Folder, glob or file of Parquet or numpy vectors.")
    ],
    labels: LabelsOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to make.")] = None,
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

    Per item: predicted class and shares, uncertainty, density, diversity, their
    CDF values, score and rank. The output is Parquet files in a folder that
    appears when all is done, with the batch as batch.json and batch.csv. Until
    then the same command goes on where it ended.
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
        return
    say(f"{told['items']} items scored by {told['strategy']} with {told['labels']} labels: {folder}")
    if told["batch"]:
        rows = [[str(place), item] for place, item in enumerate(told["batch"], start=1)]
        print_table(f"To label next ({told['batch_note']})", [">place", "item"], rows)


@contextmanager
def prepared(labels: Path | None, out: Path | None) -> Iterator[tuple[Any, Path, Path, Report]]:
    """What does jobs, the checked files, and what to tell of progress.

    Raises:
        Failure: an option is missing, or the job cannot be done.
    """
    if labels is None or out is None:
        raise Failure(f"give {'--labels' if labels is None else '--out'}; see --help")
    with extra_needed("jobs"):
        from vicinal import jobs  # noqa: PLC0415 - Arrow and the rest take a second
        from vicinal.jobs.errors import VicinalError  # noqa: PLC0415
    try:
        with _shown() as report:
            yield jobs, labels, out, report
    except VicinalError as error:
        raise Failure(str(error)) from error


@contextmanager
def _shown() -> Iterator[Report]:
    """A bar on stderr for each stage, with the time left."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=side_console()) as bar:
        stages: dict[str, TaskID] = {}

        def report(stage: str, done: int, rows: int) -> None:
            if stage not in stages:
                stages[stage] = bar.add_task(stage, total=rows)
            bar.update(stages[stage], completed=done, total=rows)

        yield report
