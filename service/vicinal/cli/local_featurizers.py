"""The featurizers that a server started here would have."""

import os

from vicinal.cli.demo.pictures import SHARED_MODEL
from vicinal.cli.failures import Failure
from vicinal.evaluation.composition import Featurizers, featurizers
from vicinal.server.settings import WrongSettings, load_settings


def local_featurizers() -> Featurizers:
    """The featurizers by the settings that a server would have.

    Raises:
        Failure: a setting is wrong.
    """
    shared = None
    if "VICINAL_MOBILENET_HANDLE" not in os.environ and SHARED_MODEL.is_dir():
        shared = str(SHARED_MODEL.resolve())
    try:
        settings = load_settings(mobilenet_handle=shared)
    except WrongSettings as error:
        raise Failure(str(error)) from error
    return featurizers(settings.mobilenet_handle, settings.use_handle, settings.threads)
