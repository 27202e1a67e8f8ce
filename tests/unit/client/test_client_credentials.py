"""What a client shows, and what it refuses to be given."""

import pytest

from vicinal.client import Client, InvalidArgumentError, Tls
from vicinal.client.channel import call_metadata


def test_a_key_goes_beside_what_else_is_sent():
    assert call_metadata([("a", "b")], "vcl_x") == (("a", "b"), ("authorization", "Bearer vcl_x"))
    assert call_metadata([("a", "b")], "") == (("a", "b"),)


@pytest.mark.parametrize("key", ["vcl_ x", "vcl_x\n", "vcl_ä", " vcl_x"])
def test_a_key_that_can_be_none_is_refused_and_not_quoted(key):
    with pytest.raises(InvalidArgumentError, match="key") as caught:
        Client("localhost:1", key=key)
    assert key not in str(caught.value)


def test_a_certificate_goes_with_its_key(tmp_path):
    for half in (Tls(client_certificate=tmp_path), Tls(client_key=tmp_path)):
        with pytest.raises(InvalidArgumentError, match="client_key"):
            half.credentials()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidArgumentError, match=r"root_certificate: cannot read .*nowhere\.pem"):
        Tls(tmp_path / "nowhere.pem").credentials()
