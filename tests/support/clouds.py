"""Vectors in two clouds, and pictures of one shade."""

import io

import numpy as np
from PIL import Image

ITEMS = 60


def two_clouds() -> np.ndarray:
    """(ITEMS, 8): even rows near one corner, odd rows near another."""
    noise = np.random.default_rng(7).normal(0, 0.1, (ITEMS, 8))
    return noise + np.where(np.arange(ITEMS)[:, None] % 2 == 0, np.eye(8)[0], np.eye(8)[1])


def cloud_of(item_id: str) -> str:
    return "odd" if int(item_id[1:]) % 2 else "even"


def picture(shade: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (32, 32), (shade, 255 - shade, 80)).save(data, "PNG")
    return data.getvalue()
