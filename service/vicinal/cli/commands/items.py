"""`vicinal skip` and `vicinal restore`: take items out of the suggestions, and bring them back."""

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
from vicinal.cli.registration import command


@command(
    "skip",
    "vicinal skip fruits apple_18.jpg --reason 'out of focus'",
)
def skip(
    *,
    pool: PoolArgument,
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids of the items.")],
    reason: Annotated[str, typer.Option(help="Reason, stored with the items.")] = "",
    annotator: AnnotatorOption = "",
    lease: LeaseOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Skip items. They are not suggested again until `vicinal restore` restores them."""
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


@command(
    "restore",
    "vicinal restore fruits apple_18.jpg apple_19.jpg",
)
def restore_items(
    *,
    pool: PoolArgument,
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids of the items.")],
    annotator: AnnotatorOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Restore skipped, excluded, filtered or duplicate items, so that they are suggested again."""
    with connect(target) as client:
        restored = client.restore_items(pool, items, annotator=annotator)
    if json:
        print_json({"restored": restored})
    else:
        say(f"restored {restored}")
