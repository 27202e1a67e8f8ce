"""Files that are reloaded when they change, and not more often."""

import logging

import pytest

from vicinal.core.errors import VicinalError
from vicinal.server.security.tls import CHECK_SECONDS, ReloadedFiles


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_text("first")
    return path


def _load(path):
    def load():
        text = path.read_text() if path.exists() else "broken"
        if "broken" in text:
            raise VicinalError("it is broken")
        return text

    return load


def test_a_change_is_seen_at_the_next_look(file):
    clock = Clock()
    reloaded = ReloadedFiles([file], _load(file), clock)
    file.write_text("the second")
    assert reloaded.current() == "first"
    clock.now += CHECK_SECONDS
    assert reloaded.current() == "the second"


def test_what_did_not_change_is_not_read(file):
    clock, reads = Clock(), []
    reloaded = ReloadedFiles([file], lambda: reads.append(1) or len(reads), clock)
    for _ in range(5):
        clock.now += CHECK_SECONDS
        assert reloaded.current() == 1


@pytest.mark.parametrize("change", [lambda file: file.write_text("broken"), lambda file: file.unlink()])
def test_a_broken_file_changes_nothing_and_is_logged_once(file, change, caplog):
    clock = Clock()
    reloaded = ReloadedFiles([file], _load(file), clock)
    change(file)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            clock.now += CHECK_SECONDS
            assert reloaded.current() == "first"
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "it is broken" in caplog.text
    file.write_text("mended")
    clock.now += CHECK_SECONDS
    assert reloaded.current() == "mended"


def test_a_file_put_in_anothers_place_is_seen(file, tmp_path):
    clock = Clock()
    reloaded = ReloadedFiles([file], _load(file), clock)
    other = tmp_path / "other"
    other.write_text("other")
    other.replace(file)
    clock.now += CHECK_SECONDS
    assert reloaded.current() == "other"


def test_broken_at_first_is_not_taken(tmp_path):
    with pytest.raises(VicinalError):
        ReloadedFiles([tmp_path / "none"], _load(tmp_path / "none"))
