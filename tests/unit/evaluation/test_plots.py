import numpy as np
import pytest
from PIL import Image

from vicinal.evaluation.labelling import Run, learning_curve
from vicinal.evaluation.plots import plot_learning_curves


def curve_of(*rows):
    return learning_curve([Run(np.arange(5, 5 * len(row) + 5, 5), np.array(row)) for row in rows])


def draw(curves, path):
    plot_learning_curves(curves, path, title="Fruits", subtitle="test", targets=[0.8])
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def has_colour(picture, red, green, blue):
    return bool((picture == (red, green, blue)).all(axis=2).any())


def test_each_curve_is_there_in_its_colour(tmp_path):
    curves = {"default": curve_of([0.5, 0.9], [0.6, 0.8]), "random": curve_of([0.4, 0.6], [0.4, 0.5])}
    both = draw(curves, tmp_path / "both.png")
    assert both.shape == (800, 1280, 3)
    assert has_colour(both, 0x0B, 0x6E, 0x4F)
    assert has_colour(both, 0x8D, 0x99, 0xAE)
    alone = draw({"default": curves["default"]}, tmp_path / "alone.png")
    assert has_colour(alone, 0x0B, 0x6E, 0x4F)
    assert not has_colour(alone, 0x8D, 0x99, 0xAE)


def test_one_run_and_one_measurement_can_be_drawn(tmp_path):
    assert has_colour(draw({"default": curve_of([0.5])}, tmp_path / "point.png"), 0x0B, 0x6E, 0x4F)


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match="absent"):
        draw({"default": curve_of([0.5, 0.7])}, tmp_path / "absent" / "curve.png")
