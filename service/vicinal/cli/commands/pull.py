"""`vicinal pull`: write a pool's labels to a file for the commands without a server."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.options import DEFAULT_TARGET, JsonOption, PoolArgument, TargetOption, connect
from vicinal.cli.output import print_json, say
from vicinal.cli.registration import command
from vicinal.client import Client, Item

if TYPE_CHECKING:
    from vicinal.jobs import LabelRow

# Of these a file of labels tells next to what is labelled: a job must not choose them.
_TAKEN = frozenset({"skipped", "excluded", "leased"})


@command(
    "pull",
    "vicinal pull fruits --out labels.parquet",
)
def pull(
    *,
    pool: PoolArgument,
    out: Annotated[Path, typer.Option(help="File to write: .parquet, .csv or .jsonl.")],
    with_duplicates: Annotated[
        bool, typer.Option("--with-duplicates", help="Let duplicates of labelled items vote too.")
    ] = False,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Write the current labels to a file with the columns id, label and state.

    The option --labels of `vicinal score` and `vicinal classify` reads this file.
    Holdout, skipped, excluded and leased items have a row too, so that these
    commands choose and vote as the pool does. Labels of examples are not in the
    file. `vicinal export --all` writes a folder with them, which --labels also reads.
    """
    with extra_needed("jobs"):
        from vicinal import jobs  # noqa: PLC0415 - Arrow takes a while
        from vicinal.core.errors import VicinalError  # noqa: PLC0415
    counts: Counter[str] = Counter()
    with connect(target) as client:
        try:
            jobs.check_labels_name(out)
            jobs.write_labels(_counted(_rows(client, pool, with_duplicates=with_duplicates), counts), out)
        except VicinalError as error:
            raise Failure(str(error)) from error
    labels = counts["labelled"] + counts["measured"]
    if json:
        print_json({"labels": labels, "rows": counts.total(), "file": str(out)})
    else:
        others = counts.total() - labels
        more = f"; {others} more rows are items without a label" if others else ""
        say(f"{labels} labels in {out}{more}")


def _rows(client: Client, pool: str, *, with_duplicates: bool) -> Iterator["LabelRow"]:
    restored = {line.item_id for line in client.export_labels(pool, history=True) if line.kind == "restored"}
    carried = {
        line.item_id: line.label
        for line in (client.export_labels(pool, with_duplicates=True) if with_duplicates else ())
        if line.carried_from
    }
    for item in client.list_items(pool):
        row = _row(item, carried)
        if row is not None:
            yield row
        elif item.item_id in restored:
            yield _labelled(item, "", "restored")


def _row(item: Item, carried: Mapping[str, str]) -> "LabelRow | None":
    if item.holdout or item.gold_label:
        return _labelled(item, item.label, "holdout" if item.holdout else "gold")
    if item.label:
        return _labelled(item, item.label, "labelled")
    if copied := item.carried_label or carried.get(item.item_id):
        return _labelled(item, copied, "carried")
    return _labelled(item, "", item.state) if item.state in _TAKEN else None


def _labelled(item: Item, label: str, state: str) -> "LabelRow":
    from vicinal.jobs import LabelRow  # noqa: PLC0415

    return LabelRow(item.item_id, label or None, state)


def _counted(rows: Iterator["LabelRow"], counts: Counter[str]) -> Iterator["LabelRow"]:
    for row in rows:
        is_measured = row.state in {"holdout", "gold"} and row.label
        counts["measured" if is_measured else row.state] += 1
        yield row
