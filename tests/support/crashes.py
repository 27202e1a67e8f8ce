"""Processes that end in the middle of writing, and files that cannot grow."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file can grow beyond that many bytes, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def begin_child(*arguments: Path | str) -> subprocess.Popen[str]:
    """A process that writes, and prints the number of each step that it has written."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.crashing_child", *map(str, arguments)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_child(*arguments: Path | str) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    with begin_child(*arguments) as child:
        try:
            output, errors = child.communicate(timeout=240)
        finally:
            child.kill()
    return subprocess.CompletedProcess(child.args, child.returncode, output, errors)
