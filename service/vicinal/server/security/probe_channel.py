"""How the health probe reaches a server with TLS: by the environment, since a container gives it no flags."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc


def probe_channel(target: str, variables: Mapping[str, str] = os.environ) -> grpc.Channel:
    """A channel by TLS where the environment names a certificate to trust, else in the clear.

    That is VICINAL_ROOT_CERTIFICATE, or VICINAL_TLS_CERTIFICATE as the server itself has it: its own
    certificate is the one that must be shown. It must be good for the target's name. A server that asks for a
    certificate is shown VICINAL_CLIENT_CERTIFICATE with VICINAL_CLIENT_KEY. Ends the process where a file
    cannot be read.
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
