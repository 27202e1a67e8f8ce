"""What `vicinal score` and `vicinal classify --labels` have in common."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import LeftOutCount, Unreadable, describe
from vicinal.cli.output import complain, say, say_left_out, side_console

LabelsOption = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE|DIR|-",
        help="Table (CSV, TSV, JSON, JSONL, Parquet) with id and label, what `vicinal pull` or "
        "`vicinal export` wrote; - reads an export from stdin.",
    ),
]
OutFolderOption = Annotated[Path | None, typer.Option("--out", help="Folder to make.")]
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


Report = Callable[[str, int, int], None]

STDIN = Path("-")


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
        from vicinal.core.errors import VicinalError  # noqa: PLC0415
    try:
        with labels_file(labels) as given, _progress_bar() as report:
            assert given is not None
            yield jobs, given, out, report
    except VicinalError as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        complain("stopped; what is done is kept, and the same command goes on")
        raise


@contextmanager
def labels_file(labels: Path | None) -> Iterator[Path | None]:
    """The file or folder of labels; what comes from stdin is kept in a file meanwhile."""
    if labels != STDIN:
        yield labels
        return
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise Failure("--labels -: nothing came from stdin; see what the command before the pipe said")
    kind = {b"[": ".json", b"{": ".jsonl"}.get(content.lstrip()[:1], ".csv")
    with TemporaryDirectory(prefix="vicinal-labels-") as folder:
        file = Path(folder) / f"stdin{kind}"
        file.write_bytes(content)
        yield file


def describe_labels(told: dict[str, Any]) -> str:
    """What votes, in words."""
    parts = [f"{told['labels']} labels"]
    parts += [f"{told['examples']} examples"] if told["examples"] else []
    parts += [f"{told['carried']} labels of duplicates"] if told["carried"] else []
    return " and ".join(parts)


def report_passed_over(told: dict[str, Any]) -> None:
    """Names the examples that could not vote, and what else is next to the pool's files, if there is any."""
    for note in told["notes"]:
        complain(f"note: {note}")
    if counts := [LeftOutCount(**each) for each in told["left_out_counts"]]:
        say(describe(counts))
    if count := told["examples_without_vector"]:
        are = "1 example that has" if count == 1 else f"{count} examples that have"
        say(f"passed over {are} no vector; `vicinal export --all` writes them with theirs")


def tell_left_out(told: dict[str, Any]) -> None:
    """Names the rows of the labels that could not be read, and what else was left out, on stderr.

    Raises:
        typer.Exit: with code 1, where there is any.
    """
    say_left_out(Unreadable(**each) for each in told["errors"])
    if told["errors"]:
        raise typer.Exit(1)


@contextmanager
def _progress_bar() -> Iterator[Report]:
    """A bar on stderr for each stage, with the time left."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=side_console()) as bar:
        steps: dict[str, TaskID] = {}

        def report(step: str, done: int, rows: int) -> None:
            if step not in steps:
                steps[step] = bar.add_task(step, total=rows)
            bar.update(steps[step], completed=done, total=rows)

        yield report
