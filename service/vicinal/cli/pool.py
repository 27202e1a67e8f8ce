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
from vicinal.cli.pool_options import (
    AugmentationsOption,
    CarryLabelsOption,
    ClassesOption,
    ConfidenceFilterOption,
    ConsensusOption,
    ControlShareOption,
    DimensionOption,
    DuplicatesOption,
    FeaturizerOption,
    GoldShareOption,
    HoldoutShareOption,
    MetricOption,
    OutlierFilterOption,
    OverlapOption,
    SeedOption,
    StrategyOption,
    VoteModelOption,
    VoteNeighboursOption,
    VoteWeightingOption,
)
from vicinal.cli.pool_view import pool_rows, print_pool


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
