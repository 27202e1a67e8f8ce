import numpy as np
import pytest
from PIL import Image

from vicinal.evaluation.plots import plot_label_needs
from vicinal.evaluation.simulation import LabelsNeeded

SURE = LabelsNeeded(12.0, 2.0, 12.0, 3, 3, (10, 12, 14))
BOUND = LabelsNeeded(None, None, 40.0, 1, 3, (20, None, None))
NEVER = LabelsNeeded(None, None, 50.0, 0, 3, (None, None, None))
FIRST, SECOND = (0x0B, 0x6E, 0x4F), (0x8D, 0x99, 0xAE)


def draw(needs, path):
    plot_label_needs(needs, path, title="Fruits $x$", subtitle="test", budget=50)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def pixels(picture, colour):
    return int((picture == colour).all(axis=2).sum())


def test_each_method_has_its_dot(tmp_path):
    both = draw({"80%": {"default": SURE, "random": BOUND}}, tmp_path / "both.png")
    assert pixels(both, FIRST)
    assert pixels(both, SECOND)


def test_a_bound_is_hollow_and_a_target_never_reached_has_no_dot(tmp_path):
    sure, bound, never = (
        draw({"80%": {"default": need}}, tmp_path / f"{name}.png")
        for name, need in {"sure": SURE, "bound": BOUND, "never": NEVER}.items()
    )
    assert pixels(sure, FIRST) > pixels(bound, FIRST) > 0
    assert pixels(never, FIRST) == 0


def test_more_targets_make_it_higher(tmp_path):
    one = draw({"80%": {"default": SURE}}, tmp_path / "one.png")
    two = draw({"80%": {"default": SURE}, "90%": {"default": NEVER}}, tmp_path / "two.png")
    assert two.shape[0] > one.shape[0]
    assert two.shape[1] == one.shape[1]


def test_many_methods_can_be_drawn(tmp_path):
    draw({"80%": {f"method {number}": SURE for number in range(20)}}, tmp_path / "many.png")
    assert (tmp_path / "many.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match="absent"):
        draw({"80%": {"default": SURE}}, tmp_path / "absent" / "picture.png")
