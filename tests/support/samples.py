"""Pictures, texts and models to test featurizers with."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SHARED = Path(os.environ.get("VICINAL_SHARED") or Path(__file__).parents[3] / "shared")
MOBILENET = SHARED / "models/mobilenet_v2_100_224_feature_vector"
FRUITS = SHARED / "data/fruits"


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def picture(seed: int = 0, width: int = 60, height: int = 40) -> Image.Image:
    """A smooth RGB picture, another for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def real_mobilenet() -> str:
    if not MOBILENET.is_dir():
        pytest.skip("the MobileNet-v2 model is not here; VICINAL_SHARED names the folder that holds models/")
    return str(MOBILENET)


def save_text_model(folder: Path, dimension: int = 512) -> str:
    """A SavedModel that takes strings and gives unit vectors, like TF Hub's sentence encoders."""
    tf = pytest.importorskip("tensorflow")

    class Encoder(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = tf.Variable(tf.random.stateless_normal((1024, dimension), seed=(1, 2)))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, texts):
            words = tf.strings.split(texts).to_tensor("")
            buckets = tf.strings.to_hash_bucket_fast(words, 1024)
            known = tf.cast(words != "", tf.float32)[..., None]
            return tf.math.l2_normalize(tf.reduce_sum(tf.gather(self.table, buckets) * known, axis=1), axis=1)

    tf.saved_model.save(Encoder(), str(folder))
    return str(folder)
