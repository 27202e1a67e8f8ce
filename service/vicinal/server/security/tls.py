"""Certificates, reloaded when their files change, and how the health probe reaches a server with TLS."""

import logging
import os
import ssl
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import grpc

from vicinal.core.errors import VicinalError
from vicinal.server.security.settings import SecuritySettings

T = TypeVar("T")
Stamp = tuple[int, int, int] | None

# Checking a file takes microseconds; a second is soon enough for a key that was revoked.
CHECK_SECONDS = 1.0

log = logging.getLogger("vicinal.server.security")


class ReloadedFiles(Generic[T]):
    """What files contain, reloaded when they change. Can be used from any thread.

    Args:
        paths: the files.
        load: reads them; raises VicinalError if they cannot be used.
        clock: monotonic seconds.

    Raises:
        VicinalError: the first reading failed.
    """

    def __init__(
        self, paths: Sequence[Path], load: Callable[[], T], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._paths = tuple(paths)
        self._load = load
        self._clock = clock
        self._lock = Lock()
        self._stamps = self._stamped()
        self._value = load()
        self._checked_at = clock()

    def current(self) -> T:
        """What the files contain; checked at most once a second. Broken files are logged and not used."""
        with self._lock:
            now = self._clock()
            if now - self._checked_at >= CHECK_SECONDS:
                self._checked_at = now
                self._read_if_changed()
            return self._value

    def _read_if_changed(self) -> None:
        # Stamped before reading: a change in between is read the next time.
        stamps = self._stamped()
        if stamps == self._stamps:
            return
        self._stamps = stamps
        names = ", ".join(map(str, self._paths))
        try:
            self._value = self._load()
        except VicinalError as error:
            log.error(
                "%s changed and cannot be used, so the server goes on with what it had: %s",
                names,
                error.message,
            )
        else:
            log.info("reloaded %s, which changed", names)

    def _stamped(self) -> tuple[Stamp, ...]:
        return tuple(_stamp(path) for path in self._paths)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class CertificatesUnusable(VicinalError):
    """A certificate, key or authority cannot be read, or they do not match."""

    reason = "CERTIFICATES_UNUSABLE"


_NOT_PEM = "give PEM files of a certificate, its private key without a passphrase, and authorities"


@dataclass(frozen=True)
class CertificateFiles:
    """The files of TLS.

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
    """TLS as the settings say; None without TLS.

    Raises:
        CertificatesUnusable: names the files and what is wrong.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    files = CertificateFiles(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
    configuration = ReloadedFiles(files.paths(), lambda: read_configuration(files))
    # Called at each handshake; open connections keep the certificate that they began with.
    return grpc.dynamic_ssl_server_credentials(
        configuration.current(),
        configuration.current,
        require_client_authentication=files.client_ca is not None,
    )


def read_configuration(files: CertificateFiles) -> grpc.ServerCertificateConfiguration:
    """The files in the form that gRPC needs, after checking that they match.

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
        what = "the key does not match the certificate" if is_mismatch else _NOT_PEM
        raise CertificatesUnusable(f"cannot serve TLS with {_names(files)}: {what}") from error
    except OSError as error:
        raise CertificatesUnusable(
            f"cannot read {error.filename or _names(files)}: {error.strerror}; name a PEM file"
        ) from error


def _check(files: CertificateFiles) -> None:
    for path in files.paths():
        path.read_bytes()  # an OSError of ssl does not say which file
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Without a password here, OpenSSL would ask for a key's passphrase at the terminal.
    context.load_cert_chain(files.chain, files.key, password="")
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)


def _names(files: CertificateFiles) -> str:
    return ", ".join(repr(str(path)) for path in files.paths())


def probe_channel(target: str, variables: Mapping[str, str] = os.environ) -> grpc.Channel:
    """A channel with TLS where the environment names a certificate to trust, else without TLS.

    That is VICINAL_ROOT_CERTIFICATE, or else VICINAL_TLS_CERTIFICATE, the server's own, which must be valid
    for the target's name. If the server asks for a client certificate, it gets VICINAL_CLIENT_CERTIFICATE
    with VICINAL_CLIENT_KEY. Ends the process if a file cannot be read.
    """
    root = variables.get("VICINAL_ROOT_CERTIFICATE") or variables.get("VICINAL_TLS_CERTIFICATE")
    if not root:
        return grpc.insecure_channel(target)
    shown = [variables.get(name, "") for name in ("VICINAL_CLIENT_KEY", "VICINAL_CLIENT_CERTIFICATE")]
    try:
        trusted = Path(root).read_bytes()
        key, chain = (Path(path).read_bytes() if path else None for path in shown)
    except OSError as error:
        sys.exit(f"cannot probe {target}: cannot read {error.filename}: {error.strerror}")
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(trusted, key, chain))
