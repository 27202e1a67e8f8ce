"""`vicinal curve`: the learning curve of a pool."""

from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.options import DEFAULT_TARGET, JsonOption, PoolArgument, TargetOption, connect
from vicinal.cli.output import complain, print_json, print_table, say, share
from vicinal.cli.registration import command
from vicinal.client import LearningCurve


@command(
    "curve",
    "vicinal curve fruits",
    "vicinal curve fruits --out curve.png",
)
def curve(
    *,
    pool: PoolArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="PNG file for a plot of the curve. Needs matplotlib.")
    ] = None,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Show the learning curve of a pool, and the same with random sampling.

    Accuracy is measured on labelled items of the holdout or of the control arm.
    Create the pool with --holdout-share or --control-share.
    """
    with connect(target) as client:
        measured = client.get_learning_curve(pool)
    if json:
        print_json(measured)
    else:
        _show(pool, measured)
    if out is not None:
        _draw(pool, measured, out)
        complain(f"wrote {out}")


def _show(pool: str, measured: LearningCurve) -> None:
    if measured.points:
        rows = [
            [str(at.label_count), share(at.value), f"{share(at.low)} to {share(at.high)}", str(at.items)]
            for at in measured.points
        ]
        title = f"Accuracy in {pool}, by {measured.source} items"
        print_table(title, [">labels", ">accuracy", ">95 % interval", ">items"], rows)
    if measured.random is not None:
        say(measured.random.message)
    say(measured.active_against_random.message)
    for note in measured.notes:
        say(note)


def _draw(pool: str, measured: LearningCurve, out: Path) -> None:
    if not measured.points:
        raise Failure(f"{out}: the pool {pool} has no measured accuracy yet, so there is no curve to draw")
    with extra_needed("evaluation"):
        from vicinal.evaluation.plots import plot_measured_curve  # noqa: PLC0415 - heavy
    points = measured.points
    try:
        plot_measured_curve(
            [at.label_count for at in points],
            [at.value for at in points],
            [at.low for at in points],
            [at.high for at in points],
            out,
            title=f"{pool}: accuracy over labels",
            subtitle=f"measured on {measured.source} items, up to {max(at.items for at in points)} a point",
        )
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror or error}") from error
