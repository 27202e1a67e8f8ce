"""`vicinal examples`: labelled examples from other sources, which vote in a pool and are never suggested."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Unreadable, chunks, describe, open_source
from vicinal.cli.inputs.source import check_goes_with
from vicinal.cli.inputs.texts import left_out_item, value_of, without_value
from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    ClassFromOption,
    FingerprintOption,
    IdColumnOption,
    JsonOption,
    PoolArgument,
    TargetOption,
    TextColumnOption,
    connect,
)
from vicinal.cli.output import complain, print_json, print_table, progress, reason_of, say, say_left_out
from vicinal.cli.registration import CommandGroup, command
from vicinal.client import ExamplesAdded, NewExample, NewItem, VicinalClientError
from vicinal.data.tables.items import ItemColumns

# The name of the metadata that an image's folder becomes.
FOLDER_CLASS = "class"
# Few enough that the bar moves while a model works.
CHUNK = 64
# Taken back in one request: all or none.
REMOVED_AT_ONCE = 1000


@command(
    "add",
    "vicinal examples add fruits style-guide/fresh --label fresh",
    "vicinal examples add fruits older-project/ --label-column class",
    "vicinal examples add reviews labelled.csv --label-column verdict --relabel",
)
def add(
    *,
    pool: PoolArgument,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Folder of images or of text files, image, table (CSV, TSV, JSON, JSONL, Parquet), or "
            "NPZ/NPY of vectors.",
        ),
    ],
    label: Annotated[str, typer.Option(help="Label of all examples.")] = "",
    label_column: Annotated[
        str,
        typer.Option(help="Column, field or array of labels; 'class' is an image's folder."),
    ] = "",
    class_from: ClassFromOption = "",
    relabel: Annotated[bool, typer.Option("--relabel", help="Replace labels that differ.")] = False,
    annotator: AnnotatorOption = "",
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    fingerprint: FingerprintOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Add labelled images, texts or vectors from other sources as examples.

    Their ids are made as for items: the path of an image in the folder, the id column
    or the row number of a text. Examples that exist already are skipped. Hidden
    files and files that are not images are counted by reason. Contents that cannot
    be read, have no label or are refused are named at the end; the exit code is
    then 1.
    """
    if bool(label) == bool(label_column):
        raise typer.BadParameter("give either --label, for all of them, or --label-column")
    needed = (label_column,) if label_column else ()
    columns = ItemColumns(needed=needed, keeps_metadata=False)
    opened = open_source(data, text_column, id_column, columns, class_from)
    if label_column == FOLDER_CLASS and opened.ambiguous:
        raise Failure(f"--label-column {label_column}: {opened.ambiguous}")
    unlabelled: list[Unreadable] = []
    with connect(target) as client:
        check_goes_with(client.get_pool(pool), opened, str(data))
        examples = _labelled(opened.items, label, label_column, unlabelled)
        send = partial(
            client.add_examples, pool, relabel=relabel, annotator=annotator, fingerprint_digest=fingerprint
        )
        done, refused = _add_all(send, examples, f"adding examples to {pool}", opened.count)
    failures = opened.unreadable + unlabelled + refused
    counts = {"added": done.added, "relabelled": done.relabelled, "existing": done.existing}
    left_out = opened.left_out.counts(failures)
    if json:
        print_json({**counts, "errors": failures, "left_out_counts": left_out, "notes": opened.notes})
    else:
        shown = f"added {done.added}, relabelled {done.relabelled}, there already {done.existing}"
        say(f"{shown}, {describe(left_out)}")
    say_left_out(failures, opened.notes)
    if failures:
        raise typer.Exit(1)


@command(
    "list",
    "vicinal examples list fruits --json",
)
def show_all(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List a pool's examples."""
    with connect(target) as client:
        examples = list(client.list_examples(pool))
    if json:
        print_json(examples)
        return
    rows = [
        [
            example.example_id,
            example.label,
            example.annotator,
            example.created_at.strftime("%Y-%m-%d %H:%M:%S UTC") if example.created_at else "",
        ]
        for example in examples
    ]
    print_table(f"Examples of {pool}", ["example", "label", "annotator", "since"], rows)


@command(
    "remove",
    "vicinal examples remove fruits apple_1.jpg apple_2.jpg",
)
def remove(
    *,
    pool: PoolArgument,
    example_ids: Annotated[list[str], typer.Argument(metavar="EXAMPLE...", help="Ids of the examples.")],
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Remove examples, and undo their votes exactly."""
    with connect(target) as client:
        removed = sum(client.remove_examples(pool, chunk) for chunk in chunks(example_ids, REMOVED_AT_ONCE))
    if json:
        print_json({"removed": removed})
    else:
        say(f"removed {removed}")


def _labelled(
    items: Iterable[NewItem], label: str, label_column: str, unlabelled: list[Unreadable]
) -> Iterator[tuple[NewItem, NewExample]]:
    """Items as examples with their labels; those without one are added to `unlabelled`."""
    for item in items:
        given = label or value_of(item, label_column)
        if given:
            yield item, NewExample(item.item_id, item.content, given)
        else:
            unlabelled.append(without_value(item, label_column, "label"))


def _add_all(
    send: Callable[[list[NewExample]], ExamplesAdded],
    examples: Iterator[tuple[NewItem, NewExample]],
    task: str,
    count: int,
) -> tuple[ExamplesAdded, list[Unreadable]]:
    """Counts of all requests, and which examples were refused."""
    added, relabelled, existing, refused = 0, 0, 0, list[Unreadable]()
    with progress() as bar:
        shown = bar.add_task(task, total=count)
        for chunk in chunks(examples, CHUNK):
            try:
                done = send([example for _, example in chunk])
            except (VicinalClientError, KeyboardInterrupt):
                complain(f"stopped after {added} examples were added; run it again to go on")
                raise
            added, relabelled = added + done.added, relabelled + done.relabelled
            existing += done.existing
            refused += [
                left_out_item(chunk[error.index][0], error.message, reason_of(error.reason))
                for error in done.errors
            ]
            bar.advance(shown, len(chunk))
    return ExamplesAdded(added, relabelled, existing, []), refused


example_commands = CommandGroup(
    "examples",
    "Add labelled examples from other sources. They vote; they are never suggested.",
    (
        add,
        show_all,
        remove,
    ),
)
