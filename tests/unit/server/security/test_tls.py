"""Certificates: which pairs are served, and what is said of others."""

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from vicinal.server.security.tls import (
    CertificateFiles,
    CertificatesUnusable,
    read_configuration,
    server_credentials,
)
from vicinal.server.settings import load_settings


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def files(tmp_path, authority):
    issued = authority.issue_cert("localhost")
    chain, key, client_ca = (tmp_path / name for name in ("chain.pem", "key.pem", "ca.pem"))
    issued.private_key_pem.write_to_path(key)
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(client_ca)
    return CertificateFiles(chain, key, client_ca)


def test_a_pair_with_or_without_an_authority_is_served(files):
    without_authority = CertificateFiles(files.chain, files.key, None)
    assert read_configuration(files) is not None
    assert read_configuration(without_authority) is not None


def test_without_a_certificate_there_is_no_tls(files):
    assert server_credentials(load_settings()) is None
    assert server_credentials(load_settings(tls_certificate=files.chain, tls_key=files.key)) is not None


def test_a_key_of_another_certificate_is_refused(files, authority):
    authority.issue_cert("localhost").private_key_pem.write_to_path(files.key)
    with pytest.raises(CertificatesUnusable, match="does not match the certificate"):
        read_configuration(files)


@pytest.mark.parametrize("which", ["chain", "key", "client_ca"])
@pytest.mark.parametrize("content", [b"", b"no certificate", None])
def test_each_broken_file_is_named(files, which, content):
    path = getattr(files, which)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(CertificatesUnusable, match=path.name):
        read_configuration(files)


def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(files):
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
    )
    with pytest.raises(CertificatesUnusable, match="without a passphrase"):
        read_configuration(files)
