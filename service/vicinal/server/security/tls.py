"""Certificates, reloaded when their files change: a renewed one needs no restart."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc

from vicinal.core.errors import VicinalError
from vicinal.server.security.reloading import Reloaded
from vicinal.server.security.settings import SecuritySettings


class CertificatesUnusable(VicinalError):
    """A certificate, key or authority cannot be read, or they do not go together."""

    reason = "CERTIFICATES_UNUSABLE"


_NOT_PEM = "give PEM files of a certificate, its private key without a passphrase, and authorities"


@dataclass(frozen=True)
class CertificateFiles:
    """Where they are.

    Attributes:
        chain: the server's certificate, and those between it and its authority.
        key: its private key.
        client_ca: authorities of client certificates; None asks for none.
    """

    chain: Path
    key: Path
    client_ca: Path | None

    def paths(self) -> list[Path]:
        """All of them."""
        return [path for path in (self.chain, self.key, self.client_ca) if path is not None]


def server_credentials(settings: SecuritySettings) -> grpc.ServerCredentials | None:
    """TLS as the settings say; None in the clear.

    Raises:
        CertificatesUnusable: naming the files and what is wrong.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    files = CertificateFiles(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
    configuration = Reloaded(files.paths(), lambda: read_configuration(files))
    # Asked at each handshake; connections that stand keep the certificate they began with.
    return grpc.dynamic_ssl_server_credentials(
        configuration.current(),
        configuration.current,
        require_client_authentication=files.client_ca is not None,
    )


def read_configuration(files: CertificateFiles) -> grpc.ServerCertificateConfiguration:
    """The files as gRPC takes them, after seeing that they go together.

    Raises:
        CertificatesUnusable: one cannot be read, or the key is not the certificate's.
    """
    try:
        _check(files)
        pair = files.key.read_bytes(), files.chain.read_bytes()
        authorities = files.client_ca.read_bytes() if files.client_ca else None
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=authorities)
    except ssl.SSLError as error:
        is_mismatch = "MISMATCH" in (error.reason or "")
        what = "the key does not go with the certificate" if is_mismatch else _NOT_PEM
        raise CertificatesUnusable(f"cannot serve TLS with {_names(files)}: {what}") from error
    except OSError as error:
        raise CertificatesUnusable(
            f"cannot read {error.filename or _names(files)}: {error.strerror}; name a PEM file"
        ) from error


def _check(files: CertificateFiles) -> None:
    for path in files.paths():
        path.read_bytes()  # an OSError of ssl does not say which file
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Without a password to give, a key with a passphrase would be asked for at the terminal.
    context.load_cert_chain(files.chain, files.key, password="")
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)


def _names(files: CertificateFiles) -> str:
    return ", ".join(repr(str(path)) for path in files.paths())
