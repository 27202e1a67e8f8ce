"""A process that works on a data directory until it is killed, or kills itself at a given moment.

Usage: python -m tests.support.crashing_child DATA_DIR [MOMENT]

MOMENT: before_commit, after_commit, before_adoption or after_adoption.
"""

import os
import signal
import sys
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.support.disks import Disk, carry
from vicinal.core.pool_config import PoolConfig
from vicinal.records.pool_options import Metric
from vicinal.storage.sqlite.database import Database


def main(data_dir: str, moment: str = "") -> None:
    disk = Disk(Path(data_dir))
    store = disk.open()
    pool = store.create_pool(PoolConfig("fruits", 3, Metric.EUCLIDEAN))
    if moment.endswith("adoption"):
        pool.append_items(*disk.content(0, 3))
        die_at(moment)
        carry(store, store, "fruits", "copy")
    for step in count():
        if step == 1 and moment:
            die_at(moment)
        new = 3 * step, 3 * step + 3
        pool.append_items(*disk.content(*new), sketches=disk.sketches(*new), duplicates=disk.duplicates(*new))
        pool.commit(disk.label(f"i{3 * step}"))
        print(step, flush=True)


def die_at(moment: str) -> None:
    name = "write_from" if moment.endswith("adoption") else "write"
    write = getattr(Database, name)

    @contextmanager
    def deadly(self, *arguments):
        with write(self, *arguments) as connection:
            yield connection
            if moment.startswith("before"):
                os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Database, name, deadly)


if __name__ == "__main__":
    main(*sys.argv[1:])
