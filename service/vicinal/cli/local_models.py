"""Where a server started here would get its models from."""

import os

from vicinal.cli.demo.pictures import SHARED_MODEL
from vicinal.cli.failures import Failure
from vicinal.server.settings import Settings, WrongSettings, load_settings


def model_settings() -> Settings:
    """The settings that a server would have.

    Raises:
        Failure: a setting is wrong.
    """
    shared = None
    if "VICINAL_MOBILENET_HANDLE" not in os.environ and SHARED_MODEL.is_dir():
        shared = str(SHARED_MODEL.resolve())
    try:
        return load_settings(mobilenet_handle=shared)
    except WrongSettings as error:
        raise Failure(str(error)) from error
