"""Options that the commands on data at rest share."""

from pathlib import Path
from typing import Annotated

import typer

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
