"""`vicinal skip` and `vicinal restore`: leave items that nobody can label, and suggest them again."""

from typing import Annotated

import typer

from vicinal.cli.commands.label import OwnLeases
from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    JsonOption,
    LeaseOption,
    PoolArgument,
    TargetOption,
    connect,
)
from vicinal.cli.output import print_json, say


def skip(
    *,
    pool: PoolArgument,
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids of the items.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the items.")] = "",
    annotator: AnnotatorOption = "",
    lease: LeaseOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Skip items: they are not suggested any more, until vicinal restore lets them in again."""
    with connect(target) as client:
        leases = OwnLeases(client, pool, annotator, lease)

        def skip_under(item_ids: list[str], lease_id: str) -> int:
            return client.skip_items(pool, item_ids, reason=reason, annotator=annotator, lease_id=lease_id)

        groups = leases.groups(items)
        skipped = sum(leases.send(skip_under, ids, lease_id) for lease_id, ids in groups.items())
    if json:
        print_json({"skipped": skipped})
    else:
        say(f"skipped {skipped}")


def restore_items(
    *,
    pool: PoolArgument,
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids of the items.")],
    annotator: AnnotatorOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Let items be suggested again, for good: skipped, excluded and filtered ones, and duplicates."""
    with connect(target) as client:
        restored = client.restore_items(pool, items, annotator=annotator)
    if json:
        print_json({"restored": restored})
    else:
        say(f"restored {restored}")
