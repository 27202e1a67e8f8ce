import json
from pathlib import Path

import pytest

from benchmarks.batch_tables import DOCS, FITTED_ITEMS, tables, with_tables
from benchmarks.scale_model import Cluster, alone, core_seconds, fitted, prediction

ROOT = Path(__file__).parents[3]
RECORDED = json.loads((ROOT / "benchmarks/recorded/batch.json").read_text(encoding="utf-8"))
MILLION = 1_000_000
# What docs/scale.md states.
TIME_ERROR, MEMORY_ERROR = 1 / 3, 1 / 4


@pytest.mark.parametrize("ranks", ["sorted", "summaries"])
def test_fitted_to_smaller_pools_the_model_foretells_a_million_items(ranks):
    runs = alone(RECORDED["scoring"], ranks)
    large = [run for run in runs if run["items"] == MILLION]
    model = fitted(runs, ranks, FITTED_ITEMS)
    assert large
    for run in large:
        assert model.core_seconds(MILLION) == pytest.approx(core_seconds(run), rel=TIME_ERROR)
        assert model.peak_mb(MILLION) == pytest.approx(run["peak_mb"], rel=MEMORY_ERROR)


def made_up(items, ranks="summaries"):
    costs = {"reading": 1 + 2e-6 * items, "scoring": 3e-6 * items, "ranking": 0.5, "writing": 4e-6 * items}
    return {
        **{"items": items, "engine": "local", "workers": 1, "ranks": ranks, "out_mb": 1e-4 * items},
        "stages": {stage: {"s": 9.0, "core_s": cost} for stage, cost in costs.items()},
        "peak_mb": 200.0 + 1e-3 * items,
    }


def test_what_grows_along_a_line_is_found_again():
    others = [{**made_up(10_000), "engine": "ray"}, {**made_up(10_000), "workers": 2}]
    model = fitted([*map(made_up, (10_000, 50_000)), *others, made_up(10_000, "sorted")], "summaries")
    assert model.workers.at(MILLION) == pytest.approx(6)
    assert model.single.at(MILLION) == pytest.approx(4.5)
    assert model.out_bytes == pytest.approx(100)


def test_memory_grows_with_the_pool_only_where_all_of_it_is_sorted():
    by_ranks = {
        ranks: fitted([made_up(items, ranks) for items in (10_000, 50_000)], ranks)
        for ranks in ("sorted", "summaries")
    }
    assert by_ranks["sorted"].peak_mb(MILLION) == pytest.approx(1_200)
    assert by_ranks["summaries"].peak_mb(MILLION) == by_ranks["summaries"].peak_mb(1e9)


def hours(cluster):
    model = fitted([made_up(10_000), made_up(50_000)], "summaries")
    told = dict(prediction(model, 1e9, cluster))
    return float(told["in all, by the longer of each two"].removesuffix(" hours"))


def test_neither_disk_nor_network_nor_cores_can_be_passed_by():
    quick = {"network": 1e12, "disk": 1e15}
    assert hours(Cluster(1000, 100, **quick)) == pytest.approx(4_000 / 3600, abs=0.06)
    assert hours(Cluster(1, 1, **quick)) == pytest.approx(9_000 / 3600, abs=0.06)
    for slow in ({"network": 1e12, "disk": 1e8}, {"network": 1e8, "disk": 1e15}):
        assert hours(Cluster(1, 100, **slow)) > 10


def test_the_docs_show_what_was_recorded():
    made = tables(RECORDED)
    texts = [(ROOT / file).read_text(encoding="utf-8") for file in DOCS]
    assert all(sum(f"<!-- {name} -->" in text for text in texts) == 1 for name in made)
    for file, text in zip(DOCS, texts, strict=True):
        assert text == with_tables(text, made), f"run python -m benchmarks.batch_tables for {file}"


def test_tables_go_between_their_marks_alone():
    empty = "<!-- graph -->\n<!-- end -->\nb\n<!-- model -->\nkept\n<!-- end -->\n"
    assert with_tables(empty, {"graph": "new"}) == empty.replace("<!-- end -->", "new\n<!-- end -->", 1)
    text = "a\n<!-- graph -->\nold\n<!-- end -->\nb\n<!-- model -->\nkept\n<!-- end -->\n"
    assert with_tables(text, {"graph": r"| \1 |"}) == text.replace("old", r"| \1 |")
