"""`vicinal serve`: run a server until a signal stops it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vicinal.cli.failures import Failure, extra_needed, report_failure
from vicinal.cli.registration import command
from vicinal.server.settings import Settings, WrongSettings, load_settings


def _setting(name: str) -> Any:
    setting, flag = Settings.model_fields[name], name.replace("_", "-")
    names = f"--{flag}/--no-{flag}" if setting.annotation is bool else f"--{flag}"
    return typer.Option(names, help=setting.description, show_default=False)


@command(
    "serve",
    "vicinal serve",
    "vicinal serve --listen 127.0.0.1:6000 --data-dir pools",
    "vicinal serve --listen 0.0.0.0:50051 --tls-certificate server.pem --tls-key server-key.pem "
    "--keys-file keys.jsonl",
)
def serve(
    *,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings.")] = None,
    listen: Annotated[str | None, _setting("listen")] = None,
    data_dir: Annotated[Path | None, _setting("data_dir")] = None,
    threads: Annotated[int | None, _setting("threads")] = None,
    max_message_bytes: Annotated[int | None, _setting("max_message_bytes")] = None,
    max_items_per_request: Annotated[int | None, _setting("max_items_per_request")] = None,
    max_text_characters: Annotated[int | None, _setting("max_text_characters")] = None,
    max_request_seconds: Annotated[float | None, _setting("max_request_seconds")] = None,
    max_pause_seconds: Annotated[float | None, _setting("max_pause_seconds")] = None,
    default_lease_seconds: Annotated[float | None, _setting("default_lease_seconds")] = None,
    max_lease_seconds: Annotated[float | None, _setting("max_lease_seconds")] = None,
    max_pools: Annotated[int | None, _setting("max_pools")] = None,
    mobilenet_handle: Annotated[str | None, _setting("mobilenet_handle")] = None,
    use_handle: Annotated[str | None, _setting("use_handle")] = None,
    max_waiting_calls: Annotated[int | None, _setting("max_waiting_calls")] = None,
    model_load_seconds: Annotated[float | None, _setting("model_load_seconds")] = None,
    shutdown_grace_seconds: Annotated[float | None, _setting("shutdown_grace_seconds")] = None,
    metrics_listen: Annotated[str | None, _setting("metrics_listen")] = None,
    metrics_max_pools: Annotated[int | None, _setting("metrics_max_pools")] = None,
    otlp_endpoint: Annotated[str | None, _setting("otlp_endpoint")] = None,
    log_format: Annotated[str | None, _setting("log_format")] = None,
    log_level: Annotated[str | None, _setting("log_level")] = None,
    tls_certificate: Annotated[Path | None, _setting("tls_certificate")] = None,
    tls_key: Annotated[Path | None, _setting("tls_key")] = None,
    tls_client_ca: Annotated[Path | None, _setting("tls_client_ca")] = None,
    keys_file: Annotated[Path | None, _setting("keys_file")] = None,
    insecure: Annotated[bool | None, _setting("insecure")] = None,
    reflection: Annotated[bool | None, _setting("reflection")] = None,
    max_image_bytes: Annotated[int | None, _setting("max_image_bytes")] = None,
    max_image_pixels: Annotated[int | None, _setting("max_image_pixels")] = None,
    max_items_per_pool: Annotated[int | None, _setting("max_items_per_pool")] = None,
    max_classes_per_pool: Annotated[int | None, _setting("max_classes_per_pool")] = None,
    max_calls_in_flight_per_key: Annotated[int | None, _setting("max_calls_in_flight_per_key")] = None,
    max_calls_per_second_per_key: Annotated[float | None, _setting("max_calls_per_second_per_key")] = None,
) -> None:
    """Run a server until SIGTERM or Ctrl-C. It prints `listening on HOST:PORT` when it is ready.

    Each setting is read from its flag, else from its environment variable
    (VICINAL_LISTEN for --listen), else from the TOML file, else it has its default.
    """
    flags = dict(locals())
    try:
        settings = load_settings(**flags)
    except WrongSettings as error:
        report_failure(error)
        raise typer.Exit(2) from error
    with extra_needed("service"):
        from vicinal.server import process  # noqa: PLC0415 - heavy, and only needed here
    try:
        process.serve(settings)
    except process.CannotServe as error:
        raise Failure(str(error)) from error
