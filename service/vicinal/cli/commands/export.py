"""`vicinal export`: write labels, the label log, or a whole pool."""

import csv
import json as json_format
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from vicinal.cli.commands.snapshot import export_pool
from vicinal.cli.failures import Failure
from vicinal.cli.options import DEFAULT_TARGET, JsonOption, PoolArgument, TargetOption, connect
from vicinal.cli.output import complain, plain
from vicinal.cli.registration import command
from vicinal.client import LabelEvent


class Format(StrEnum):
    """How labels are written."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


COLUMNS = (
    *("sequence", "kind", "item_id", "label", "annotator", "reason", "at", "metadata"),
    *("arm", "suggestion_number", "eligible_items", "predicted_label", "carried_from", "holdout"),
)


@command(
    "export",
    "vicinal export fruits > labels.csv",
    "vicinal export fruits --history --out log.jsonl",
    "vicinal export fruits --with-duplicates --out labels.csv",
    "vicinal export fruits --all --out fruits/",
)
def export(
    *,
    pool: PoolArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; a folder with --all. Default: stdout.")
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Default: from the suffix of --out, else csv.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Write the whole label log: also changes, removals and skips.")
    ] = False,
    with_duplicates: Annotated[
        bool,
        typer.Option(
            "--with-duplicates", help="Add a line for each duplicate to which a label also applies."
        ),
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Write the whole pool for `vicinal import`: settings, items, vectors, label log."
        ),
    ] = False,
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Write the current labels, the label log, or a whole pool.

    Labels are written as CSV, JSON or JSONL. `vicinal label --file` reads what is
    written without --history. With --all, items and vectors are JSONL and NPY, or
    Parquet with --format parquet.
    """
    if everything:
        export_pool(pool, out, parquet=_is_parquet(format_), target=target)
        return
    if format_ is Format.PARQUET:
        raise Failure("labels are written as csv, json or jsonl; parquet goes with --all")
    written = format_ or (Format.JSON if json else format_of(out))
    if written is Format.PARQUET:
        raise Failure(f"{out}: labels are written as .csv, .json or .jsonl; Parquet goes with --all")
    with connect(target) as client:
        client.get_pool(pool)
        events = client.export_labels(pool, history=history, with_duplicates=with_duplicates)
        with open_output(out) as file:
            _write(events, file, written)
    if out is not None:
        complain(f"wrote {out}")


def _is_parquet(wanted: Format | None) -> bool:
    if wanted not in (None, Format.JSONL, Format.PARQUET):
        raise Failure(f"a whole pool is written as jsonl or parquet, not as {wanted}")
    return wanted is Format.PARQUET


def format_of(out: Path | None) -> Format:
    """The format that the name of a file tells.

    Raises:
        Failure: it tells none.
    """
    if out is None or out.suffix.lower() == ".csv":
        return Format.CSV
    try:
        return Format(out.suffix.lower().removeprefix("."))
    except ValueError as error:
        raise Failure(f"{out}: name a file that ends in .csv, .json or .jsonl, or give --format") from error


@contextmanager
def open_output(out: Path | None) -> Iterator[TextIO]:
    """The file to write to, which appears under its name only when it is complete; or stdout.

    Raises:
        Failure: it cannot be written.
    """
    if out is None:
        yield sys.stdout
        return
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        unfinished.replace(out)
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # a disk that refuses everything has said so already
            unfinished.unlink(missing_ok=True)


def _write(events: Iterator[LabelEvent], file: TextIO, written: Format) -> None:
    records = map(plain, events)
    match written:
        case Format.CSV:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(map(_flat, records))
        case Format.JSONL:
            file.writelines(json_format.dumps(record, ensure_ascii=False) + "\n" for record in records)
        case _:
            json_format.dump(list(records), file, indent=2, ensure_ascii=False)
            file.write("\n")


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "metadata": json_format.dumps(record["metadata"], ensure_ascii=False)}
