import pytest

from tests.support.worlds import World


@pytest.fixture
def world():
    return World
