import io

import numpy as np
import pytest
from PIL import Image

from vicinal.evaluation.report.page import SIDE, PickedItem, picks_html, thumbnail


def picture(width, height, mode="RGB", kind="PNG"):
    pixels = np.random.default_rng(0).integers(256, size=(height, width, 4), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind)
    return file.getvalue()


def shown(content):
    jpeg, is_tiny = thumbnail(content)
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        return image.size, is_tiny


def test_thumbnails_keep_their_shape():
    assert shown(picture(400, 200)) == ((SIDE, SIDE // 2), False)
    assert shown(picture(400, 200, kind="JPEG")) == ((SIDE, SIDE // 2), False)
    assert shown(picture(28, 28, "L")) == ((28, 28), True)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "LA"])
def test_all_kinds_of_pictures_are_shown(mode):
    assert shown(picture(200, 200, mode))[0] == (SIDE, SIDE)


def test_what_is_transparent_is_white():
    file = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(file, "PNG")
    jpeg, _ = thumbnail(file.getvalue())
    assert Image.open(io.BytesIO(jpeg)).getpixel((25, 25)) == (255, 255, 255)


def test_what_is_no_picture_is_shown_by_its_name():
    assert thumbnail(b"no picture") is None
    html = picks_html([PickedItem("a.png", "x"), PickedItem("b", "y")], {"a.png": b"broken", "b": None}.get)
    assert "<img" not in html
    assert "a.png" in html


def test_texts_are_escaped_and_cut():
    html = picks_html([PickedItem('"><i>', "<b>&")], {'"><i>': "<script>" + 1000 * "x"}.get)
    assert "<script>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;&amp;" in html
    assert "xxx…" in html
    assert len(html) < 600


def test_picks_are_in_order_with_their_labels():
    html = picks_html(
        [PickedItem("b", "second class"), PickedItem("a", "first class")], lambda _id: picture(9, 9)
    )
    assert html.index("second class") < html.index("first class")
    assert html.count('class="tiny" src="data:image/jpeg;base64,') == 2
    assert '<span class="place">2</span>' in html
