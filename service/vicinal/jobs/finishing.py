"""The end of a job: what could not be embedded in one file, and the manifest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from vicinal.core.errors import FingerprintMismatch
from vicinal.jobs.durable import appearing, write_text
from vicinal.jobs.layout import FAILURES, MANIFEST
from vicinal.jobs.preparing import Job
from vicinal.jobs.state import JobState, ShardRecord

_FORMAT = 1


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
    with appearing(state.out / FAILURES) as unfinished, unfinished.open("wb") as file:
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
