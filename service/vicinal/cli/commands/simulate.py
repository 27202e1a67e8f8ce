"""`vicinal simulate`: measure how many labels each strategy needs, on labelled data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vicinal.cli.commands.scoring import LabelsOption, labels_file
from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs import open_labelled
from vicinal.cli.options import ClassFromOption, JsonOption
from vicinal.cli.output import plain, print_json, print_table, progress, say, share, side_console
from vicinal.cli.registration import command

if TYPE_CHECKING:
    from vicinal.cli.inputs.labelled_vectors import SimulationInput
    from vicinal.evaluation.simulation import Simulation, SimulationSettings


DataArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="Folder with one folder of images (or text files) for each class, table of texts, or NPZ; "
        "with --labels what `vicinal score` takes.",
    ),
]
StrategyOption = Annotated[
    list[str],
    typer.Option(help="May be repeated. NAME, or NAME/VOTES with direct, diffused or blended votes."),
]
BudgetOption = Annotated[int, typer.Option(help="Labels to give in each run.")]
RepeatsOption = Annotated[int, typer.Option(help="Of everything, on splits of their own.")]
FoldsOption = Annotated[int, typer.Option(help="Test on each of so many folds in turn; 0: on a share.")]
BatchOption = Annotated[int, typer.Option(help="Labels given at a time.")]
GroupsOption = Annotated[
    str,
    typer.Option(
        metavar="COLUMN|REGEX",
        help="Items of one source: a column, or a regular expression searched for in file name or id.",
    ),
]
FeaturizerOption = Annotated[str, typer.Option(help="Default: the best that can be had here.")]
LabelColumnOption = Annotated[str, typer.Option(help="Default: label or class; y.")]
TextColumnOption = Annotated[str, typer.Option(help="Default: text.")]
SeedOption = Annotated[int, typer.Option(help="Of the splits and of all that is random.")]
TestShareOption = Annotated[float, typer.Option(help="Share of each class's groups to test on.")]
PoolSizeOption = Annotated[int, typer.Option(help="Items to choose from, at most; 0: all.")]
TargetOption = Annotated[
    list[float], typer.Option(help="Accuracy to reach, and share of that with all labels. Repeatable.")
]
OutOption = Annotated[Path, typer.Option(help="Folder for the results.")]


STRATEGIES = ["default", "random"]
TARGETS = [0.8, 0.9, 0.95]


@command(
    "simulate",
    "vicinal simulate photos/ --groups 'IMG_([0-9]+)' --out result",
    "vicinal simulate reviews.csv --text-column body --label-column stars --folds 5 --out result",
    "vicinal simulate vectors/ --labels labels.csv --out result",
    "vicinal simulate vectors.npz --strategy default --strategy random/blended --budget 300 --out result",
)
def simulate(
    *,
    data: DataArgument,
    labels: LabelsOption = None,
    strategy: StrategyOption = STRATEGIES,
    budget: BudgetOption = 150,
    repeats: RepeatsOption = 3,
    folds: FoldsOption = 0,
    batch: BatchOption = 1,
    groups: GroupsOption = "",
    featurizer: FeaturizerOption = "",
    label_column: LabelColumnOption = "",
    class_from: ClassFromOption = "",
    text_column: TextColumnOption = "",
    seed: SeedOption = 0,
    test_share: TestShareOption = 0.2,
    pool_size: PoolSizeOption = 0,
    target: TargetOption = TARGETS,
    out: OutOption,
    json: JsonOption = False,
) -> None:
    """Measure how many labels each strategy needs, on your own labelled data.

    The known labels replace the annotators. Items of one source are never in both
    the training and the test set. Writes results.json, curves.png, efficiency.png
    and report.html. Files and rows that are left out are counted and named. They do
    not change the exit code.
    """
    with extra_needed("evaluation"):
        from vicinal.evaluation import report  # noqa: PLC0415 - it draws, which takes packages of its own
    with extra_needed("service"):
        from vicinal.cli.inputs import labelled_vectors  # noqa: PLC0415 - numba and FAISS take a second
        from vicinal.evaluation.simulation import SimulationSettings  # noqa: PLC0415
    targets = tuple(sorted(set(target)))
    settings = SimulationSettings(
        tuple(strategy), budget, repeats, folds, batch, test_share, pool_size, seed, targets
    )
    _check(settings)
    _make_folder(out)
    with labels_file(labels) as given:
        labelled = open_labelled(data, text_column, label_column, given, class_from)
    prepared = labelled_vectors.prepare(labelled, groups, featurizer)
    told = _written(report, _simulated(prepared, settings), prepared, out)
    if json:
        print_json(told)
    else:
        _print(told)
    side_console().print(f"see {out / report.REPORT_FILE}", markup=False, soft_wrap=True)


def _check(settings: "SimulationSettings") -> None:
    """Refuses wrong settings before anything slow is done."""
    from vicinal.core.errors import VicinalError  # noqa: PLC0415
    from vicinal.evaluation.simulation import check_settings  # noqa: PLC0415

    try:
        check_settings(settings)
    except VicinalError as error:
        wrong = error.violations[0]
        raise Failure(f"--{wrong.field.replace('_', '-')}: {wrong.description}") from error


def _make_folder(out: Path) -> None:
    """Makes the folder, and sees whether it can be written to, before the work and not after it."""
    trial = out / ".vicinal-was-here"
    try:
        out.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise Failure(f"cannot write to the folder {str(out)!r}: {error.strerror or error}") from error


def _simulated(prepared: "SimulationInput", settings: "SimulationSettings") -> "Simulation":
    from vicinal.core.errors import VicinalError  # noqa: PLC0415
    from vicinal.evaluation.simulation import SimulationProgress, simulate  # noqa: PLC0415

    with progress() as bar:
        task = bar.add_task("labelling", total=None)

        def show(step: SimulationProgress) -> None:
            told = f"{step.method} {step.run}/{settings.runs}: {step.labels} labels, {share(step.accuracy)}"
            bar.update(task, description=told, completed=step.done, total=step.total)

        try:
            return simulate(prepared.vectors, settings, show)
        except VicinalError as error:
            raise Failure(str(error)) from error


def _written(report: Any, simulation: "Simulation", prepared: "SimulationInput", out: Path) -> Any:
    """Writes the results; returns them as plain data."""
    told = report.results(simulation, prepared.fingerprint, prepared.notes)
    told["errors"] = plain(prepared.errors)
    told["left_out_counts"] = plain(prepared.left_out_counts)
    try:
        report.write_files(told, simulation, prepared.content_of, out)
    except OSError as error:
        raise Failure(f"cannot write to {str(out)!r}: {error.strerror or error}") from error
    return told


def _print(told: Any) -> None:
    """Writes the table, and what a reader should know."""
    from vicinal.evaluation.report import page  # noqa: PLC0415

    targets = list(next(iter(told["labels_to"].values())))
    sizes = f"{told['data']['items']} items in {len(told['data']['classes'])} classes"
    columns = ["strategy", *(f">labels to {float(target):.0%}" for target in targets)]
    columns += [f">to {float(target):.0%} of all" for target in targets]
    columns += [">at the end", ">step p50", ">p95"]
    print_table(f"{told['data']['name']}: {sizes}", columns, [_row(told, name) for name in told["curves"]])
    say(page.headline(told))
    most = told["with_all_labels"]["nearest_10"]["mean"]
    say(f"with all labels, the 10 nearest classify {share(most)} rightly; ± is one standard error")
    for note in told["notes"]:
        say(f"note: {note}")


def _row(told: Any, name: str) -> list[str]:
    from vicinal.evaluation.report import page  # noqa: PLC0415

    steps = told["seconds"][name]["per_step"]
    return [
        name,
        *(page.need_cell(need) for need in told["labels_to_details"][name].values()),
        *(page.need_cell(need) for need in told["labels_to_share_details"][name].values()),
        share(told["curves"][name]["mean"][-1]),
        *(page.milliseconds(steps[at]) for at in ("p50", "p95")),
    ]
