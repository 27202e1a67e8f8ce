"""`vicinal classify`: predict the classes of files, texts and vectors."""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.commands.scoring import (
    EngineOption,
    LabelsOption,
    MetricOption,
    OutFolderOption,
    RayOption,
    WorkersOption,
    describe_labels,
    prepared,
    report_passed_over,
    tell_left_out,
)
from vicinal.cli.failures import Failure
from vicinal.cli.inputs import LeftOut, Source, Unreadable, chunks, describe, open_source
from vicinal.cli.inputs.source import check_goes_with
from vicinal.cli.inputs.texts import left_out_item
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
from vicinal.cli.output import print_json, print_table, reason_of, say, say_left_out, say_notes, share
from vicinal.cli.registration import command
from vicinal.client import Client, NewItem, Pool, Prediction
from vicinal.data.tables.items import ItemColumns
from vicinal.data.tables.values import printable

CHUNK = 256


@command(
    "classify",
    "vicinal classify fruits new/pear.jpg",
    "vicinal classify reviews 'what a lovely film' --neighbours",
    "vicinal classify vectors/ --labels labels.csv --out classes --workers 2",
)
def classify(
    *,
    pool: PoolArgument,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="Files or folders as `add` takes them, or texts."),
    ] = None,
    neighbours: Annotated[
        bool, typer.Option("--neighbours", help="Show the labelled items that voted.")
    ] = False,
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    fingerprint: FingerprintOption = "",
    labels: LabelsOption = None,
    out: OutFolderOption = None,
    strategy: Annotated[
        str, typer.Option("--strategy", help="Vote model to use with --labels: default or classic.")
    ] = "default",
    metric: MetricOption = "cosine",
    workers: WorkersOption = 1,
    engine: EngineOption = "local",
    ray_address: RayOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Predict the classes of images, texts or vectors from a pool's labels.

    The inputs need not be in the pool. In a pool of texts, an input that names no
    file is the text itself.

    With --labels, POOL is a folder, glob or file of vectors on disk, as for
    `vicinal score`. All of its vectors are classified, without a server.

    Skipped files are counted by reason. Items that cannot be read or are refused are
    named at the end; the exit code is then 1.
    """
    if labels is not None:
        if inputs:
            raise Failure(f"{inputs[0]}: with --labels the pool itself is classified; leave inputs out")
        with prepared(labels, out) as (job, given, folder, report):
            summary = job.classify(
                *(pool, given, folder),
                strategy=strategy,
                metric=metric,
                engine=engine,
                workers=workers,
                ray_address=ray_address,
                report=report,
            )
        _report_offline(summary, folder, json=json)
        return
    if not inputs:
        hint = "; a pool on disk needs --labels and --out" if Path(pool).exists() else ""
        raise Failure(f"give an INPUT to classify{hint}")
    with connect(target) as client:
        columns = text_column, id_column
        predictions, failures, left_out = _asked(
            client, pool, inputs, columns, neighbours=neighbours, fingerprint=fingerprint
        )
    _report(pool, predictions, failures, left_out, neighbours=neighbours, json=json)
    if failures:
        raise typer.Exit(1)


def _report_offline(summary: dict[str, Any], folder: Path, *, json: bool) -> None:
    if json:
        print_json(summary)
    else:
        say(f"{summary['items']} items classified with {describe_labels(summary)}: {folder}")
        report_passed_over(summary)
    tell_left_out(summary)


def _report(
    pool: str,
    predictions: list[tuple[str, Prediction]],
    failures: list[Unreadable],
    left_out: LeftOut,
    *,
    neighbours: bool,
    json: bool,
) -> None:
    counts = left_out.counts(failures)
    if json:
        results = [_record(name, prediction) for name, prediction in predictions]
        summary = {
            "predictions": results,
            "errors": failures,
            "left_out_counts": counts,
            "notes": left_out.notes,
        }
        print_json(summary)
    else:
        _show(pool, predictions, neighbours)
        if counts:
            say(describe(counts))
    say_left_out(failures, left_out.notes)


def open_input(given: str, pool: Pool, text_column: str, id_column: str) -> Source:
    """What an input names; in a pool of texts, what names no file is the text itself.

    Raises:
        Failure: it is empty, what it names cannot be read, or does not go with the pool.
    """
    if not given.strip():
        raise Failure("an input is empty; give a file, a folder, or in a pool of texts a text")
    reads_texts = pool.fingerprint is not None and pool.fingerprint.medium == "text"
    # Unlike Path.exists, this says no of a text that is too long for a name.
    is_there = os.path.exists(given)
    if given != printable(given) and not is_there:
        raise Failure(f"the input {printable(given)!r} is not UTF-8; write it as UTF-8")
    if reads_texts and not is_there:
        return Source(1, iter([NewItem(given, given)]))
    source = open_source(Path(given), text_column, id_column, ItemColumns(keeps_metadata=False))
    check_goes_with(pool, source, given)
    return source


def _asked(
    client: Client,
    pool: str,
    inputs: list[str],
    columns: tuple[str, str],
    *,
    neighbours: bool,
    fingerprint: str,
) -> tuple[list[tuple[str, Prediction]], list[Unreadable], LeftOut]:
    """Asks a running service about all inputs, some at a time."""
    asked = client.get_pool(pool)
    sources = [open_input(given, asked, *columns) for given in inputs]
    say_notes(note for source in sources for note in source.notes)
    predictions: list[tuple[str, Prediction]] = []
    failures: list[Unreadable] = []
    items: Iterator[NewItem] = chain.from_iterable(source.items for source in sources)
    for chunk in chunks(items, CHUNK):
        contents = [item.content for item in chunk]
        answer = client.classify(pool, contents, with_neighbours=neighbours, fingerprint_digest=fingerprint)
        for item, prediction in zip(chunk, answer.predictions, strict=True):
            if prediction is not None:
                predictions.append((item.item_id, prediction))
        failures += [
            left_out_item(chunk[error.index], error.message, reason_of(error.reason))
            for error in answer.errors
        ]
    left_out = LeftOut()
    for source in sources:
        failures += source.unreadable
        left_out.add(source.left_out)
    return predictions, failures, left_out


def _record(name: str, prediction: Prediction) -> dict[str, Any]:
    return {
        "input": name,
        "label": prediction.label,
        "probabilities": prediction.probabilities,
        "neighbours": prediction.neighbours,
    }


def _show(pool: str, predictions: list[tuple[str, Prediction]], neighbours: bool) -> None:
    columns = ["input", "label", ">share", "others"]
    rows = [[name, *_prediction_cells(prediction)] for name, prediction in predictions]
    if neighbours:
        columns.append("voted by")
        for row, (_, prediction) in zip(rows, predictions, strict=True):
            row.append(_voters(prediction))
    print_table(f"By the labels of {pool}", columns, rows)


def _prediction_cells(prediction: Prediction) -> list[str]:
    (label, first), *rest = prediction.probabilities.items()
    others = ", ".join(f"{name} {share(part)}" for name, part in rest[:2] if part >= 0.001)
    return [label, share(first), others]


def _voters(prediction: Prediction) -> str:
    return ", ".join(
        f"{voter.item_id or f'example {voter.example_id}'} ({voter.label}, {voter.similarity:.2f})"
        for voter in prediction.neighbours[:3]
    )
