"""A server that others can reach asks who they are, unless somebody decided otherwise."""

from ipaddress import ip_address

from vicinal.core.errors import VicinalError
from vicinal.server.security.settings import SecuritySettings


class Exposed(VicinalError):
    """The server would listen to others than this machine without protection."""

    reason = "EXPOSED"


def refuse_exposure(listen: str, settings: SecuritySettings) -> None:
    """Sees to it that an address beyond loopback has both TLS and keys.

    Raises:
        Exposed: it has not, and `insecure` is not set.
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
        raise Exposed(
            f"{listen} can be reached from other machines, and there is no {' and no '.join(missing)}: give "
            "them, listen on 127.0.0.1, or set insecure (--insecure, VICINAL_INSECURE=true) where the "
            "network itself keeps others out"
        )


def is_loopback(listen: str) -> bool:
    """Whether HOST:PORT is reached from this machine alone.

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
