"""The groups as pages to look at: each member small, with what was done to it."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Contents

if TYPE_CHECKING:
    from vicinal.duplicates import Duplicate, Findings, Group


# What is out of sight is neither laid out nor drawn, so that a page of many groups scrolls at once.
STYLE = """
:root { color-scheme: light dark; --ink: #22272e; --paper: #ffffff; --muted: #5c6670; --line: #d9dde3;
  --accent: #0b6e4f; --chip: #f3f5f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171b; --muted: #9aa4b0;
  --line: #333a43; --accent: #5cc8a3; --chip: #1e232a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 80rem; margin: 0 auto; padding: 1.2rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; }
h2 { font-size: 1rem; margin: 0 0 .6rem; }
h2 small, .muted { color: var(--muted); font-weight: 400; font-size: .87rem; }
nav { display: flex; gap: 1rem; padding: .6rem 0; } nav a { color: var(--accent); }
section { border-top: 1px solid var(--line); padding: .9rem 0 1rem;
  content-visibility: auto; contain-intrinsic-size: auto 19rem; }
.members { display: grid; gap: .7rem; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
.members:has(.text) { grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
figure { margin: 0; padding: 6px; background: var(--chip); border-radius: 8px;
  border: 2px solid transparent; }
figure.representative { border-color: var(--accent); }
figure img, .gone { display: block; width: 100%; height: 9.5rem; object-fit: contain; margin-bottom: 5px; }
.gone { color: var(--muted); font-size: .85rem; }
blockquote { margin: 0 0 5px; padding: .3rem; white-space: pre-wrap; }
figcaption { font-size: .8rem; line-height: 1.35; }
figcaption b { display: block; } figcaption .role { color: var(--accent); font-weight: 600; }
"""


GROUPS_A_PAGE = 200
"""More go to further pages next to the first: `groups-2.html`, and so on."""

DUPLICATES_PER_GROUP = 100
"""More are counted and not shown: of thousands of blank pages a few are enough, and the page stays small."""

THUMBNAIL_PIXELS = 192
_QUALITY = 75

Shown = Callable[[str], str]


def write_gallery(findings: "Findings", sources: Sequence[Contents], out: Path) -> list[Path]:
    """Writes HTML files that need nothing next to them; one picture is held at a time.

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
        f'<p class="muted">{duplicates:,} of {findings.items:,} items are duplicates of a framed one.</p>\n'
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
    members = f"{len(group.duplicates)} " + ("duplicate" if len(group.duplicates) == 1 else "duplicates")
    yield (
        f'<section id="group-{number}"><h2>{number}. {escape(group.representative_id)} '
        f'<small>{members}</small></h2><div class="members">\n'
    )
    role = "representative, is there already" if group.representative_elsewhere else "representative"
    yield _figure(group.representative_id, shown(group.representative_id), [role], "representative")
    for duplicate in group.duplicates[:DUPLICATES_PER_GROUP]:
        yield _figure(duplicate.item_id, shown(duplicate.item_id), _describe(duplicate), duplicate.reason)
    yield "</div>"
    if (more := len(group.duplicates) - DUPLICATES_PER_GROUP) > 0:
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
