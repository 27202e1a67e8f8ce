import platform
import subprocess
import sys

import pytest

# Prints how many kilobytes more are resident after an array of 8 MiB was freed that lies below one in use,
# once a larger one has been: by default glibc then no longer gives arrays of that size mappings of their own.
PROBE = """
from pathlib import Path
import numpy as np
from vicinal.server.process import give_memory_back

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1])

if {gives_back}:
    give_memory_back()
before = resident()
large = np.ones(30 << 17)
del large
lower, upper = np.ones(1 << 20), np.ones(1 << 20)
del lower
print(resident() - before - (8 << 10))
"""


def kept_kilobytes(gives_back: bool) -> int:
    code = PROBE.format(gives_back=gives_back)
    return int(subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE).stdout)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about the allocator of glibc")
def test_what_was_freed_goes_back_to_the_system() -> None:
    assert kept_kilobytes(True) < 2_000
    assert kept_kilobytes(False) > 6_000
