"""The featurizers that a server started here would have, and where it would get its models from."""

import os

from vicinal.cli.commands.demo.pictures import SHARED_MODEL
from vicinal.cli.failures import Failure
from vicinal.evaluation.composition import Featurizers, featurizers
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


def local_featurizers() -> Featurizers:
    """The featurizers by the settings that a server would have.

    Raises:
        Failure: a setting is wrong.
    """
    settings = model_settings()
    return featurizers(settings.mobilenet_handle, settings.use_handle, settings.threads)
