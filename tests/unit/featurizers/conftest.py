import pytest

from tests.support.samples import real_mobilenet, save_text_model


@pytest.fixture(scope="session")
def text_model(tmp_path_factory) -> str:
    return save_text_model(tmp_path_factory.mktemp("text_model"))


@pytest.fixture(scope="session")
def mobilenet_folder() -> str:
    return real_mobilenet()
