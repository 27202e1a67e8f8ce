"""The tables of docs/batch.md and docs/scale.md, and docs/scale.png, of figures of `benchmarks.batch`.

    python -m benchmarks.batch_tables --json benchmarks/recorded/batch.json
    python -m benchmarks.batch_tables --json FIGURES --print

Each goes between the marks <!-- NAME --> and <!-- end -->; a table whose runs are not there stays as it is.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.batch_embedding import AGAINST, TURNS, ratio
from benchmarks.scale_model import Cluster, alone, core_seconds, fitted, markdown, predicted, prediction
from benchmarks.scale_picture import draw

Run = dict[str, Any]
Row = tuple[str, ...]

DOCS = (Path("docs/batch.md"), Path("docs/scale.md"))
PICTURE = Path("docs/scale.png")
NAMED_CLUSTER = Cluster(machines=32, cores=16)
FITTED_ITEMS = 100_000
"""The model that is compared with runs has seen no larger pools."""
_SPENT = ("seconds", "core seconds", "cores used by others", "peak MB")


def tables(told: dict[str, Any]) -> dict[str, str]:
    """Those of which there are runs, by name."""
    makers = {
        "embedding": (("embedding", _embedding), ("ratios", _ratios)),
        "scoring": (("engines", _engines), ("model", _model), ("billion", _billion)),
        "graph": (("graph", _graph),),
    }
    return {
        name: markdown(maker(told[part]))
        for part, named in makers.items()
        if told[part]
        for name, maker in named
    }


def with_tables(text: str, made: dict[str, str]) -> str:
    """A text with these tables between their marks."""
    for name, table in made.items():
        before, mark, after = text.partition(f"<!-- {name} -->\n")
        if mark:
            _, end, rest = after.partition("<!-- end -->")
            text = f"{before}{mark}{table}\n{end}{rest}"
    return text


def _embedding(runs: Sequence[Run]) -> Iterator[Row]:
    yield "", "a second", "least, most", "cores used by others", "peak MB"
    for medium, turns in TURNS.items():
        for turn in turns:
            same = [run for run in runs if (run["medium"], run["run"]) == (medium, turn)]
            if same:
                rates, others = ([run[name] for run in same] for name in ("per_s", "others_cores"))
                spread = f"{min(rates):,.0f}, {max(rates):,.0f}"
                peak = max(run["peak_mb"] for run in same)
                middle = f"{median(rates):,.0f}", spread, f"{median(others):.1f}"
                yield f"{medium}, {turn}", *middle, f"{peak:,.0f}"


def _ratios(runs: Sequence[Run]) -> Iterator[Row]:
    yield "", "times as fast as", "ratio"
    for medium in TURNS:
        for what, other in AGAINST.items():
            value = ratio(runs, medium, what)
            if value is not None:
                yield f"{medium}, {what}", other, f"{value:.2f}"


def _engines(runs: Sequence[Run]) -> Iterator[Row]:
    yield "items", "engine, workers", "seconds by the model", *_SPENT
    model, free = fitted(runs, "sorted", FITTED_ITEMS), {"network": inf, "disk": inf}
    for (items, engine, workers), same in _grouped([run for run in runs if run["ranks"] == "sorted"]):
        told = predicted(model, items, Cluster(1, workers, **free)).seconds
        foreseen = f"{told:.1f}" if engine == "local" else ""
        yield f"{items:,}", f"{engine}, {workers}", foreseen, *_spent(same)


def _graph(runs: Sequence[Run]) -> Iterator[Row]:
    yield "items", *_SPENT
    for (items, *_), same in _grouped(runs):
        yield f"{items:,}", *_spent(same)


def _spent(runs: Sequence[Run]) -> Row:
    seconds, cores, others = (
        median(run[name] for run in runs) for name in ("seconds", "cpu_s", "others_cores")
    )
    return f"{seconds:.1f}", f"{cores:.1f}", f"{others:.1f}", f"{max(run['peak_mb'] for run in runs):,.0f}"


def _model(runs: Sequence[Run]) -> Iterator[Row]:
    yield "items", "ranks by", "core seconds", "model", "peak MB", "model"
    for ranks in ("sorted", "summaries"):
        model = fitted(runs, ranks, FITTED_ITEMS)
        for (items, *_), same in _grouped(alone(runs, ranks)):
            cores, peak = median(map(core_seconds, same)), median(run["peak_mb"] for run in same)
            by = "sorting" if ranks == "sorted" else ranks
            yield (
                *(f"{items:,}", by, f"{cores:.1f}", f"{model.core_seconds(items):.1f}"),
                *(f"{peak:,.0f}", f"{model.peak_mb(items):,.0f}"),
            )


def _billion(runs: Sequence[Run]) -> Iterator[Row]:
    return prediction(fitted(runs, "summaries"), 1e9, NAMED_CLUSTER)


def _grouped(runs: Sequence[Run]) -> Iterator[tuple[tuple[int, str, int], list[Run]]]:
    """Runs of the same size and engine."""
    kinds = sorted({(run["items"], run["engine"], run["workers"]) for run in runs})
    for kind in kinds:
        yield kind, [run for run in runs if (run["items"], run["engine"], run["workers"]) == kind]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="figures of `benchmarks.batch`")
    parser.add_argument("--print", action="store_true", help="leaves the files as they are")
    options = parser.parse_args(arguments)
    told = json.loads(options.json.read_text(encoding="utf-8"))
    made = tables(told)
    if options.print:
        print(*made.values(), sep="\n\n")
        return
    for file in DOCS:
        file.write_text(with_tables(file.read_text(encoding="utf-8"), made), encoding="utf-8")
    if told["scoring"]:
        draw(told["scoring"], NAMED_CLUSTER, PICTURE)


if __name__ == "__main__":
    main()
