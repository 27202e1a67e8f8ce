import mmap
import sys
from pathlib import Path

import numpy as np
import pytest

from vicinal.core.parallel import release_pages


def mapped(path: Path, rows: int, width: int) -> np.ndarray:
    np.random.default_rng(0).random((rows, width), dtype=np.float32).tofile(path)
    with path.open("rb") as file:
        block = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(block, dtype=np.float32).reshape(rows, width)


def resident_file_kilobytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("RssFile")).split()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="counts pages by /proc, which Linux alone has")
def test_pages_of_a_mapped_file_are_let_go_and_read_again(tmp_path: Path) -> None:
    array = mapped(tmp_path / "rows", 4096, 1024)
    total = array.sum(dtype=np.float64)
    held = resident_file_kilobytes()
    release_pages(array[100:200].T)
    assert resident_file_kilobytes() < held - 15_000
    assert array.sum(dtype=np.float64) == total


def test_other_arrays_are_left_alone() -> None:
    array = np.arange(10.0)
    release_pages(array[2:])
    np.testing.assert_array_equal(array, np.arange(10.0))
