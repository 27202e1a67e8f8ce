"""What a pool can be made with, as options of `vicinal pool create`."""

from typing import Annotated

import typer

FeaturizerOption = Annotated[
    str,
    typer.Option(help="Model that embeds the items: mobilenet-v2, image-statistics, use, use-offline."),
]
DimensionOption = Annotated[int, typer.Option(min=0, help="Of the vectors, where you bring your own.")]
MetricOption = Annotated[str, typer.Option(help="cosine or euclidean.")]
StrategyOption = Annotated[str, typer.Option(help="How items are picked: default, classic, random, ...")]
VoteNeighboursOption = Annotated[
    int, typer.Option(min=0, help="Labelled neighbours that vote; 0 takes the strategy's own number.")
]
VoteWeightingOption = Annotated[str, typer.Option(help="similarity or uniform.")]
VoteModelOption = Annotated[
    str, typer.Option(help="direct, diffused or blended. Default: the strategy's own.")
]
ClassesOption = Annotated[
    list[str] | None, typer.Option("--class", help="A label that may be given; repeat it. Default: any.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of all random choices in the pool.")]
HoldoutShareOption = Annotated[
    float, typer.Option(help="Share of the items to keep for measuring, 0 to below 1.")
]
ControlShareOption = Annotated[
    float, typer.Option(help="Share of the suggestions to draw at random, 0 to below 1.")
]
OverlapOption = Annotated[int, typer.Option(min=1, help="Different annotators that an item is to have.")]
ConsensusOption = Annotated[
    str, typer.Option(help="What makes one label of several: majority or dawid_skene.")
]
GoldShareOption = Annotated[
    float, typer.Option(help="Share of each annotator's suggestions to be gold items, 0 to below 1.")
]
DuplicatesOption = Annotated[
    str, typer.Option(help="Duplicates to find: keep (none), exact, or near (edited and augmented ones too).")
]
CarryLabelsOption = Annotated[
    bool,
    typer.Option(
        "--carry-labels",
        help="Let an item's label vote for its duplicates too; of texts and vectors for those that are the same.",
    ),
]
AugmentationsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--augmentations",
        "--augmentation",
        help="Augmentations to look for near duplicates by: turns, all, mirror, ...; repeat it.",
    ),
]
ConfidenceFilterOption = Annotated[
    float | None,
    typer.Option(
        help="Probability of the likeliest class from which an item may count as confident and is filtered; "
        "0 is never. Default: the strategy's own."
    ),
]
OutlierFilterOption = Annotated[
    float | None,
    typer.Option(
        help="How far below the pool's density, in multiples of its spread, an item is filtered as "
        "noise; 0 is never. Default: the strategy's own."
    ),
]
