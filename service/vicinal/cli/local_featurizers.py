"""The featurizers that a server started here would have."""

from vicinal.cli.local_models import model_settings
from vicinal.evaluation.composition import Featurizers, featurizers


def local_featurizers() -> Featurizers:
    """The featurizers by the settings that a server would have.

    Raises:
        Failure: a setting is wrong.
    """
    settings = model_settings()
    return featurizers(settings.mobilenet_handle, settings.use_handle, settings.threads)
