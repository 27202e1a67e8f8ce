"""`vicinal status`: the state of a server and its pools."""

from typing import Annotated

import typer

from vicinal.cli.options import DEFAULT_TARGET, JsonOption, TargetOption, connect
from vicinal.cli.output import print_json, print_table, say
from vicinal.cli.pool_view import pool_rows, print_pool
from vicinal.cli.registration import command


@command(
    "status",
    "vicinal status",
    "vicinal status fruits --target gpu-box:50051",
)
def status(
    *,
    pool: Annotated[str, typer.Argument(metavar="[POOL]", help="A pool to show in full.")] = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Show whether a server answers, and the state of its pools, or of one pool in full."""
    with connect(target) as client:
        pools = [client.get_pool(pool)] if pool else list(client.list_pools())
    if json:
        print_json({"target": target, "pools": pools})
    elif pool:
        print_pool(pools[0])
    else:
        items = sum(each.counts.total for each in pools)
        labels = sum(each.counts.labelled for each in pools)
        say(f"{target} serves {len(pools)} pools with {items} items, {labels} of them labelled")
        if pools:
            print_table("", *pool_rows(pools))
