"""Which addresses ask for protection, and what is enough of it."""

from pathlib import Path

import pytest

from vicinal.server.security.settings import ExposureRefused, is_loopback, refuse_exposure
from vicinal.server.settings import WrongSettings, load_settings

TLS = {"tls_certificate": Path("server.pem"), "tls_key": Path("server-key.pem")}
KEYS = {"keys_file": Path("keys.jsonl")}


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "127.8.8.8:1", "localhost:1", "[::1]:1"])
def test_on_this_machine_nothing_is_asked_for(listen):
    assert is_loopback(listen)
    refuse_exposure(listen, load_settings(listen=listen))


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "10.0.0.7:1", "sampler.internal:1", "[fe80::1]:1"])
@pytest.mark.parametrize(("given", "missing"), [({}, ["TLS", "keys"]), (TLS, ["keys"]), (KEYS, ["TLS"])])
def test_elsewhere_both_tls_and_keys_are(listen, given, missing):
    with pytest.raises(ExposureRefused) as caught:
        refuse_exposure(listen, load_settings(listen=listen, **given))
    assert [f"no {what} (" in caught.value.message for what in ("TLS", "keys")] == [
        what in missing for what in ("TLS", "keys")
    ]
    refuse_exposure(listen, load_settings(listen=listen, **TLS, **KEYS))
    refuse_exposure(listen, load_settings(listen=listen, insecure=True, **given))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tls_certificate": Path("a")}, "tls_key"),
        ({"tls_key": Path("a")}, "tls_key"),
        ({"tls_client_ca": Path("a")}, "tls_client_ca"),
    ],
)
def test_half_of_tls_is_refused(given, field):
    with pytest.raises(WrongSettings) as caught:
        load_settings(**given)
    assert field in {violation.field for violation in caught.value.violations}
