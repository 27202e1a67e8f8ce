"""The page that a simulation leaves behind: one file that needs nothing from elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from vicinal.core.ports import RawContent
from vicinal.evaluation.report.picks import Picked, data_uri, picks_html
from vicinal.evaluation.report.style import STYLE
from vicinal.evaluation.report.words import (
    headline,
    labels,
    milliseconds,
    need_cell,
    percent,
    ratio_cell,
)

Told = Mapping[str, Any]
# Of each strategy: a page of some megabytes at most.
PICKS_SHOWN = 250


def page(
    told: Told,
    class_of: Mapping[str, str],
    content_of: Callable[[str], RawContent | None],
    pictures: Mapping[str, bytes],
) -> str:
    """The page as HTML. All that comes from the data is escaped.

    Args:
        told: the figures, as `results` gives them.
        class_of: label by id.
        content_of: an item's image file or text by id; None where there is nothing to show.
        pictures: PNG files to show, by what is on them.
    """
    name = escape(told["data"]["name"])
    parts = [
        f"<h1>{escape(headline(told))}</h1>",
        f'<p class="muted">{escape(_what_was_done(told))}</p>',
        *(f'<p class="note">{escape(note)}</p>' for note in told["notes"]),
        *(_figure(about, png) for about, png in pictures.items()),
        _tables(told),
        _settings(told),
        "<h2>What was labelled, in order</h2>",
        '<p class="muted">The first run of each strategy.</p>',
        *_picks(told, class_of, content_of),
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


def _what_was_done(told: Told) -> str:
    data, settings, trials = told["data"], told["settings"], told["trials"]
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
        f"classify {percent(told['with_all_labels']['nearest_10']['mean'])} rightly."
    )


def _figure(about: str, png: bytes) -> str:
    return f'<figure><img src="{data_uri(png, "png")}" alt="{escape(about)}"></figure>'


def _tables(told: Told) -> str:
    targets = [percent(float(target)) for target in told["labels_to"][next(iter(told["curves"]))]]
    absolute, shares = ["to accuracy", *targets], ["to a share of all labels' accuracy", *targets]
    parts = [
        "<h2>Labels needed</h2>",
        '<p class="muted">Mean over the runs ± one standard error. ≥: a run that did not reach the target '
        "counts with all its labels.</p>",
        _table(absolute, _rows(told, told["labels_to_details"], need_cell)),
        _table(shares, _rows(told, told["labels_to_share_details"], need_cell)),
    ]
    if told["efficiency"]["labels_to"]:
        parts += [
            "<h2>Labels needed, as a share of those that random needs</h2>",
            '<p class="muted">75% is three quarters as many. ≤: random did not get there in every run.</p>',
            _table(absolute, _rows(told, told["efficiency"]["labels_to"], ratio_cell)),
            _table(shares, _rows(told, told["efficiency"]["labels_to_share"], ratio_cell)),
        ]
    parts += [
        "<h2>At the end, and time</h2>",
        '<p class="muted">A step is from giving labels to having the next picks.</p>',
        _table(["strategy", "accuracy", "a step, p50", "p95"], [_end(told, name) for name in told["curves"]]),
    ]
    return "\n".join(parts)


def _rows(
    told: Told, figures: Mapping[str, Mapping[str, Told]], cell: Callable[[Told], str]
) -> list[list[str]]:
    return [[name, *(cell(each) for each in figures[name].values())] for name in told["curves"]]


def _end(told: Told, name: str) -> list[str]:
    steps = told["seconds"][name]["per_step"]
    return [
        name,
        percent(told["curves"][name]["mean"][-1]),
        *(milliseconds(steps[at]) for at in ("p50", "p95")),
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(_table_row(*row) for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _table_row(name: str, *cells: str) -> str:
    shown = "".join(f"<td>{escape(text)}</td>" for text in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>'


def _settings(told: Told) -> str:
    shown = {"vicinal": told["vicinal"], **told["settings"]}
    shown["seeds"] = [trial["seed"] for trial in told["trials"]]
    listed = "".join(f"<dt>{escape(key)}</dt><dd>{escape(_said(value))}</dd>" for key, value in shown.items())
    return f"<details><summary>Settings</summary><dl>{listed}</dl></details>"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _picks(
    told: Told, class_of: Mapping[str, str], content_of: Callable[[str], RawContent | None]
) -> list[str]:
    parts = []
    for number, (name, runs) in enumerate(told["runs"].items()):
        picks = runs[0]["picks"]
        shown = picks_html([Picked(at, class_of[at]) for at in picks[:PICKS_SHOWN]], content_of)
        is_open = " open" if number == 0 else ""
        first = f"the first {PICKS_SHOWN} of " if len(picks) > PICKS_SHOWN else ""
        title = f"{escape(name)}: {first}{labels(len(picks))} items"
        parts.append(f"<details{is_open}><summary>{title}</summary>{shown}</details>")
    return parts
