"""Arguments and options of `vicinal embed`."""

from pathlib import Path
from typing import Annotated

import typer

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
ShardSizeOption = Annotated[int, typer.Option(min=1, help="Most rows of a shard.")]
WorkersOption = Annotated[int, typer.Option(min=1, help="Processes, each of which loads the model.")]
ThreadsOption = Annotated[
    int, typer.Option(min=0, help="Of each model. Default: its share of the cores, less one that reads.")
]
EngineOption = Annotated[str, typer.Option(help="local, or ray for actors of Ray Data.")]
RayAddressOption = Annotated[
    str, typer.Option(help="Of a Ray cluster that sees the same files. Default: Ray begins here.")
]
