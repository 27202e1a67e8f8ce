"""The page that a simulation leaves behind: one file that needs nothing from elsewhere."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from PIL import Image, ImageOps

from vicinal.core.records import RawContent
from vicinal.evaluation.simulation import BASELINE

STYLE = """
:root { color-scheme: light dark; --ink: #22272e; --paper: #ffffff; --muted: #5c6670; --line: #d9dde3;
  --accent: #0b6e4f; --chip: #eef5f2; --note: #fff7e6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171b; --muted: #9aa4b0;
  --line: #333a43; --accent: #5cc8a3; --chip: #1d2a26; --note: #2d2718; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.3rem, 4.5vw, 1.9rem); line-height: 1.25; }
h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.muted { color: var(--muted); font-size: .92rem; }
.note { background: var(--note); border-radius: 6px; padding: .5rem .8rem; font-size: .92rem; }
figure { margin: 1.2rem 0; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
figure img { display: block; width: 100%; height: auto; border-radius: 8px; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal;
  font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .7rem; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; }
thead th { color: var(--muted); font-weight: 500; font-size: .88rem; }
tbody th { font-weight: 600; }
summary { cursor: pointer; font-weight: 600; padding: .4rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .92rem; }
dt { color: var(--muted); } dd { margin: 0; }
.picks { list-style: none; margin: .5rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; }
.picks b { color: var(--accent); font-weight: 600; }
.picks .place { color: var(--muted); margin-right: .35rem; font-variant-numeric: tabular-nums; }
.picks .image { width: 104px; padding: 4px; font-size: .75rem; line-height: 1.3; background: var(--chip);
  border-radius: 6px; }
.picks .image img { display: block; width: 96px; height: 96px; object-fit: contain; margin-bottom: 3px; }
.picks img.tiny { image-rendering: pixelated; }
.picks .text { width: 100%; padding: .3rem .6rem; font-size: .92rem; background: var(--chip);
  border-radius: 6px; }
"""


SIDE = 96
_QUALITY = 72
# Smaller pictures are enlarged without smoothing.
_TINY = 48
_TEXT_CHARACTERS = 280


@dataclass(frozen=True)
class PickedItem:
    """An item that was picked."""

    item_id: str
    label: str


def picks_html(picks: Sequence[PickedItem], content_of: Callable[[str], RawContent | None]) -> str:
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


def _item(place: int, pick: PickedItem, content: RawContent | None) -> str:
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


SummaryValues = Mapping[str, Any]


def percent(value: float) -> str:
    """A share as a percentage, with as many digits as it needs, up to one.

    >>> percent(0.9), percent(0.925)
    ('90%', '92.5%')
    """
    return f"{100 * value:.1f}".removesuffix(".0") + "%"


def labels(count: float) -> str:
    """A mean number of labels.

    >>> labels(12.0), labels(12.333)
    ('12', '12.3')
    """
    return f"{count:,.1f}".removesuffix(".0")


def need_cell(need: SummaryValues) -> str:
    """Labels that a target takes, with one standard error; at least so many where a run did not get there."""
    if need["reached"] == 0:
        return "not reached"
    if need["mean"] is None:
        return f"≥ {labels(need['lower_bound'])} ({need['reached']} of {need['runs']} runs)"
    error = need["standard_error"]
    return labels(need["mean"]) + ("" if error is None else f" ± {error:.1f}")


def ratio_cell(efficiency: SummaryValues) -> str:
    """Labels needed as a share of those that the baseline needs.

    >>> ratio_cell({"ratio": 0.75, "is_upper_bound": False}), ratio_cell({"ratio": None})
    ('75%', '-')
    """
    if efficiency["ratio"] is None:
        return "-"
    return ("≤ " if efficiency["is_upper_bound"] else "") + f"{100 * efficiency['ratio']:.0f}%"


def milliseconds(seconds: float | None) -> str:
    """A duration, or a dash where there is none.

    >>> milliseconds(0.00214)
    '2.1 ms'
    """
    return "-" if seconds is None else f"{1000 * seconds:.1f} ms"


def headline(summary: SummaryValues) -> str:
    """What the first strategy needs, and random: at the highest target that both reach in every run.

    Where the first reaches no accuracy that was asked for, shares of the accuracy with all labels stand in.
    """
    name = next(iter(summary["curves"]))
    for kind in ("labels_to", "labels_to_share"):
        needs = summary[f"{kind}_details"]
        reached = [target for target, need in needs[name].items() if need["mean"] is not None]
        if reached:
            others = needs.get(BASELINE) if name != BASELINE else None
            shared = [target for target in reached if others and others[target]["mean"] is not None]
            return _needs(summary, kind, name, max(shared or reached, key=float))
    return _ends(summary, name)


def _needs(summary: SummaryValues, kind: str, name: str, target: str) -> str:
    """The sentence for one target that the strategy reaches in every run."""
    needs = summary[f"{kind}_details"]
    goal = f"{percent(float(target))} accuracy"
    if kind == "labels_to_share":
        most = percent(summary["with_all_labels"]["nearest_10"]["mean"])
        goal = f"{percent(float(target))} of the accuracy with all labels ({most})"
    ours = labels(needs[name][target]["mean"])
    said = f"On {summary['data']['name']}, {name} needs {ours} labels to reach {goal}"
    if name == BASELINE or BASELINE not in needs:
        return f"{said}."
    theirs = needs[BASELINE][target]
    if theirs["mean"] is None:
        return f"{said}; {BASELINE} needs at least {labels(theirs['lower_bound'])}."
    ratio = ratio_cell(summary["efficiency"][kind][name][target])
    return f"{said}, {BASELINE} needs {labels(theirs['mean'])}: {ratio} as many."


def _ends(summary: SummaryValues, name: str) -> str:
    """Where no target is reached in every run: what accuracy there is at the end."""
    shown = [at for at in dict.fromkeys([name, BASELINE]) if at in summary["curves"]]
    ends = ", ".join(f"{at} ends at {percent(summary['curves'][at]['mean'][-1])}" for at in shown)
    budget, data = summary["settings"]["budget"], summary["data"]["name"]
    return f"On {data}, {budget} labels are too few for the targets in every run: {ends} accuracy."


# Of each strategy: a page of some megabytes at most.
PICKS_SHOWN = 250


def page(
    summary: SummaryValues,
    class_of: Mapping[str, str],
    content_of: Callable[[str], RawContent | None],
    pictures: Mapping[str, bytes],
) -> str:
    """The page as HTML. All that comes from the data is escaped.

    Args:
        summary: the figures, as `results` gives them.
        class_of: label by id.
        content_of: an item's image file or text by id; None where there is nothing to show.
        pictures: PNG files to show, by what is on them.
    """
    name = escape(summary["data"]["name"])
    parts = [
        f"<h1>{escape(headline(summary))}</h1>",
        f'<p class="muted">{escape(_what_was_done(summary))}</p>',
        *(f'<p class="note">{escape(note)}</p>' for note in summary["notes"]),
        *(_figure(about, png) for about, png in pictures.items()),
        _tables(summary),
        _settings(summary),
        "<h2>What was labelled, in order</h2>",
        '<p class="muted">The first run of each strategy.</p>',
        *_picks(summary, class_of, content_of),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{name}: labels needed</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )


def _what_was_done(summary: SummaryValues) -> str:
    data, settings, trials = summary["data"], summary["settings"], summary["trials"]
    count = len(trials)
    again = f", dealt {settings['repeats']} times" if settings["repeats"] > 1 else ""
    tested = (
        f"one of {settings['folds']} folds{again}"
        if settings["folds"]
        else f"{percent(settings['test_share'])} of each class's groups kept for testing"
    )
    vectors = data["featurizer"]["name"] if data["featurizer"] else "vectors as given"
    sizes = f"{data['items']:,} items in {data['groups']:,} groups and {len(data['classes'])} classes"
    runs = f"{count} run{'s' if count > 1 else ''} of each strategy"
    return (
        f"{sizes}, {vectors}. {runs}, a pool of {trials[0]['pool_items']:,} items, "
        f"{trials[0]['test_items']:,} to test on ({tested}). With all labels, the 10 nearest neighbours "
        f"classify {percent(summary['with_all_labels']['nearest_10']['mean'])} rightly."
    )


def _figure(about: str, png: bytes) -> str:
    return f'<figure><img src="{data_uri(png, "png")}" alt="{escape(about)}"></figure>'


def _tables(summary: SummaryValues) -> str:
    targets = [percent(float(target)) for target in summary["labels_to"][next(iter(summary["curves"]))]]
    absolute, relative = ["to accuracy", *targets], ["to a share of all labels' accuracy", *targets]
    parts = [
        "<h2>Labels needed</h2>",
        '<p class="muted">Mean over the runs ± one standard error. ≥: a run that did not reach the target '
        "counts with all its labels.</p>",
        _table(absolute, _rows(summary, summary["labels_to_details"], need_cell)),
        _table(relative, _rows(summary, summary["labels_to_share_details"], need_cell)),
    ]
    if summary["efficiency"]["labels_to"]:
        parts += [
            "<h2>Labels needed, as a share of those that random needs</h2>",
            '<p class="muted">75% is three quarters as many. ≤: random did not get there in every run.</p>',
            _table(absolute, _rows(summary, summary["efficiency"]["labels_to"], ratio_cell)),
            _table(relative, _rows(summary, summary["efficiency"]["labels_to_share"], ratio_cell)),
        ]
    parts += [
        "<h2>At the end, and time</h2>",
        '<p class="muted">A step is from giving labels to having the next picks.</p>',
        _table(
            ["strategy", "accuracy", "a step, p50", "p95"],
            [_end(summary, name) for name in summary["curves"]],
        ),
    ]
    return "\n".join(parts)


def _rows(
    summary: SummaryValues,
    figures: Mapping[str, Mapping[str, SummaryValues]],
    cell: Callable[[SummaryValues], str],
) -> list[list[str]]:
    return [[name, *(cell(each) for each in figures[name].values())] for name in summary["curves"]]


def _end(summary: SummaryValues, name: str) -> list[str]:
    steps = summary["seconds"][name]["per_step"]
    return [
        name,
        percent(summary["curves"][name]["mean"][-1]),
        *(milliseconds(steps[at]) for at in ("p50", "p95")),
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(_table_row(*row) for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _table_row(name: str, *cells: str) -> str:
    shown = "".join(f"<td>{escape(text)}</td>" for text in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>'


def _settings(summary: SummaryValues) -> str:
    shown = {"vicinal": summary["vicinal"], **summary["settings"]}
    shown["seeds"] = [trial["seed"] for trial in summary["trials"]]
    listed = "".join(f"<dt>{escape(key)}</dt><dd>{escape(_said(value))}</dd>" for key, value in shown.items())
    return f"<details><summary>Settings</summary><dl>{listed}</dl></details>"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _picks(
    summary: SummaryValues, class_of: Mapping[str, str], content_of: Callable[[str], RawContent | None]
) -> list[str]:
    parts = []
    for number, (name, runs) in enumerate(summary["runs"].items()):
        picks = runs[0]["picks"]
        shown = picks_html([PickedItem(at, class_of[at]) for at in picks[:PICKS_SHOWN]], content_of)
        is_open = " open" if number == 0 else ""
        first = f"the first {PICKS_SHOWN} of " if len(picks) > PICKS_SHOWN else ""
        title = f"{escape(name)}: {first}{labels(len(picks))} items"
        parts.append(f"<details{is_open}><summary>{title}</summary>{shown}</details>")
    return parts
