"""The groups as a page to look at: each member small, with what was done to it."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from vicinal.cli.failures import Failure
from vicinal.client import NewItem

if TYPE_CHECKING:
    from vicinal.duplicates import Copy, Findings, Group

THUMBNAIL_PIXELS = 144
_QUALITY = 75
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Groups of copies</title><style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222; }
section { border-top: 1px solid #ccc; padding: 0.5em 0 1em; }
h2 { font-size: 1em; }
.members { display: flex; flex-wrap: wrap; gap: 1em; }
figure { margin: 0; width: 160px; }
figure.text { width: 320px; }
figure.kept img, figure.kept blockquote { outline: 3px solid #2a7; }
blockquote { margin: 0; padding: 0.5em; background: #f4f4f4; white-space: pre-wrap; overflow-wrap: anywhere; }
figcaption { overflow-wrap: anywhere; font-size: 12px; }
</style></head><body>
"""


def write_gallery(
    findings: "Findings", source: Path, items: Callable[[], Iterator[NewItem]], out: Path
) -> None:
    """Writes one HTML file that needs nothing beside it; one group's pictures are held at a time.

    Args:
        findings: the groups to show.
        source: folder of the images, or the file of the texts.
        items: gives the items of the source once more.
        out: the page.

    Raises:
        Failure: the file cannot be written.
    """
    texts = {item.item_id: item.content for item in items()} if source.is_file() else {}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", encoding="utf-8") as page:
            page.write(_HEAD + f"<h1>{len(findings.groups)} groups of copies</h1>\n")
            for number, group in enumerate(findings.groups, start=1):
                page.writelines(_section(number, group, lambda item_id: _shown(source, texts, item_id)))
            page.write("</body></html>\n")
    except OSError as error:
        raise Failure(f"{out}: {error.strerror or error}") from error


def _section(number: int, group: "Group", shown: Callable[[str], str]) -> Iterator[str]:
    yield f'<section id="group-{number}"><h2>{number}: {escape(group.kept_id)}</h2><div class="members">\n'
    yield _figure(group.kept_id, shown(group.kept_id), ["kept"], "kept")
    for copy in group.copies:
        yield _figure(copy.item_id, shown(copy.item_id), _told(copy), copy.reason)
    yield "</div></section>\n"


def _told(copy: "Copy") -> list[str]:
    evidence = copy.evidence
    told = [f"{copy.reason}: {', '.join(evidence.kinds)}", f"similarity {evidence.similarity:.2f}"]
    if evidence.inliers:
        told.append(f"{evidence.inliers} matching spots")
    if copy.compared_with != copy.kept_id:
        told.append(f"compared with {copy.compared_with}")
    return told


def _figure(item_id: str, shown: str, told: list[str], role: str) -> str:
    lines = "<br>".join(escape(line) for line in (item_id, *told))
    kind = "text" if shown.startswith("<blockquote") else "image"
    return f'<figure class="{role} {kind}">{shown}<figcaption>{lines}</figcaption></figure>\n'


def _shown(source: Path, texts: Mapping[str, object], item_id: str) -> str:
    if isinstance(text := texts.get(item_id), str):
        return f"<blockquote>{escape(text)}</blockquote>"
    with Image.open(source / item_id) as image:
        image.draft("RGB", (2 * THUMBNAIL_PIXELS, 2 * THUMBNAIL_PIXELS))
        small = ImageOps.exif_transpose(image).convert("RGB")
    small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    held = BytesIO()
    small.save(held, "JPEG", quality=_QUALITY)
    return f'<img alt="" src="data:image/jpeg;base64,{b64encode(held.getvalue()).decode()}">'
