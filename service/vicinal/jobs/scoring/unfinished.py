"""What a job says that could not go on."""

import errno
from pathlib import Path

from vicinal.core.errors import JobUnfinished


def unfinished(what: str, why: str, kept: Path) -> JobUnfinished:
    """The error for what the job was at, with the folder that keeps what is done."""
    going_on = f"what is done is kept in {kept}, and the same command goes on from there"
    return JobUnfinished(f"{what}: {why}; {going_on}")


def unfinished_by(error: OSError, what: str, kept: Path) -> JobUnfinished:
    """What a refusal of the system means for a job."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return unfinished(what, "the disk is full; make room", kept)
    named = f" ({error.filename})" if error.filename else ""
    return unfinished(what, f"{error.strerror or error}{named}", kept)
