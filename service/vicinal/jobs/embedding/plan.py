"""What a job has to do, less what an earlier run has done; its end: failures and the manifest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from vicinal.core.errors import FingerprintMismatch, InvalidInput
from vicinal.jobs.composition import ModelSource
from vicinal.jobs.embedding.pieces import ColumnKind, SourceRange
from vicinal.jobs.embedding.shards import EmbeddingSpec, EmbeddingTask
from vicinal.jobs.embedding.sources import ColumnChoice, Input, InputFiles, split_input
from vicinal.jobs.embedding.state import JobState, ShardRecord
from vicinal.jobs.files import FAILURES, LISTING, MANIFEST, shard_name, write_atomically, write_text
from vicinal.records.errors import Violation

USUAL_MODELS = {
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

    source_ranges: list[SourceRange]
    known: list[ShardRecord]
    tasks: list[EmbeddingTask]
    spec: EmbeddingSpec
    problems: list[Violation]

    @property
    def rows(self) -> int:
        """Of all pieces."""
        return sum(source_range.rows for source_range in self.source_ranges)


def prepare(
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
        taken = split_input(found, wanted, shard_rows, fresh)
        chosen = model if model.name else replace(model, name=USUAL_MODELS[taken.columns.holds])
        plan = _plan(taken, shard_rows, chosen)
        records = state.records()
        problems = _checked(state, plan, taken, records)
        if fresh.exists():
            fresh.replace(listing)
    finally:
        fresh.unlink(missing_ok=True)
    source_ranges = [
        replace(source_range, file=listing) if source_range.file == fresh else source_range
        for source_range in taken.source_ranges
    ]
    if not records:
        state.begin(plan)
    state.clear()
    known = [records[source_range.key] for source_range in source_ranges if source_range.key in records]
    whole = [record for record in known if state.is_whole(record)]
    digest = str(known[0].fingerprint["digest"]) if known else ""
    spec = EmbeddingSpec(chosen, taken.columns, state.out.resolve(), digest)
    return Job(source_ranges, whole, _tasks(source_ranges, records, whole), spec, problems)


def _plan(taken: Input, shard_rows: int, model: ModelSource) -> dict[str, Any]:
    columns = taken.columns
    named = {"content": columns.content, "holds": str(columns.holds), "id": columns.id}
    return {
        "format": _FORMAT,
        "featurizer": model.name,
        "shard_rows": shard_rows,
        "columns": named,
        "files": taken.names,
    }


def _checked(
    state: JobState, plan: Mapping[str, Any], taken: Input, records: Mapping[str, ShardRecord]
) -> list[Violation]:
    """Problems of the input; refuses what is not the job that the folder was begun with."""
    begun = state.plan()
    if begun is None or not records:
        return taken.problems
    _check_same(state.out, begun, plan)
    missing = [
        Violation(name, "is missing, and was there") for name in begun["files"] if name not in taken.names
    ]
    problems = [*taken.problems, *missing]
    strange = set(records) - {source_range.key for source_range in taken.source_ranges}
    if set(taken.names) - set(begun["files"]) or (strange and not problems):
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


def _tasks(
    source_ranges: list[SourceRange], records: Mapping[str, ShardRecord], whole: list[ShardRecord]
) -> list[EmbeddingTask]:
    """A task for each piece without a whole shard: under its old name, else the first that is free."""
    done = {record.source_range for record in whole}
    used = {record.file for record in records.values()}
    free = (name for name in map(shard_name, count()) if name not in used)
    names = (
        (source_range, records[source_range.key].file if source_range.key in records else next(free))
        for source_range in source_ranges
    )
    return [EmbeddingTask(source_range, name) for source_range, name in names if source_range.key not in done]


def finish(state: JobState, job: Job, records: Sequence[ShardRecord]) -> Mapping[str, Any]:
    """Writes `failures.jsonl` and `manifest.json`, and so says that all shards are there.

    Returns:
        The fingerprint that all shards have.

    Raises:
        FingerprintMismatch: they have not all the same: workers loaded different models.
        StorageFailed: the folder cannot be written.
    """
    made = {record.source_range: record for record in records}
    ordered = [made[source_range.key] for source_range in job.source_ranges]
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
