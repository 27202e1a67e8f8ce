"""`vicinal duplicates`: find, list, check and split duplicates in a pool."""

from collections.abc import Iterable
from typing import Annotated

import typer

from vicinal.cli.commands.classify import open_input
from vicinal.cli.inputs import LeftOut, Unreadable, describe
from vicinal.cli.inputs.texts import left_out_item
from vicinal.cli.options import (
    DEFAULT_TARGET,
    AnnotatorOption,
    IdColumnOption,
    JsonOption,
    PoolArgument,
    TargetOption,
    TextColumnOption,
    connect,
)
from vicinal.cli.output import print_json, print_table, progress, reason_of, say, say_left_out, say_notes
from vicinal.cli.registration import CommandGroup, command
from vicinal.client import (
    Client,
    ContentMatch,
    DuplicateEvidence,
    DuplicateGroup,
    DuplicateProgress,
    DuplicateSummary,
    InvalidArgumentError,
    NewItem,
)


@command(
    "find",
    "vicinal duplicates find fruits",
)
def find(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """Find the duplicates in a pool. Only one item of each group is then suggested.

    The pool can be used meanwhile. Ctrl-C ends the search without any change.
    Restored items do not become duplicates again.
    """
    with connect(target) as client:
        summary = _followed(client.find_duplicates(pool))
    if json:
        print_json(summary)
    elif summary is not None:
        counted = f"{summary.duplicates} duplicates in {summary.groups} groups"
        say(f"{counted}: {summary.new} new, {summary.gone} no longer duplicates")


@command(
    "list",
    "vicinal duplicates list fruits",
    "vicinal duplicates list fruits --json",
)
def show_all(*, pool: PoolArgument, target: TargetOption = DEFAULT_TARGET, json: JsonOption = False) -> None:
    """List groups of duplicates, each with its representative first."""
    with connect(target) as client:
        groups = list(client.list_duplicate_groups(pool))
    if json:
        print_json(groups)
        return
    columns = ["group", "item", "is", "state", "label", ">similarity", "what was done"]
    print_table(f"Duplicates in {pool}", columns, (row for group in groups for row in _rows(group)))


@command(
    "split",
    "vicinal duplicates split fruits apple_17.jpg",
)
def split(
    *,
    pool: PoolArgument,
    representative: Annotated[str, typer.Argument(metavar="ITEM", help="Representative of the group.")],
    annotator: AnnotatorOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Split a group: its items are no longer duplicates, and each can be suggested."""
    with connect(target) as client:
        restored = client.split_duplicate_group(pool, representative, annotator=annotator)
    if json:
        print_json({"restored": restored})
    else:
        say(f"restored {restored}")


@command(
    "check",
    "vicinal duplicates check fruits new/",
    "vicinal duplicates check reviews 'what a lovely film' --json",
)
def check(
    *,
    pool: PoolArgument,
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files or folders as `add` takes them, or texts.")
    ],
    text_column: TextColumnOption = "text",
    id_column: IdColumnOption = "",
    target: TargetOption = DEFAULT_TARGET,
    json: JsonOption = False,
) -> None:
    """Check whether images, texts or vectors are duplicates of items of a pool.

    Nothing is added to the pool. In a pool of texts, an input that names no file is
    the text itself. Skipped files are counted by reason. Contents that cannot be
    read are named at the end; the exit code is then 1.
    """
    failures, found = list[Unreadable](), list[tuple[str, list[ContentMatch]]]()
    left_out = LeftOut()
    with connect(target) as client:
        asked = client.get_pool(pool)
        for given in inputs:
            source = open_input(given, asked, text_column, id_column)
            say_notes(source.notes)
            for item in source.items:
                found += _checked(client, pool, item, failures)
            failures += source.unreadable
            left_out.add(source.left_out)
    counts = left_out.counts(failures)
    if json:
        entries = [{"input": name, "matches": matches} for name, matches in found]
        print_json(
            {"inputs": entries, "errors": failures, "left_out_counts": counts, "notes": left_out.notes}
        )
    else:
        _show_matches(pool, found)
        if counts:
            say(describe(counts))
    say_left_out(failures, left_out.notes)
    if failures:
        raise typer.Exit(1)


def _followed(steps: Iterable[DuplicateProgress | DuplicateSummary]) -> DuplicateSummary | None:
    """The outcome of a search, whose progress is shown."""
    with progress() as bar:
        task, name = None, ""
        for step in steps:
            if isinstance(step, DuplicateSummary):
                return step
            if task is None or step.step != name:
                task, name = bar.add_task(step.step, total=step.total), step.step
            bar.update(task, completed=step.done, total=step.total)
    return None


def _checked(
    client: Client, pool: str, item: NewItem, failures: list[Unreadable]
) -> list[tuple[str, list[ContentMatch]]]:
    try:
        return [(item.item_id, client.check_content(pool, item.content))]
    except InvalidArgumentError as error:
        failures.append(left_out_item(item, str(error), reason_of(error.reason)))
        return []


def _rows(group: DuplicateGroup) -> list[list[str]]:
    representative = group.representative
    rows = [
        [
            representative.item_id,
            representative.item_id,
            "shown",
            representative.state,
            representative.label,
            "",
            "",
        ]
    ]
    for item in group.duplicates:
        if item.duplicate_of is not None:
            similarity, done = _evidence(item.duplicate_of.evidence)
            label = item.label or item.carried_label
            rows.append(["", item.item_id, item.duplicate_of.kind, item.state, label, similarity, done])
    return rows


def _show_matches(pool: str, found: Iterable[tuple[str, list[ContentMatch]]]) -> None:
    rows = []
    for name, matches in found:
        if not matches:
            rows.append([name, "nothing", "", "", ""])
        for match in matches:
            stands = (
                match.item_id
                if match.representative_id == match.item_id
                else f"{match.item_id} ({match.representative_id})"
            )
            rows.append([name, match.kind, stands, *_evidence(match.evidence)])
    print_table(f"Against {pool}", ["input", "is", "of (shown)", ">similarity", "what was done"], rows)


def _evidence(of: DuplicateEvidence) -> tuple[str, str]:
    return f"{of.similarity:.3f}", ", ".join(of.kinds)


duplicate_commands = CommandGroup(
    "duplicates",
    "Find, list, check and split duplicates in a pool.",
    (
        find,
        show_all,
        split,
        check,
    ),
)
