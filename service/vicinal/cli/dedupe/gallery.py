"""The groups as pages to look at: each member small, with what was done to it."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from vicinal.cli.dedupe.gallery_style import STYLE
from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Contents

if TYPE_CHECKING:
    from vicinal.duplicates import Duplicate, Findings, Group

GROUPS_A_PAGE = 200
"""More go to further pages beside the first: `groups-2.html`, and so on."""

DUPLICATES_A_GROUP = 100
"""More are counted and not shown: of thousands of blank pages a few are enough, and the page stays small."""

THUMBNAIL_PIXELS = 192
_QUALITY = 75

Shown = Callable[[str], str]


def write_gallery(findings: "Findings", sources: Sequence[Contents], out: Path) -> list[Path]:
    """Writes HTML files that need nothing beside them; one picture is held at a time.

    Args:
        findings: the groups to show.
        sources: where their members are from.
        out: the first page.

    Returns:
        The pages.

    Raises:
        Failure: a file cannot be written.
    """
    parts = [
        findings.groups[start : start + GROUPS_A_PAGE]
        for start in range(0, max(1, len(findings.groups)), GROUPS_A_PAGE)
    ]
    pages = [page_path(out, number) for number in range(1, len(parts) + 1)]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for place, groups in enumerate(parts):
            with pages[place].open("w", encoding="utf-8") as page:
                page.write(_head(findings))
                links = _links(pages, place)
                page.write(links)
                for number, group in enumerate(groups, start=1 + place * GROUPS_A_PAGE):
                    page.writelines(_section(number, group, lambda item_id: _image_source(sources, item_id)))
                page.write(f"{links}</main></body></html>\n")
    except OSError as error:
        raise Failure(f"{out}: {error.strerror or error}") from error
    return pages


def page_path(out: Path, number: int) -> Path:
    """Where a page is written; the first is `out` itself.

    >>> page_path(Path("a/groups.html"), 2).as_posix()
    'a/groups-2.html'
    """
    return out if number == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}")


def _head(findings: "Findings") -> str:
    duplicates = sum(len(group.duplicates) for group in findings.groups)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Groups of duplicates</title><style>{STYLE}</style></head><body><main>\n"
        f"<h1>{len(findings.groups):,} groups of duplicates</h1>"
        f'<p class="muted">{duplicates:,} of {findings.items:,} items are duplicates of the one with a frame.</p>\n'
    )


def _links(pages: Sequence[Path], place: int) -> str:
    if len(pages) == 1:
        return ""
    near = {"previous": place - 1, "next": place + 1}
    links = [
        f'<a href="{escape(pages[at].name)}" rel="{name[:4]}">{name}</a>'
        for name, at in near.items()
        if 0 <= at < len(pages)
    ]
    return f"<nav><span>page {place + 1} of {len(pages)}</span>{''.join(links)}</nav>\n"


def _section(number: int, group: "Group", shown: Shown) -> Iterator[str]:
    members = f"{len(group.duplicates)} " + ("copy" if len(group.duplicates) == 1 else "copies")
    yield (
        f'<section id="group-{number}"><h2>{number}. {escape(group.representative_id)} '
        f'<small>{members}</small></h2><div class="members">\n'
    )
    role = "kept, is there already" if group.representative_elsewhere else "kept"
    yield _figure(group.representative_id, shown(group.representative_id), [role], "kept")
    for duplicate in group.duplicates[:DUPLICATES_A_GROUP]:
        yield _figure(duplicate.item_id, shown(duplicate.item_id), _describe(duplicate), duplicate.reason)
    yield "</div>"
    if (more := len(group.duplicates) - DUPLICATES_A_GROUP) > 0:
        yield f'<p class="muted">and {more:,} more; the table of groups lists all of them</p>'
    yield "</section>\n"


def _describe(duplicate: "Duplicate") -> list[str]:
    evidence = duplicate.evidence
    told = [duplicate.reason, ", ".join(evidence.kinds), f"similarity {evidence.similarity:.2f}"]
    if evidence.inliers:
        told[-1] += f", {evidence.inliers} matching spots"
    if duplicate.compared_with != duplicate.representative_id:
        told.append(f"compared with {duplicate.compared_with}")
    return told


def _figure(item_id: str, shown: str, told: list[str], role: str) -> str:
    first, *rest = map(escape, told)
    lines = "<br>".join((f'<span class="role">{first}</span>', *rest))
    kind = "text" if shown.startswith("<blockquote") else "image"
    caption = f"<figcaption><b>{escape(item_id)}</b>{lines}</figcaption>"
    return f'<figure class="{role} {kind}">{shown}{caption}</figure>\n'


def _image_source(sources: Sequence[Contents], item_id: str) -> str:
    content = next((held for each in sources if (held := each.content_of(item_id)) is not None), None)
    if isinstance(content, str):
        return f"<blockquote>{escape(content)}</blockquote>"
    small = _thumbnail(content) if content else None
    if small is None:
        return '<div class="gone">not to be shown</div>'
    return f'<img alt="" loading="lazy" decoding="async" src="data:image/jpeg;base64,{small}">'


def _thumbnail(content: bytes) -> str | None:
    """A small JPEG in base64; None where the bytes cannot be read as a picture."""
    held = BytesIO()
    try:
        with Image.open(BytesIO(content)) as image:
            image.draft("RGB", (2 * THUMBNAIL_PIXELS, 2 * THUMBNAIL_PIXELS))
            small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
        small.save(held, "JPEG", quality=_QUALITY)
    except Exception:  # decoders of broken files raise nearly anything, and the page is worth more
        return None
    return b64encode(held.getvalue()).decode()
