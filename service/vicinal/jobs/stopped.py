"""A job that could not go on."""

import errno
from pathlib import Path

from vicinal.core.errors import VicinalError


class JobStopped(VicinalError):
    """A job could not go on; what is done is kept, and the same call takes it up again."""

    reason = "JOB_STOPPED"

    @classmethod
    def at(cls, what: str, why: str, kept: Path) -> "JobStopped":
        """The error for what the job was at, with the folder that keeps what is done."""
        return cls(f"{what}: {why}; what is done is kept in {kept}, and the same command goes on from there")


def stopped_by(error: OSError, what: str, kept: Path) -> JobStopped:
    """What a refusal of the system means for a job."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return JobStopped.at(what, "the disk is full; make room", kept)
    named = f" ({error.filename})" if error.filename else ""
    return JobStopped.at(what, f"{error.strerror or error}{named}", kept)
