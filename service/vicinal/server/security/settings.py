"""The settings of access and limits: who may call, and how much a caller may send."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, field_validator

from vicinal.core.errors import VicinalError


class SecuritySettings(BaseModel):
    """Certificates, keys, and what is open without them."""

    tls_certificate: Path | None = Field(
        None,
        description="PEM file of the server's certificate chain; turns TLS on. Reloaded when it changes.",
    )
    tls_key: Path | None = Field(
        None,
        validate_default=True,
        description="PEM file of the certificate's private key, without a passphrase.",
    )
    tls_client_ca: Path | None = Field(
        None,
        validate_default=True,
        description="PEM file of the authorities whose client certificates are asked for (mutual TLS).",
    )
    keys_file: Path | None = Field(
        None,
        description="File of API keys, as `vicinal keys` writes it; without it callers need no key. "
        "Reloaded when it changes.",
    )
    insecure: bool = Field(
        False,
        description="Listen beyond loopback without TLS or without keys: any caller that reaches the port "
        "may do everything, and anybody on the network path can read the traffic.",
    )
    reflection: bool = Field(True, description="Send callers the service's protos, which grpcurl needs.")

    @field_validator("tls_key")
    @classmethod
    def _goes_with_the_certificate(cls, value: Path | None, info: Any) -> Path | None:
        if (value is None) != (info.data.get("tls_certificate") is None):
            raise ValueError("tls_certificate and tls_key go together; give both or neither")
        return value

    @field_validator("tls_client_ca")
    @classmethod
    def _needs_tls(cls, value: Path | None, info: Any) -> Path | None:
        if value is not None and info.data.get("tls_certificate", value) is None:
            raise ValueError("client certificates need TLS; give tls_certificate and tls_key too")
        return value


class LimitSettings(BaseModel):
    """How much one request, one pool and one key may use."""

    max_image_bytes: int = Field(
        32 * 1024 * 1024, ge=1, description="Largest image file that is accepted as content."
    )
    max_image_pixels: int = Field(
        64_000_000,
        ge=1,
        # Pillow refuses what is larger by itself.
        le=178_000_000,
        description="Largest image that is decoded, as width times height; its header is read first. All "
        "images that are decoded at the same time take at most 20 bytes of memory for each of these pixels, "
        "or 64 MiB.",
    )
    max_items_per_pool: int = Field(10_000_000, ge=1, description="Most items that a pool can have.")
    max_classes_per_pool: int = Field(
        10_000, ge=1, description="Most different labels in a pool, its examples' included."
    )
    max_calls_in_flight_per_key: int = Field(
        64, ge=1, description="Most calls that one key may have under way."
    )
    max_calls_per_second_per_key: float = Field(
        1000.0,
        gt=0,
        allow_inf_nan=False,
        description="Calls that one key may begin each second, in the long run; a second's worth at once.",
    )
    max_request_seconds: float = Field(
        120.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest time until a request must have arrived, once its call has begun.",
    )
    max_pause_seconds: float = Field(
        600.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest time that a stream waits for its caller: to send the next message, or to "
        "read a response.",
    )


class ExposureRefused(VicinalError):
    """The server would listen to other machines without protection."""

    reason = "EXPOSED"


def refuse_exposure(listen: str, settings: SecuritySettings) -> None:
    """Checks that an address beyond loopback has both TLS and keys.

    Raises:
        ExposureRefused: it does not, and `insecure` is not set.
    """
    if settings.insecure or is_loopback(listen):
        return
    missing = [
        what
        for what, given in (
            ("TLS (tls_certificate and tls_key)", settings.tls_certificate),
            ("keys (keys_file, made with vicinal keys create)", settings.keys_file),
        )
        if given is None
    ]
    if missing:
        raise ExposureRefused(
            f"{listen} can be reached from other machines, and there is no {' and no '.join(missing)}: give "
            "them, listen on 127.0.0.1, or set insecure (--insecure, VICINAL_INSECURE=true) where the "
            "network itself keeps others out"
        )


def is_loopback(listen: str) -> bool:
    """Whether HOST:PORT is reached from this machine only.

    >>> is_loopback("127.0.0.1:50051"), is_loopback("[::1]:50051"), is_loopback("0.0.0.0:50051")
    (True, True, False)
    """
    host = listen.rpartition(":")[0].removeprefix("[").removesuffix("]")
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
