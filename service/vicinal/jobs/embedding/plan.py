"""What a job has to do, less what an earlier run has done; its end: failures and the manifest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from vicinal.core.errors import FingerprintMismatch, InvalidInput
from vicinal.jobs.composition import ModelSource
from vicinal.jobs.embedding.row_ranges import ColumnKind, InputRowRange
from vicinal.jobs.embedding.shards import EmbeddingSpec, EmbeddingTask
from vicinal.jobs.embedding.sources import ColumnChoice, InputFiles, SplitInput, split_input
from vicinal.jobs.embedding.state import JobState, ShardRecord
from vicinal.jobs.files import FAILURES, LISTING, MANIFEST, shard_name, write_atomically, write_text
from vicinal.records.errors import Violation

DEFAULT_MODELS = {
    ColumnKind.TEXT: "use-offline",
    ColumnKind.IMAGE: "mobilenet-v2",
    ColumnKind.PATH: "mobilenet-v2",
}
_FORMAT = 1


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes:
        source_ranges: of the input, in its order.
        known: shards that are there and whole.
        tasks: those that are not.
        spec: what the tasks have in common.
        problems: input files that are missing or cannot be read.
    """

    row_ranges: list[InputRowRange]
    finished: list[ShardRecord]
    tasks: list[EmbeddingTask]
    spec: EmbeddingSpec
    problems: list[Violation]

    @property
    def rows(self) -> int:
        """Of all pieces."""
        return sum(row_range.rows for row_range in self.row_ranges)


def prepare_job(
    state: JobState, found: InputFiles, wanted: ColumnChoice, shard_rows: int, model: ModelSource
) -> Job:
    """Cuts the input, and compares it with what is in the output folder.

    Raises:
        InvalidInput: no input can be read, or the folder holds vectors of another one; it stays as it was.
        FingerprintMismatch: the folder holds vectors of another model; likewise.
    """
    listing = state.folder / LISTING
    fresh = listing.with_stem("fresh")
    try:
        split = split_input(found, wanted, shard_rows, fresh)
        chosen = model if model.name else replace(model, name=DEFAULT_MODELS[split.columns.holds])
        plan = _plan(split, shard_rows, chosen)
        records = state.read_records()
        problems = _check_plan(state, plan, split, records)
        if fresh.exists():
            fresh.replace(listing)
    finally:
        fresh.unlink(missing_ok=True)
    row_ranges = [
        replace(row_range, file=listing) if row_range.file == fresh else row_range
        for row_range in split.row_ranges
    ]
    if not records:
        state.write_plan(plan)
    state.remove_partial_files()
    finished = [records[row_range.key] for row_range in row_ranges if row_range.key in records]
    whole = [record for record in finished if state.is_whole(record)]
    digest = str(finished[0].fingerprint["digest"]) if finished else ""
    spec = EmbeddingSpec(chosen, split.columns, state.out.resolve(), digest)
    return Job(row_ranges, whole, _make_tasks(row_ranges, records, whole), spec, problems)


def _plan(split: SplitInput, shard_rows: int, model: ModelSource) -> dict[str, Any]:
    columns = split.columns
    named = {"content": columns.content, "holds": str(columns.holds), "id": columns.id}
    return {
        "format": _FORMAT,
        "featurizer": model.name,
        "shard_rows": shard_rows,
        "columns": named,
        "files": split.names,
    }


def _check_plan(
    state: JobState, plan: Mapping[str, Any], split: SplitInput, records: Mapping[str, ShardRecord]
) -> list[Violation]:
    """Problems of the input; refuses what is not the job that the folder was begun with."""
    begun = state.read_plan()
    if begun is None or not records:
        return split.problems
    _check_same(state.out, begun, plan)
    missing = [
        Violation(name, "is missing, and was there") for name in begun["files"] if name not in split.names
    ]
    problems = [*split.problems, *missing]
    strange = set(records) - {row_range.key for row_range in split.row_ranges}
    if set(split.names) - set(begun["files"]) or (strange and not problems):
        raise InvalidInput.at(
            str(state.out), "holds vectors of another input, or the input has changed; name a new folder"
        )
    return problems


def _check_same(out: Path, begun: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    for name, value in plan.items():
        if name != "files" and begun.get(name) != value:
            kind = FingerprintMismatch if name == "featurizer" else InvalidInput
            was, now = (json.dumps(each) for each in (begun.get(name), value))
            raise kind(f"{out}: was begun with {name} {was}, not {now}; name a new folder")


def _make_tasks(
    row_ranges: list[InputRowRange], records: Mapping[str, ShardRecord], whole: list[ShardRecord]
) -> list[EmbeddingTask]:
    """A task for each piece without a whole shard: under its old name, else the first that is free."""
    done = {record.source_range for record in whole}
    used = {record.file for record in records.values()}
    free = (name for name in map(shard_name, count()) if name not in used)
    names = (
        (row_range, records[row_range.key].file if row_range.key in records else next(free))
        for row_range in row_ranges
    )
    return [EmbeddingTask(row_range, name) for row_range, name in names if row_range.key not in done]


def finish_job(state: JobState, job: Job, records: Sequence[ShardRecord]) -> Mapping[str, Any]:
    """Writes `failures.jsonl` and `manifest.json`, and so says that all shards are there.

    Returns:
        The fingerprint that all shards have.

    Raises:
        FingerprintMismatch: they have not all the same: workers loaded different models.
        StorageFailed: the folder cannot be written.
    """
    made = {record.source_range: record for record in records}
    ordered = [made[row_range.key] for row_range in job.row_ranges]
    fingerprint = ordered[0].fingerprint
    for record in ordered:
        if record.fingerprint != fingerprint:
            raise FingerprintMismatch(
                f"{state.out}: {record.file} was made with {record.fingerprint['digest']}, {ordered[0].file} "
                f"with {fingerprint['digest']}; give all workers one model, and name a new folder"
            )
    with write_atomically(state.out / FAILURES) as unfinished, unfinished.open("wb") as file:
        for record in ordered:
            file.write(state.failures_file(record.file).read_bytes())
    write_text(state.out / MANIFEST, json.dumps(_manifest(ordered, fingerprint), indent=2) + "\n")
    return fingerprint


def _manifest(records: Sequence[ShardRecord], fingerprint: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("file", "rows", "failures", "bytes", "sha256")
    shards = [{name: value for name, value in asdict(record).items() if name in wanted} for record in records]
    return {
        "format": _FORMAT,
        "fingerprint": dict(fingerprint),
        "rows": sum(record.rows for record in records),
        "failures": sum(record.failures for record in records),
        "shards": shards,
    }
