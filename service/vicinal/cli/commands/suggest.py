"""`vicinal suggest`: lease the next items to label."""

from typing import Annotated

import typer

from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    JsonOption,
    PoolArgument,
    StrategyOption,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, print_table, say, share
from vicinal.cli.registration import command
from vicinal.client import Batch, SuggestedItem

COLUMNS = ["item", "arm", "looks like", ">uncertainty", ">density", ">diversity", ">score", "path"]

NOTHING_LEFT = {
    "active": "nothing is left to suggest",
    "holdout": "nothing is left to suggest of the holdout",
    "review": "there is nothing that annotators disagree on and that you have not seen",
}


@command(
    "suggest",
    "vicinal suggest fruits --size 5 --annotator ana",
    "vicinal suggest fruits --holdout --size 20 --annotator ana",
    "vicinal suggest fruits --review --annotator dora",
)
def suggest(
    *,
    pool: PoolArgument,
    size: Annotated[int, typer.Option(min=1, max=1000, help="Number of items.")] = 1,
    annotator: AnnotatorOption = "",
    lease_seconds: Annotated[
        float | None, typer.Option(help="Length of the lease in seconds. Default: the server's setting.")
    ] = None,
    strategy: StrategyOption = "",
    holdout: Annotated[
        bool, typer.Option("--holdout", help="Suggest holdout items instead, in random order.")
    ] = False,
    review: Annotated[
        bool, typer.Option("--review", help="Suggest items whose annotators disagree instead, for review.")
    ] = False,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Lease the next items to label. No other annotator gets them until the lease ends."""
    if holdout and review:
        raise typer.BadParameter("give either --holdout or --review, not both")
    arm = "holdout" if holdout else "review" if review else "active"
    with connect(target) as client:
        batch = client.lease_batch(
            pool,
            size,
            annotator=annotator,
            lease_seconds=lease_seconds,
            strategy=strategy,
            arm=arm,
        )
    if json:
        print_json(batch)
    elif batch.items:
        _show(pool, batch)
    else:
        say(f"{NOTHING_LEFT[arm]} in {pool}")


def _show(pool: str, batch: Batch) -> None:
    rows = [_row(item) for item in batch.items]
    columns = COLUMNS if any(row[-1] for row in rows) else COLUMNS[:-1]
    print_table(f"Next in {pool}", columns, [row[: len(columns)] for row in rows])
    until = batch.expires_at.strftime(" until %H:%M:%S UTC") if batch.expires_at else ""
    say(f"lease {batch.lease_id}{until}, strategy {batch.strategy}")


def _row(item: SuggestedItem) -> list[str]:
    likeliest = next((f"{label} ({share(part)})" for label, part in item.probabilities.items()), "")
    score = item.score
    parts = (score.uncertainty, score.density, score.diversity, score.score) if score else None
    return [
        item.item_id,
        item.arm,
        likeliest,
        *([f"{part:.3f}" for part in parts] if parts else [""] * 4),
        item.metadata.get("path", ""),
    ]
