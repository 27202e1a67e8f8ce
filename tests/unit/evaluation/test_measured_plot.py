import numpy as np
import pytest
from PIL import Image

from vicinal.evaluation.plots import plot_measured_curve


@pytest.mark.parametrize("points", [1, 5])
def test_the_curve_and_its_band_are_drawn(tmp_path, points):
    counts, values = list(range(10, 10 * points + 10, 10)), [0.5] * points
    lows, highs = [0.25] * points, [0.75] * points
    out = tmp_path / "curve.png"
    plot_measured_curve(counts, values, lows, highs, out, title="Fruits", subtitle="test")
    with Image.open(out) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape == (800, 1280, 3)
    assert (pixels == (0x0B, 0x6E, 0x4F)).all(axis=2).any()
    if points > 1:
        band = (abs(pixels.astype(int) - (211, 229, 223)) <= 1).all(axis=2).sum()
        assert band > 50_000


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match="absent"):
        plot_measured_curve([5], [0.5], [0.4], [0.6], tmp_path / "absent" / "c.png", title="", subtitle="")
