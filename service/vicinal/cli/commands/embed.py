"""`vicinal embed`: embed images or texts into Parquet shards, without a server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import describe
from vicinal.cli.local_models import model_settings
from vicinal.cli.options import JsonOption
from vicinal.cli.output import complain, print_json, say, say_notes, side_console
from vicinal.cli.registration import command

if TYPE_CHECKING:
    from vicinal.jobs import Progress as JobProgress


SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="IN",
        help="Folder or glob of images; table (CSV, TSV, JSON, JSONL, Parquet), or a folder or glob of them.",
    ),
]
OutArgument = Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the shards.")]
FeaturizerOption = Annotated[
    str, typer.Option(help="Default: mobilenet-v2 for images, use-offline for texts.")
]
TextColumnOption = Annotated[str, typer.Option(help="Column of texts.")]
ImageColumnOption = Annotated[str, typer.Option(help="Column of bytes of image files, in Parquet.")]
PathColumnOption = Annotated[
    str, typer.Option(help="Column of paths of image files, as seen from the table's folder.")
]
IdColumnOption = Annotated[str, typer.Option(help="Default: id or item_id if it is there, else row numbers.")]
ShardSizeOption = Annotated[int, typer.Option(min=1, help="Maximum number of rows of a shard.")]
WorkersOption = Annotated[int, typer.Option(min=1, help="Number of worker processes. Each loads the model.")]
ThreadsOption = Annotated[
    int,
    typer.Option(
        min=0, help="Threads of each model. Default: the cores, less one for reading, divided by --workers."
    ),
]
EngineOption = Annotated[str, typer.Option(help="local: worker processes. ray: actors of Ray Data.")]
RayAddressOption = Annotated[
    str,
    typer.Option(
        help="Address of a Ray cluster that sees the same files. Default: start Ray on this machine."
    ),
]


@command(
    "embed",
    "vicinal embed photos/ vectors/ --workers 2",
    "vicinal embed 'reviews/*.parquet' vectors/ --text-column body --id-column key",
    "vicinal embed photos.parquet vectors/ --image-column image --featurizer mobilenet-v2",
    "vicinal embed photos/ vectors/ --engine ray --ray-address ray://head:10001 --workers 64",
)
def embed(
    *,
    source: SourceArgument,
    out: OutArgument,
    featurizer: FeaturizerOption = "",
    text_column: TextColumnOption = "",
    image_column: ImageColumnOption = "",
    path_column: PathColumnOption = "",
    id_column: IdColumnOption = "",
    shard_size: ShardSizeOption = 4096,
    workers: WorkersOption = 1,
    threads: ThreadsOption = 0,
    engine: EngineOption = "local",
    ray_address: RayAddressOption = "",
    json: JsonOption = False,
) -> None:
    """Embed images or texts into Parquet files of ids and vectors.

    In tables, the contents are in the column text, image or path, unless you name
    another. Files that are left out are counted by reason. Rows that cannot be read
    are listed in failures.jsonl; the exit code is 0 unless no row can be read. The
    file manifest.json appears when all is done. If the command is interrupted, run
    it again: it continues.
    """
    with extra_needed("jobs"):
        from vicinal import jobs  # noqa: PLC0415 - Arrow and the rest take a second
        from vicinal.core.errors import VicinalError  # noqa: PLC0415
    settings = model_settings()
    each = threads or jobs.threads_per_worker(workers)
    with _translate_faults(VicinalError), _progress_bar() as show:
        done = jobs.embed(
            *(source, out),
            model=jobs.ModelSource(featurizer, settings.mobilenet_handle, settings.use_handle, each),
            wanted=jobs.ColumnChoice(text_column, image_column, path_column, id_column),
            shard_rows=shard_size,
            workers=workers,
            engine=engine,
            ray_address=ray_address,
            on_progress=show,
        )
    if not done.rows:
        raise Failure(f"none of {done.failures} rows has a vector: see {out / jobs.FAILURES}")
    if done.failures:
        complain(f"rows without a vector are named in {out / jobs.FAILURES}")
    say_notes(done.notes)
    if json:
        summary = {name: value for name, value in vars(done).items() if name != "left_out"}
        print_json({**summary, "left_out_counts": done.left_out})
        return
    say(
        f"{done.rows} vectors in {done.shards} shards, {done.shards_made} of them made now, "
        f"by {done.fingerprint['name']} {done.fingerprint['digest']}"
    )
    if done.left_out:
        say(describe(done.left_out))


@contextmanager
def _translate_faults(expected: type[Exception]) -> Iterator[None]:
    """Reports errors of the job as failures of the command; says that an interrupted job can continue."""
    try:
        yield
    except expected as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        complain("interrupted; finished shards are kept, and the same command continues")
        raise


@contextmanager
def _progress_bar() -> Iterator[Callable[["JobProgress"], None]]:
    """Shows a progress bar on stderr, with the rate and the time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, console=side_console()) as bar:
        task = bar.add_task("embedding", total=None, rate="")

        def show(progress: "JobProgress") -> None:
            left = f", {_clock(progress.seconds_left)} left" if progress.seconds_left else ""
            rate = f"{progress.rows_per_second:.1f}/s{left}" if progress.rows_per_second > 0 else ""
            bar.update(task, completed=progress.rows_done, total=progress.rows_total, rate=rate)

        yield show


def _clock(seconds: float) -> str:
    """Formats seconds as hours, minutes and seconds.

    >>> _clock(3725.4)
    '1:02:05'
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
