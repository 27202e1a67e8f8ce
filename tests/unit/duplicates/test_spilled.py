from concurrent.futures import ThreadPoolExecutor

import pytest

from vicinal.core.records import Sketch
from vicinal.duplicates.candidates import SpilledSketches

SKETCHES = [Sketch((f"d{row}",), bytes([row]) * (row * 1000)) for row in range(20)]


@pytest.fixture
def spilled():
    with SpilledSketches() as held:
        for sketch in SKETCHES:
            held.append(sketch)
        yield held


def test_what_went_in_comes_out(spilled):
    assert list(spilled) == SKETCHES
    assert len(spilled) == 20
    assert spilled[3:9:2] == SKETCHES[3:9:2]
    assert spilled.bodies([5, 0, 5]) == [SKETCHES[5].body, b"", SKETCHES[5].body]


def test_more_may_come_after_some_were_read(spilled):
    assert spilled[4] == SKETCHES[4]
    spilled.append(Sketch(("last",), b"body"))
    assert (spilled[20], spilled[19]) == (Sketch(("last",), b"body"), SKETCHES[19])
    with pytest.raises(IndexError):
        spilled[21]


def test_threads_read_at_once(spilled):
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda row: spilled[row % 20], range(400)))
    assert found == [SKETCHES[row % 20] for row in range(400)]
