"""Servers that start quickly, to be killed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.forked_servers import ForkedServer, Zygote


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with Zygote(tmp_path_factory.mktemp("servers")) as begun:
        yield begun


@pytest.fixture
def make_server(zygote: Zygote) -> Iterator[Callable[[Path], ForkedServer]]:
    """Starts servers on data directories; those that still run at the end are killed."""
    started: list[ForkedServer] = []

    def make(data_dir: Path) -> ForkedServer:
        started.append(zygote.start(data_dir))
        return started[-1]

    yield make
    for server in started:
        if server.is_running():
            server.kill()


@pytest.fixture
def serve_in_vain(zygote: Zygote) -> Callable[[Path], str]:
    """Starts a server that must not start; gives what it said."""
    return lambda data_dir: zygote.begin(data_dir).failure()
