"""The items that a run picked, as HTML: thumbnails, or texts."""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image, ImageOps

from vicinal.core.ports import RawContent

SIDE = 96
_QUALITY = 72
# Smaller pictures are enlarged without smoothing.
_TINY = 48
_TEXT_CHARACTERS = 280


@dataclass(frozen=True)
class Picked:
    """An item that was picked."""

    item_id: str
    label: str


def picks_html(picks: Sequence[Picked], content_of: Callable[[str], RawContent | None]) -> str:
    """An ordered list of the items with their labels.

    Args:
        picks: in order.
        content_of: an image file or a text by id; None where there is nothing to show but the id.
    """
    shown = [_item(place, pick, content_of(pick.item_id)) for place, pick in enumerate(picks, start=1)]
    return f'<ol class="picks">{"".join(shown)}</ol>'


def thumbnail(content: bytes) -> tuple[bytes, bool] | None:
    """A small JPEG of an image file, and whether it is to be enlarged; None if it cannot be read."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
        upright.thumbnail((SIDE, SIDE))
        flat = Image.new("RGB", upright.size, "white")
        flat.paste(upright, mask=upright.getchannel("A"))
        file = io.BytesIO()
        flat.save(file, "JPEG", quality=_QUALITY)
    except Exception:  # decoders raise nearly anything; a picture that cannot be shown costs no report
        return None
    return file.getvalue(), max(flat.size) < _TINY


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as the address of a picture within the page.

    >>> data_uri(b"a", "png")
    'data:image/png;base64,YQ=='
    """
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _item(place: int, pick: Picked, content: RawContent | None) -> str:
    name, label = escape(pick.item_id), escape(pick.label)
    number = f'<span class="place">{place}</span>'
    if isinstance(content, str):
        text = content if len(content) <= _TEXT_CHARACTERS else content[:_TEXT_CHARACTERS] + "…"
        return f'<li class="text" title="{name}">{number}<b>{label}</b> {escape(text)}</li>'
    small = thumbnail(content) if content is not None else None
    if small is None:
        return f'<li class="text">{number}<b>{label}</b> {name}</li>'
    jpeg, is_tiny = small
    tiny = ' class="tiny"' if is_tiny else ""
    picture = f'<img{tiny} src="{data_uri(jpeg, "jpeg")}" alt="{name}" loading="lazy">'
    return f'<li class="image" title="{name}">{picture}{number}<b>{label}</b></li>'
