"""Images by MobileNet-v2.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Featurizer
from vicinal.core.records import RawContent
from vicinal.featurizers import images
from vicinal.featurizers.batches import BatchedFeaturizer
from vicinal.featurizers.saved_model import SavedModel
from vicinal.records.pools import Fingerprint, Medium

NAME = "mobilenet-v2"
DIMENSION = 1280
SIDE = 224
BATCH_SIZE = 32  # between 8 and 64 no size was measurably faster than another


def load_mobilenet(handle: str, threads: int, max_pixels: int = images.MAX_PIXELS) -> Featurizer:
    """The featurizer "mobilenet-v2": 1280 features of an image, averaged over the picture.

    Args:
        handle: a feature-vector model that takes (n, 224, 224, 3) float32 in [0, 1], as TF Hub has it.
        threads: most threads for TensorFlow, and for decoding.
        max_pixels: largest picture that is decoded, as width times height.

    Raises:
        FeaturizerUnavailable: there is no such model here; says what to do.
    """
    model = SavedModel(handle, "VICINAL_MOBILENET_HANDLE", threads)
    model.check(np.zeros((1, SIDE, SIDE, 3), np.float32), DIMENSION)

    def read(content: RawContent) -> NDArray[np.uint8]:
        return np.asarray(images.read_image(content, SIDE, max_pixels))

    def infer(pictures: Sequence[NDArray[np.uint8]]) -> Vectors:
        return model(np.multiply(np.stack(pictures), np.float32(1 / 255), dtype=np.float32))

    preprocessing = f"{images.READING},squeezed-to-{SIDE}-bilinear,scaled-to-0-1"
    fingerprint = Fingerprint(NAME, model.version, preprocessing, DIMENSION, Medium.IMAGE)
    return BatchedFeaturizer(fingerprint, read, infer, batch_size=BATCH_SIZE, reading_threads=threads)
