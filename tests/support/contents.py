"""Contents to embed, and contents that cannot be read any more."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image


def pictures(count, seed=0):
    generator = np.random.default_rng(seed)
    files = []
    for _ in range(count):
        file = io.BytesIO()
        Image.fromarray(generator.integers(256, size=(9, 9, 3), dtype=np.uint8)).save(file, "PNG")
        files.append(file.getvalue())
    return files


class Gone(Sequence[bytes]):
    """Contents whose second one cannot be read."""

    def __init__(self, contents):
        self.contents = contents

    def __len__(self):
        return len(self.contents)

    def __getitem__(self, row):
        if row == 1:
            raise OSError(2, "no such file")
        return self.contents[row]
