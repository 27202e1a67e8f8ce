import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.support.clusters import clusters
from vicinal.evaluation.report import page, results, write_files
from vicinal.evaluation.simulation import SimulationSettings, simulate

VOID = {"meta", "img", "br"}


class Outline(HTMLParser):
    """Notes tags and addresses, and that tags are closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.addresses = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def written(folder, data, **changes):
    settings = replace(SimulationSettings(budget=4, repeats=1), **changes)
    simulation = simulate(data, settings)
    told = results(simulation, None, ["<note>"])
    write_files(told, simulation, {data.ids[0]: "a text"}.get, folder)
    return told, (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return folder, *written(folder, replace(clusters(), name="<img src=x>&"))


def test_all_files_are_there(report):
    folder, _, _ = report
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["curves.png", "efficiency.png", "report.html", "results.json"]


def test_the_page_needs_nothing_from_elsewhere(report):
    outline = Outline(report[2])
    assert len(outline.addresses) == 2
    assert all(address.startswith("data:image/png;base64,") for address in outline.addresses)
    assert {"script", "link", "iframe"}.isdisjoint(outline.tags)
    assert not re.search(r"https?://|url\(|@import", report[2])


def test_everything_is_escaped(report):
    assert "<note>" not in report[2]
    assert "<img src=x>" not in report[2]
    assert "&lt;img src=x&gt;&amp;: labels needed</title>" in report[2]


def test_tables_hold_the_figures(report):
    _, told, html = report
    assert html.count("<table>") == 5
    for name in ("default", "random"):
        assert html.count(f'<th scope="row">{name}</th>') == 5
        for pick in told["runs"][name][0]["picks"]:
            assert f"</b> {pick}</li>" in html
    assert "10 nearest neighbours" in html


def test_without_random_there_is_no_efficiency(tmp_path):
    _, html = written(tmp_path, clusters(), strategies=("default",), folds=2)
    assert html.count("<table>") == 3
    assert "(one of 2 folds)" in html


def test_a_long_run_is_shown_in_part(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PICKS_SHOWN", 3)
    _, html = written(tmp_path, clusters(), strategies=("random",), folds=2, repeats=2)
    assert "random: the first 3 of 4 items" in html
    assert html.count("</b> item") == 3
    assert "(one of 2 folds, dealt 2 times)" in html


def test_texts_that_no_encoding_takes_cost_no_report(tmp_path):
    data = clusters()
    broken = replace(data, classes=[f"{name}\ud800" for name in data.classes])
    simulation = simulate(broken, SimulationSettings(("random",), budget=2, repeats=1))
    write_files(results(simulation, None, []), simulation, lambda _id: None, tmp_path)
    assert "?</b> item" in (tmp_path / "report.html").read_text()
