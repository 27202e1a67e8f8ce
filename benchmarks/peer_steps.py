"""What the scripts that time a peer's step share; they run in the peer's environment, where Vicinal is not.

A step tells the library one label and asks it for the next item by margin sampling with the ten nearest
neighbours. That labelled items leave the pool, which costs a copy of it, is not counted against it.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 10
LABELS_BEFORE = 20
NEIGHBOURS = 10


def time_steps(make: Callable[[NDArray[np.float32], NDArray[Any]], Callable[[], None]]) -> None:
    """Times steps on the data in the folder given on the command line, and prints them as JSON.

    Args:
        make: turns (N, d) vectors and (N,) classes into what does a step.
    """
    data = Path(sys.argv[1])
    step = make(np.load(data / "vectors.npy"), np.load(data / "classes.npy"))
    step()
    milliseconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        milliseconds.append(1e3 * (time.perf_counter() - start))
    print(json.dumps({f"p{percent}": float(np.percentile(milliseconds, percent)) for percent in (50, 95)}))


def rows_to_begin_with(classes: NDArray[Any]) -> NDArray[np.int64]:
    """Rows that are labelled from the start: one of each class, and some by chance."""
    one_each = np.unique(classes, return_index=True)[1]
    by_chance = np.random.default_rng(0).permutation(len(classes))[:LABELS_BEFORE]
    return np.union1d(one_each, by_chance)
