"""`vicinal probe`: whether a server is alive or ready, for scripts and health checks."""

from typing import Annotated

import typer

from vicinal.cli.failures import extra_needed
from vicinal.cli.options import JsonOption
from vicinal.cli.output import print_json, say
from vicinal.cli.registration import command


@command(
    "probe",
    "vicinal probe",
    "vicinal probe --live --target gpu-box:50051",
)
def probe(
    *,
    live: Annotated[
        bool, typer.Option("--live/--ready", help="live: the server answers. ready: its pools are loaded.")
    ] = False,
    target: Annotated[
        str | None, typer.Option(help="HOST:PORT; default: VICINAL_LISTEN, else 127.0.0.1:50051.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check whether a server is alive or ready. The exit code is 1 if it is not."""
    with extra_needed("service"):
        from vicinal.server import probe as asking  # noqa: PLC0415 - heavy, and only needed here
    asked = "live" if live else "ready"
    where = asking.target_or_default(target)
    is_so = asking.serving(where, asked)
    if json:
        print_json({"target": where, "asked": asked, "serving": is_so})
    elif is_so:
        say(f"{where} is {asked}")
    if not is_so:
        raise typer.Exit(1)
