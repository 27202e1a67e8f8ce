"""`vicinal add`: bring items into a pool."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Source, Unreadable, chunks, open_source
from vicinal.cli.options import (
    DEFAULT_TARGET,
    FingerprintOption,
    IdColumnOption,
    JsonOption,
    PoolArgument,
    TargetOption,
    TextColumnOption,
    connect,
)
from vicinal.cli.output import complain, print_json, progress, say
from vicinal.client import Added, Client, NewItem, VicinalClientError

# Few enough that the bar moves while a model works.
CHUNK = 64


def add(
    *,
    pool: PoolArgument,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help="Folder of images, image, CSV/JSONL/Parquet of texts, NPZ/NPY of vectors."
        ),
    ],
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    fingerprint: FingerprintOption = "",
    holdout: Annotated[
        bool, typer.Option("--holdout", help="Keep them to measure on: their labels are never learned from.")
    ] = False,
    gold_column: Annotated[
        str,
        typer.Option(
            help="Column or field ('class': an image's folder) of true labels, to check annotators by."
        ),
    ] = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Add items to a pool.

    Images are known by their path in the folder, texts by their id column or
    row number. What is there already is passed over, so it is safe to run
    again. What cannot be read is named at the end, and the exit code is 1.
    """
    opened = open_source(source, text_column, id_column)
    with connect(target) as client:
        client.get_pool(pool)
        prepare = partial(_prepared, holdout=holdout, gold_column=gold_column)
        done, refused = _add_all(client, pool, opened, fingerprint, prepare)
    failures = opened.unreadable + refused
    if json:
        print_json(
            {"added": done.added, "copies": done.copies, "existing": done.existing, "errors": failures}
        )
    else:
        copies = f" ({done.copies} of them copies)" if done.copies else ""
        say(f"added {done.added}{copies}, there already {done.existing}, left out {len(failures)}")
    for failure in failures:
        complain(f"left out {failure.name}: {failure.message}")
    if failures:
        raise typer.Exit(1)


def _prepared(item: NewItem, *, holdout: bool, gold_column: str) -> NewItem:
    if gold_column and not item.metadata.get(gold_column):
        known = ", ".join(item.metadata) or "none"
        raise Failure(f"{item.item_id} has no true label in column {gold_column!r}; there are: {known}")
    # Annotators see metadata, and the true label is not for them.
    metadata = {name: value for name, value in item.metadata.items() if name != gold_column}
    gold_label = item.metadata[gold_column] if gold_column else ""
    return replace(item, metadata=metadata, holdout=holdout, gold_label=gold_label)


def _add_all(
    client: Client, pool: str, source: Source, fingerprint: str, prepare: Callable[[NewItem], NewItem]
) -> tuple[Added, list[Unreadable]]:
    """Counts of all requests, and which items were refused."""
    added, existing, copies, refused = 0, 0, 0, list[Unreadable]()
    with progress() as bar:
        task = bar.add_task(f"adding to {pool}", total=source.count)
        for chunk in chunks(source.items, CHUNK):
            items = [prepare(item) for item in chunk]
            try:
                outcome = client.add_items(pool, items, fingerprint_digest=fingerprint)
            except (VicinalClientError, KeyboardInterrupt):
                complain(f"stopped after {added} items were added; run it again to go on")
                raise
            added, existing = added + outcome.added, existing + outcome.existing
            copies += outcome.copies
            refused += [Unreadable(error.item_id, error.message) for error in outcome.errors]
            bar.update(task, completed=added + existing + len(refused) + len(source.unreadable))
    return Added(added, existing, [], len(refused), copies), refused
