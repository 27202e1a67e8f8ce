"""Settings: where they come from, which comes first, and what is said of wrong ones."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from vicinal.server.settings import Settings, WrongSettings, load_settings


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VICINAL_{name.upper()}", raising=False)
    monkeypatch.delenv("VICINAL_CONFIG", raising=False)


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "vicinal.toml"
        path.write_text(text)
        return path

    return write


def _refusal(**flags):
    with pytest.raises(WrongSettings) as caught:
        load_settings(**flags)
    return caught.value


def test_untold_it_listens_on_loopback():
    settings = load_settings()
    assert settings.listen == "127.0.0.1:50051"
    assert settings.max_message_bytes == 64 * 1024 * 1024
    assert settings.threads >= 1


def test_flags_come_before_environment_before_file_before_defaults(config, monkeypatch):
    path = config('listen = "0.0.0.0:1"\nmax_pools = 2\nthreads = 3\n')
    monkeypatch.setenv("VICINAL_MAX_POOLS", "20")
    monkeypatch.setenv("VICINAL_THREADS", "30")
    settings = load_settings(path, threads=300, listen=None)
    assert (settings.threads, settings.max_pools, settings.listen) == (300, 20, "0.0.0.0:1")
    assert settings.max_items_per_request == 2048


def test_the_environment_can_name_the_file(config, monkeypatch):
    monkeypatch.setenv("VICINAL_CONFIG", str(config("max_pools = 7")))
    assert load_settings().max_pools == 7
    assert Settings().max_pools == 1000


def test_a_file_that_is_not_there_is_said():
    error = _refusal(config=Path("nowhere.toml"))
    assert "nowhere.toml" in error.message


@pytest.mark.parametrize("text", ["listen = ", "\x00", "[unclosed"])
def test_a_file_that_is_not_toml_is_said(config, text):
    assert "is not TOML" in _refusal(config=config(text)).message


def test_an_unknown_setting_is_said_with_the_known_ones(config):
    error = _refusal(config=config('lisen = "0.0.0.0:1"'))
    assert error.violations[0].field == "lisen"
    assert "listen" in error.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("listen", "50051"),
        ("listen", ":50051"),
        ("listen", "localhost:"),
        ("listen", "localhost:65536"),
        ("listen", "localhost:http"),
        ("threads", 0),
        ("threads", "many"),
        ("max_message_bytes", 10),
        ("max_message_bytes", 2**31),
        ("max_items_per_request", 255),
        ("default_lease_seconds", 0),
        ("default_lease_seconds", float("inf")),
        ("max_lease_seconds", 1),
        ("mobilenet_handle", ""),
        ("log_level", "loud"),
        ("log_format", "xml"),
        ("metrics_listen", "9464"),
        ("metrics_max_pools", -1),
        ("otlp_endpoint", "localhost:4317"),
        ("max_waiting_calls", 0),
        ("max_waiting_calls", 513),
        ("model_load_seconds", 0),
        ("shutdown_grace_seconds", -1),
    ],
)
def test_a_wrong_value_is_said_by_name(name, value):
    error = _refusal(**{name: value})
    assert [violation.field for violation in error.violations] == [name]
    assert f"VICINAL_{name.upper()}" in error.message
    assert "pydantic" not in error.message


def test_all_wrong_values_are_said_at_once():
    error = _refusal(threads=0, max_pools=-1)
    assert {violation.field for violation in error.violations} == {"threads", "max_pools"}


def test_what_can_be_seen_of_it_is_off_until_it_is_asked_for():
    assert (load_settings().metrics_listen, load_settings().otlp_endpoint) == ("", "")
    assert load_settings(metrics_listen="0.0.0.0:9464").metrics_listen == "0.0.0.0:9464"
    assert load_settings(otlp_endpoint="https://collector").otlp_endpoint == "https://collector"


def test_the_log_level_may_be_in_capitals():
    assert load_settings(log_level="WARNING").log_level == "warning"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name):
    assert Settings.model_fields[name].description


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        load_settings().threads = 2
