"""Where jobs get their models."""

import os
from dataclasses import dataclass

from vicinal.core.ports import Featurizer
from vicinal.featurizers import FeaturizerRegistry, FeaturizerSettings


def threads_per_worker(workers: int) -> int:
    """Threads for the model of each of so many workers: its share of the cores, less one that reads.

    Measured with mobilenet-v2 on two cores: a model on both has to wait for pictures to be decoded, and was
    slower than one that leaves a core to that.
    """
    return max(1, (os.cpu_count() or 1) // max(1, workers) - 1)


@dataclass(frozen=True)
class ModelSource:
    """Which model is to be loaded, and from where; goes to the processes that load it.

    Attributes:
        name: of the featurizer; empty is mobilenet-v2 for images, use-offline for texts.
        mobilenet_handle: of "mobilenet-v2"; empty is the usual one.
        use_handle: of "use"; empty is the usual one.
        threads: most threads for the model of one process.
    """

    name: str = ""
    mobilenet_handle: str = ""
    use_handle: str = ""
    threads: int = 1

    def load(self) -> Featurizer:
        """The model, loaded here.

        Raises:
            FeaturizerNotFound: no such name; the message lists the known ones.
            FeaturizerUnavailable: its model or packages cannot be had; the message says what to do.
        """
        usual = FeaturizerSettings()
        settings = FeaturizerSettings(
            self.mobilenet_handle or usual.mobilenet_handle, self.use_handle or usual.use_handle, self.threads
        )
        return FeaturizerRegistry(settings).get(self.name)
