"""`vicinal held-back`: what active choice leaves out for now."""

from itertools import islice
from typing import Annotated

import typer

from vicinal.cli.options import DEFAULT_TARGET, JsonOption, PoolArgument, TargetOption, connect
from vicinal.cli.output import print_json, print_table, say
from vicinal.client import ItemDetails


def held_back(
    *,
    pool: PoolArgument,
    known: Annotated[bool, typer.Option("--known", help="Only items that the votes know already.")] = False,
    isolated: Annotated[bool, typer.Option("--isolated", help="Only items that look like noise.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Items to list at most.")] = 50,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """List the items that are not suggested for now, with the reason.

    To have one suggested all the same, run vicinal readmit with its id; to be rid of it, vicinal skip.
    """
    reasons = [word for word, asked in (("known", known), ("isolated", isolated)) if asked]
    with connect(target) as client:
        listed = list(islice(client.list_items(pool, held_back=reasons or ["known", "isolated"]), limit))
        details = [client.get_item(pool, item.item_id) for item in listed]
        counts = client.get_pool(pool).held_back
    if json:
        print_json({"counts": counts, "items": details})
        return
    say(f"{counts.known} known, {counts.isolated} isolated")
    if details:
        print_table("", ["item", "why", ">share", ">evidence", ">density"], [_row(each) for each in details])


def _row(details: ItemDetails) -> list[str]:
    holding = details.holding
    if holding is None:
        return [details.item.item_id, "", "", "", ""]
    figures = [f"{holding.share:.2f}", f"{holding.evidence:.3f}", f"{holding.density:.3f}"]
    return [details.item.item_id, holding.held_back, *figures]
