"""`vicinal pool`: make, list, show and delete pools."""

from typing import Annotated

import typer

from vicinal.cli.options import (
    DEFAULT_TARGET,
    JsonOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, print_table, say
from vicinal.cli.pool_view import pool_rows, print_pool

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
    str, typer.Option(help="Duplicates to find: off (none), exact, or near (edited and augmented ones too).")
]
CarryLabelsOption = Annotated[
    bool,
    typer.Option(
        "--carry-labels",
        help="Let an item's label vote for its duplicates too; of texts and vectors for exact ones.",
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
        help="Probability of the likeliest class from which an item may be filtered as confident; "
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


def create(
    *,
    pool: PoolArgument,
    featurizer: FeaturizerOption = "",
    dimension: DimensionOption = 0,
    metric: MetricOption = "cosine",
    strategy: StrategyOption = "",
    vote_neighbours: VoteNeighboursOption = 0,
    vote_weighting: VoteWeightingOption = "similarity",
    vote_model: VoteModelOption = "",
    classes: ClassesOption = None,
    seed: SeedOption = 0,
    holdout_share: HoldoutShareOption = 0.0,
    control_share: ControlShareOption = 0.0,
    overlap: OverlapOption = 1,
    consensus: ConsensusOption = "majority",
    gold_share: GoldShareOption = 0.0,
    duplicates: DuplicatesOption = "exact",
    carry_labels: CarryLabelsOption = False,
    augmentations: AugmentationsOption = None,
    confidence_filter: ConfidenceFilterOption = None,
    outlier_filter: OutlierFilterOption = None,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Make a pool, for items of a featurizer or for vectors of your own."""
    with connect(target) as client:
        made = client.create_pool(
            pool,
            featurizer=featurizer,
            dimension=dimension,
            metric=metric,
            strategy=strategy,
            vote_neighbours=vote_neighbours,
            vote_weighting=vote_weighting,
            vote_model=vote_model,
            classes=classes or (),
            seed=seed,
            holdout_share=holdout_share,
            control_share=control_share,
            overlap=overlap,
            consensus=consensus,
            gold_share=gold_share,
            duplicates=duplicates,
            carry_labels=carry_labels,
            augmentations=augmentations or (),
            confidence_filter=confidence_filter,
            outlier_filter=outlier_filter,
        )
    if json:
        print_json(made)
    else:
        say(f"made pool {made.pool_id}: {made.featurizer or 'vectors'}, dimension {made.dimension}")


def show_all(*, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List all pools."""
    with connect(target) as client:
        pools = list(client.list_pools())
    if json:
        print_json(pools)
    else:
        print_table("Pools", *pool_rows(pools))


def show(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """Show a pool: its settings, and where its items stand."""
    with connect(target) as client:
        found = client.get_pool(pool)
    if json:
        print_json(found)
    else:
        print_pool(found)


def delete(
    *,
    pool: PoolArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Take a pool and all it holds, labels included, away for good."""
    with connect(target) as client:
        if not yes:
            counts = client.get_pool(pool).counts
            question = f"Delete {pool} with {counts.total} items and {counts.labelled} labels for good?"
            typer.confirm(question, abort=True, err=True)
        client.delete_pool(pool)
    if json:
        print_json({"deleted": pool})
    else:
        say(f"deleted pool {pool}")
