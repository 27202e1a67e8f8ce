"""`vicinal add`: add items to a pool."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Source, Unreadable, chunks, describe, open_source
from vicinal.cli.inputs.source import check_goes_with
from vicinal.cli.inputs.texts import left_out_item, value_of, without_value
from vicinal.cli.options import (
    DEFAULT_TARGET,
    ClassFromOption,
    FingerprintOption,
    IdColumnOption,
    JsonOption,
    MetadataColumnOption,
    PoolArgument,
    TargetOption,
    TextColumnOption,
    connect,
)
from vicinal.cli.output import complain, print_json, progress, reason_of, say, say_left_out
from vicinal.cli.registration import command
from vicinal.client import Added, Client, NewItem, VicinalClientError
from vicinal.data.tables.items import ItemColumns

# The name of the metadata that an image's folder becomes.
FOLDER_CLASS = "class"
# Few enough that the bar moves while a model works.
CHUNK = 64


@command(
    "add",
    "vicinal add fruits photos/",
    "vicinal add reviews reviews.csv --text-column body --id-column key",
    "vicinal add sounds vectors.npz",
    "vicinal add fruits test-photos/ --holdout",
    "vicinal add fruits known/ --gold-column class",
)
def add(
    *,
    pool: PoolArgument,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of images or of text files, image, table (CSV, TSV, JSON, JSONL, Parquet), or "
            "NPZ/NPY of vectors.",
        ),
    ],
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    metadata_column: MetadataColumnOption = None,
    fingerprint: FingerprintOption = "",
    holdout: Annotated[
        bool,
        typer.Option(
            "--holdout", help="Add the items to the holdout: their labels measure accuracy and do not vote."
        ),
    ] = False,
    gold_column: Annotated[
        str,
        typer.Option(
            help="Column or field ('class': an image's folder) of true labels, to measure annotators with."
        ),
    ] = "",
    class_from: ClassFromOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Add images, texts or vectors to a pool.

    An image's id is its path in the folder; a text's id is its id column or its row
    number. Items that are already in the pool are skipped, so the command can be run
    again. Hidden files and files that are not images are counted by reason. Items
    that cannot be read or are refused are named at the end; the exit code is then 1.
    """
    if holdout and gold_column:
        raise typer.BadParameter("give either --holdout or --gold-column; an item is kept for one of the two")
    needed = (gold_column,) if gold_column else ()
    columns = ItemColumns(metadata=tuple(metadata_column or ()), needed=needed)
    opened = open_source(source, text_column, id_column, columns, class_from)
    if gold_column == FOLDER_CLASS and opened.ambiguous:
        raise Failure(f"--gold-column {gold_column}: {opened.ambiguous}")
    unlabelled: list[Unreadable] = []
    with connect(target) as client:
        check_goes_with(client.get_pool(pool), opened, str(source))
        items = prepare_items(opened.items, holdout, gold_column, unlabelled)
        done, refused = _add_all(client, pool, replace(opened, items=items), fingerprint, unlabelled)
    failures = opened.unreadable + unlabelled + refused
    left_out = opened.left_out.counts(failures)
    if json:
        counts = {"added": done.added, "duplicates": done.duplicates, "existing": done.existing}
        print_json({**counts, "errors": failures, "left_out_counts": left_out, "notes": opened.notes})
    else:
        duplicates = f" ({done.duplicates} of them duplicates)" if done.duplicates else ""
        say(f"added {done.added}{duplicates}, there already {done.existing}, {describe(left_out)}")
    say_left_out(failures, opened.notes)
    if failures:
        raise typer.Exit(1)


def prepare_items(
    items: Iterable[NewItem], holdout: bool, gold_column: str, unlabelled: list[Unreadable]
) -> Iterator[NewItem]:
    """The items with what they are kept for; those without a true label are added to `unlabelled`."""
    for item in items:
        gold = value_of(item, gold_column) if gold_column else ""
        if gold_column and not gold:
            unlabelled.append(without_value(item, gold_column, "true label"))
            continue
        # Annotators see metadata, and the true label is not for them.
        metadata = {name: value for name, value in item.metadata.items() if name != gold_column}
        yield replace(item, metadata=metadata, holdout=holdout, gold_label=gold)


def _add_all(
    client: Client, pool: str, source: Source, fingerprint: str, unlabelled: Sequence[Unreadable]
) -> tuple[Added, list[Unreadable]]:
    """Counts of all requests, and which items were refused."""
    added, existing, duplicates, refused = 0, 0, 0, list[Unreadable]()
    with progress() as bar:
        task = bar.add_task(f"adding to {pool}", total=source.count)
        for chunk in chunks(source.items, CHUNK):
            try:
                outcome = client.add_items(pool, chunk, fingerprint_digest=fingerprint)
            except (VicinalClientError, KeyboardInterrupt):
                complain(f"stopped after {added} items were added; run it again to go on")
                raise
            added, existing = added + outcome.added, existing + outcome.existing
            duplicates += outcome.duplicates
            refused += [
                left_out_item(chunk[error.index], error.message, reason_of(error.reason))
                for error in outcome.errors
            ]
            left_out = len(refused) + len(source.unreadable) + len(unlabelled)
            bar.update(task, completed=added + existing + left_out)
    return Added(added, existing, [], len(refused), duplicates), refused
