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


def create(
    *,
    pool: PoolArgument,
    featurizer: Annotated[
        str,
        typer.Option(help="Model that embeds the items: mobilenet-v2, image-statistics, use, use-offline."),
    ] = "",
    dimension: Annotated[int, typer.Option(min=0, help="Of the vectors, where you bring your own.")] = 0,
    metric: Annotated[str, typer.Option(help="cosine or euclidean.")] = "cosine",
    strategy: Annotated[str, typer.Option(help="How items are picked: default, classic, random, ...")] = "",
    vote_neighbours: Annotated[
        int, typer.Option(min=0, help="Labelled neighbours that vote; 0 takes the strategy's own number.")
    ] = 0,
    vote_weighting: Annotated[str, typer.Option(help="similarity or uniform.")] = "similarity",
    vote_model: Annotated[
        str, typer.Option(help="direct, diffused or blended. Default: the strategy's own.")
    ] = "",
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="A label that may be given; repeat it. Default: any.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all random choices in the pool.")] = 0,
    holdout_share: Annotated[
        float, typer.Option(help="Share of the items to keep for measuring, 0 to below 1.")
    ] = 0.0,
    control_share: Annotated[
        float, typer.Option(help="Share of the suggestions to draw at random, 0 to below 1.")
    ] = 0.0,
    copies: Annotated[
        str, typer.Option(help="Copies to find: keep (none), exact, or near (edited and augmented ones too).")
    ] = "exact",
    carry_labels: Annotated[
        bool, typer.Option("--carry-labels", help="Let an item's label vote for its copies too.")
    ] = False,
    views: Annotated[
        list[str] | None,
        typer.Option("--view", help="An augmented view to look for near copies by; repeat it."),
    ] = None,
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
            copies=copies,
            carry_labels=carry_labels,
            views=views or (),
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
