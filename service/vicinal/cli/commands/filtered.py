"""`vicinal filtered`: list the items that the filters leave out."""

from itertools import islice
from typing import Annotated

import typer

from vicinal.cli.options import DEFAULT_TARGET, JsonOption, PoolArgument, TargetOption, connect
from vicinal.cli.output import print_json, print_table, say
from vicinal.cli.registration import command
from vicinal.client import ItemDetails


@command(
    "filtered",
    "vicinal filtered fruits",
    "vicinal filtered fruits --outliers --json",
)
def filtered(
    *,
    pool: PoolArgument,
    confident: Annotated[
        bool, typer.Option("--confident", help="Only items that the model is confident about.")
    ] = False,
    outliers: Annotated[bool, typer.Option("--outliers", help="Only outliers.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of items to list.")] = 50,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """List the items that a filter leaves out of the suggestions, with the reason.

    `vicinal restore` exempts an item from the filters. `vicinal skip` takes it out of the suggestions.
    """
    reasons = [word for word, asked in (("confident", confident), ("outlier", outliers)) if asked]
    with connect(target) as client:
        listed = list(islice(client.list_items(pool, filtered=reasons or ["confident", "outlier"]), limit))
        details = [client.get_item(pool, item.item_id) for item in listed]
        counts = client.get_pool(pool).filtered
    if json:
        print_json({"counts": counts, "items": details})
        return
    say(f"{counts.confident} confident, {counts.outliers} outliers")
    if details:
        print_table("", ["item", "why", ">share", ">evidence", ">density"], [_row(each) for each in details])


def _row(details: ItemDetails) -> list[str]:
    filter_decision = details.filter_decision
    if filter_decision is None:
        return [details.item.item_id, "", "", "", ""]
    figures = [
        f"{filter_decision.probability:.2f}",
        f"{filter_decision.evidence:.3f}",
        f"{filter_decision.density:.3f}",
    ]
    return [details.item.item_id, filter_decision.filtered or "", *figures]
