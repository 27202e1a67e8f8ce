"""`vicinal demo`: compare suggestions with random sampling on labelled pictures."""

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
from vicinal.cli.registration import command


@command(
    "demo",
    "vicinal demo",
    "vicinal demo --data photos --out result",
)
def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with one folder of pictures for each class. Default: fruits or digits."),
    ] = None,
    class_from: ClassFromOption = "",
    out: Annotated[Path, typer.Option(help="Folder for the plot and the summary.")] = Path("demo-out"),
    featurizer: Annotated[str, typer.Option(help="Default: the best one that is installed.")] = "",
    budget: Annotated[int, typer.Option(min=1, help="Number of labels in each run.")] = 250,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Number of labels submitted at a time.")] = 5,
    repeats: Annotated[
        int, typer.Option(min=1, help="Number of runs of each strategy, each on its own split.")
    ] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the splits and of all random choices.")] = 0,
    json: JsonOption = False,
) -> None:
    """Compare suggestions with random sampling on labelled pictures, through a server.

    The known classes replace the annotators. A tenth of the source photos is the
    test set. Writes a table, learning-curve.png and summary.json. Files that are
    left out are counted and named. They do not change the exit code.
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
