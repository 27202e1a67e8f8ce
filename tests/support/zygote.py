"""Has everything imported, and forks a server for each line of JSON that it reads: settings by variable.

A server that starts in a tenth of a second can be killed hundreds of times. What is forked serves as always.
"""

import json
import os
import signal
import sys
import tempfile

import numpy as np

from vicinal.core.pool_config import PoolConfig
from vicinal.pools.results import LabelInput, PreparedItem
from vicinal.pools.scoring import graphs
from vicinal.server.composition import build
from vicinal.server.process import serve
from vicinal.server.settings import load_settings

# Small pools keep their neighbour lists too, so that a kill may hit the file.
graphs.STORED_ROWS = 50


def main() -> None:
    _warm_up()
    # The kernel buries the dead.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        if os.fork() == 0:
            _become_a_server(order)
            os._exit(1)
    os.killpg(0, signal.SIGKILL)


def _warm_up() -> None:
    """Loads what is compiled, once for all servers."""
    with tempfile.TemporaryDirectory() as folder:
        pools = build(load_settings(data_dir=folder, threads="1"))
        pools.create(PoolConfig("warm", 3))
        session = pools.get("warm")
        vectors = np.random.default_rng(0).normal(size=(60, 3)).astype("<f4")
        session.items.add([PreparedItem(str(row), str(row), {}, False) for row in range(60)], vectors)
        session.labels.submit([LabelInput("1", "a"), LabelInput("2", "b")])
        session.leases.open(2)
        list(session.score_pool())
        pools.close()


def _become_a_server(order: dict[str, str]) -> None:
    out = os.open(order.pop("out"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    log = os.open(order.pop("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(out, 1)
    os.dup2(log, 2)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    print(f"process {os.getpid()}", flush=True)
    try:
        serve(load_settings(**order))
    except BaseException as error:
        print(f"failed: {error}", flush=True)
        os._exit(2)
    os._exit(0)


if __name__ == "__main__":
    main()
