"""The settings of a server, and where they come from: flags, environment, a TOML file, defaults."""

import os
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from vicinal.core.errors import InvalidInput
from vicinal.records.errors import Violation
from vicinal.server.security.settings import LimitSettings, SecuritySettings

ENVIRONMENT_PREFIX = "VICINAL_"
CONFIG_VARIABLE = "VICINAL_CONFIG"


class WrongSettings(InvalidInput):
    """A setting is wrong; each violation names one."""

    reason = "WRONG_SETTINGS"


class Settings(SecuritySettings, LimitSettings, BaseSettings):
    """Settings of a server. Read them with `load_settings`, which says what is wrong in plain words."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, extra="forbid", frozen=True)
    config_file: ClassVar[Path | None] = None

    listen: str = Field(
        "127.0.0.1:50051", description="Address and port to listen on; port 0 takes any free port."
    )
    data_dir: Path = Field(Path("vicinal-data"), description="Folder that holds all pools; made if absent.")
    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=1024,
        description="Threads for search, linear algebra and models; default: one for each core.",
    )
    max_message_bytes: int = Field(
        64 * 1024 * 1024, ge=64 * 1024, le=2**31 - 1, description="Largest request that is accepted."
    )
    max_items_per_request: int = Field(
        2048,
        # The client sends no larger requests.
        ge=256,
        description="Most items, labels or contents in one request; chunks of an import may have 8 times "
        "as many, and are processed in parts.",
    )
    max_text_characters: int = Field(100_000, ge=1, description="Longest text that is accepted as content.")
    default_lease_seconds: float = Field(
        600.0, gt=0, allow_inf_nan=False, description="How long a lease lasts where the request does not say."
    )
    max_lease_seconds: float = Field(
        86_400.0, gt=0, allow_inf_nan=False, description="Longest lease that may be asked for."
    )
    max_pools: int = Field(1000, ge=1, description="Most pools that the server has.")
    mobilenet_handle: str = Field(
        "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5",
        min_length=1,
        description="MobileNet-v2 for `mobilenet-v2`: a TF Hub handle, a URL or a local folder.",
    )
    use_handle: str = Field(
        "https://tfhub.dev/google/universal-sentence-encoder/4",
        min_length=1,
        description="Universal Sentence Encoder for `use`: a TF Hub handle, a URL or a local folder.",
    )
    max_waiting_calls: int = Field(
        128,
        ge=1,
        le=512,
        description="Most calls that wait for a thread, and for a model; more are told when to try again.",
    )
    model_load_seconds: float = Field(
        300.0, gt=0, allow_inf_nan=False, description="Longest time a call waits for a model to be loaded."
    )
    shutdown_grace_seconds: float = Field(
        8.0, ge=0, allow_inf_nan=False, description="How long calls under way may take to end at shutdown."
    )
    metrics_listen: str = Field(
        "", description="Address and port to serve Prometheus metrics on; empty is nowhere."
    )
    metrics_max_pools: int = Field(
        50, ge=0, description="Most pools that metrics show separately; the others are added up."
    )
    otlp_endpoint: str = Field(
        "", description="Collector that traces are sent to, such as http://localhost:4317; empty is none."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Log lines of text (`text`), or of JSON (`json`)."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important log lines to write; calls are logged at info."
    )

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("listen", "metrics_listen")
    @classmethod
    def _has_host_and_port(cls, value: str, info: Any) -> str:
        if not value and info.field_name == "metrics_listen":
            return value
        host, _, port = value.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
            raise ValueError("give HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:50051")
        return value

    @field_validator("otlp_endpoint")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("give a URL, such as http://localhost:4317")
        return value

    @field_validator("max_lease_seconds")
    @classmethod
    def _covers_the_default(cls, value: float, info: Any) -> float:
        if value < info.data.get("default_lease_seconds", 0.0):
            raise ValueError("is less than default_lease_seconds; raise it or lower the default")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before environment before file; the secret and dotenv sources are not used."""
        del dotenv_settings, file_secret_settings
        if cls.config_file is None:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, cls.config_file)


def load_settings(config: Path | None = None, **flags: object) -> Settings:
    """The settings in force.

    Args:
        config: a TOML file of settings by name; None takes the file that VICINAL_CONFIG names, if any.
        flags: settings that override all others; those that are None are not set.

    Raises:
        WrongSettings: names each wrong setting, with what it should be.
    """
    named_by_environment = os.environ.get(CONFIG_VARIABLE)
    path = config or (Path(named_by_environment) if named_by_environment else None)
    if path is not None and not path.is_file():
        raise WrongSettings.at("config", f"there is no file {str(path)!r}; name a TOML file of settings")

    class SettingsWithFile(Settings):
        config_file = path

    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    try:
        return SettingsWithFile(**given)
    except ValidationError as error:
        raise WrongSettings.of([_violation(each) for each in error.errors()]) from error
    except ValueError as error:
        raise WrongSettings.at("config", f"{str(path)!r} is not TOML: {error}") from error


def _violation(error: Any) -> Violation:
    name = ".".join(str(part) for part in error["loc"]) or "settings"
    if error["type"] == "extra_forbidden":
        return Violation(
            name, f"there is no such setting; known are {', '.join(sorted(Settings.model_fields))}"
        )
    text = str(error["msg"]).removeprefix("Value error, ")
    should = text[:1].lower() + text[1:]
    variable = ENVIRONMENT_PREFIX + name.upper()
    return Violation(name, f"{error['input']!r} is wrong: {should} (environment: {variable})")
