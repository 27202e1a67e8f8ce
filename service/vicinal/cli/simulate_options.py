"""Arguments and options of `vicinal simulate`."""

from pathlib import Path
from typing import Annotated

import typer

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
        help="Copies of one source: a column, or a regular expression searched for in file name or id.",
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
