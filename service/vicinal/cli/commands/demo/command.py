"""`vicinal demo`: labels pictures by suggestion and at random, and shows the difference."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from vicinal.cli.commands.demo.labelling import DemoRun, DemoSettings, compare
from vicinal.cli.commands.demo.pictures import (
    SHARED_MODEL,
    Dataset,
    EmbeddedPictures,
    best_featurizer,
    choose_dataset,
    embed_pictures,
    load_featurizer,
)
from vicinal.cli.commands.demo.server_process import running_server
from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import describe
from vicinal.cli.options import ClassFromOption, JsonOption, connect
from vicinal.cli.output import console, print_json, say_left_out, side_console


def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with one folder of pictures for each class. Default: fruits or digits."),
    ] = None,
    class_from: ClassFromOption = "",
    out: Annotated[Path, typer.Option(help="Folder for the picture and the summary.")] = Path("demo-out"),
    featurizer: Annotated[str, typer.Option(help="Default: the best that can be had here.")] = "",
    budget: Annotated[int, typer.Option(min=1, help="Labels to give in each run.")] = 250,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Labels given at a time.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each strategy, on splits of their own.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of the splits and of all that is random.")] = 0,
    json: JsonOption = False,
) -> None:
    """Label pictures through a server, by suggestion and at random, and compare.

    Their classes are known, which stands in for annotators. A tenth of the
    source photos is kept for testing. Ends with a table, learning-curve.png
    and summary.json. What is left out is counted and named; it does not change
    the exit code.
    """
    started = time.perf_counter()
    settings = DemoSettings(budget, batch, repeats, seed)
    with extra_needed("evaluation"):
        from vicinal.cli.commands.demo import report  # noqa: PLC0415 - it draws, which takes packages of its own
    show = side_console() if json else console()
    dataset = choose_dataset(data, class_from)
    say_left_out(dataset.left_out.failures, dataset.notes)
    _make_folder(out)
    embedded, outcomes = _run(dataset, featurizer, settings, show)
    counts = dataset.left_out.counts([*dataset.left_out.failures, *embedded.left_out])
    if counts:
        show.print(describe(counts), markup=False, soft_wrap=True)
    result = report.DemoResult(
        dataset.name, settings, embedded, outcomes, time.perf_counter() - started, counts
    )
    try:
        report.write_files(result, out)
    except OSError as error:
        raise Failure(f"cannot write to {str(out)!r}: {error.strerror or error}") from error
    if json:
        print_json(report.summary(result))
    else:
        report.print_result(result)
    show.print(
        f"{result.seconds:.0f} s in all; see {out / report.CURVE_FILE} and {out / report.SUMMARY_FILE}",
        markup=False,
        soft_wrap=True,
    )


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"cannot make the folder {str(out)!r}: {error.strerror or error}") from error


def _run(
    dataset: Dataset, featurizer: str, settings: DemoSettings, show: Console
) -> tuple[EmbeddedPictures, Mapping[str, Sequence[DemoRun]]]:
    photos = len({picture.group for picture in dataset.pictures})
    classes = dataset.classes
    show.print(
        f"{dataset.name}: {len(dataset.pictures)} pictures of {photos} source photos "
        f"in {len(classes)} classes ({', '.join(classes[:10])}{', ...' if len(classes) > 10 else ''})",
        markup=False,
        soft_wrap=True,
    )
    with running_server(_model_flags()) as target, connect(target) as client:
        show.print(f"server: a process of its own on {target}", markup=False)
        if featurizer:
            load_featurizer(client, featurizer)
        chosen = featurizer or best_featurizer(client, show)
        show.print(f"featurizer: {chosen}", markup=False)
        embedded = embed_pictures(client, chosen, dataset.pictures)
        outcomes = compare(client, embedded, settings, show)
    return embedded, outcomes


def _model_flags() -> list[str]:
    """Names the shared copy of MobileNet-v2 where it is there and no other one is set."""
    if "VICINAL_MOBILENET_HANDLE" in os.environ or not SHARED_MODEL.is_dir():
        return []
    return ["--mobilenet-handle", str(SHARED_MODEL.resolve())]
