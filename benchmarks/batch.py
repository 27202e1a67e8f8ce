"""How fast data at rest are worked on.

    python -m benchmarks.batch --json FILE
    python -m benchmarks.batch --json FILE --only scoring --items 10000 100000 --rounds 1
    python -m benchmarks.batch --json FILE --only graph --graph 100000

Embedding: rows a second of `vicinal embed` from files to shards, against the bare model on contents that are
in memory and decoded already, in batches of the same size and on one thread, as in each worker. What loading
the model takes is left out of both, and told beside. Images are those of caltech and fruits by mobilenet-v2,
texts those of sentiment140 by use-offline; they lie in the folder that VICINAL_SHARED names, else ../shared.

Scoring: whole calls of `score` over Parquet of made-up vectors with 256 numbers and 1,000 labels, by the
strategy `classic` with a batch of 10, the start of workers and the writing included; on request (--graph) by
`default`, which needs the neighbour graph.

FILE begins with what has to be reached, null where it was not measured: `embed_ratio`, the lower one of
images and texts with one worker; `embed_2_workers_ratio`, of texts; `score_1m_s` and `score_1m_peak_mb`, of
`local` with two workers at 1,000,000; `ray_ratio`, of Ray's two workers to these in the same round.

Every run is a process of its own, and runs take turns in each round. FILE is written again after every run,
so that nothing is lost where the rest is cut off.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.batch_embedding import AGAINST, TURNS, embedding_figures, embedding_runs, ratio
from benchmarks.batch_scores import SIZES, graph_runs, scoring_figures, scoring_runs

KEYS = ("embed_ratio", "score_1m_s", "score_1m_peak_mb", "ray_ratio", "embed_2_workers_ratio")
PARTS = ("embedding", "scoring", "graph")

Run = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    measured: dict[str, list[Run]] = {part: [] for part in PARTS}
    with _folder(options.folder) as folder:
        for part, run in _runs(options, folder):
            measured[part].append(run)
            print(f"{time.strftime('%H:%M:%S')} {part}: {_in_words(run)}", file=sys.stderr)
            options.json.write_text(json.dumps(figures(measured), indent=2) + "\n", encoding="utf-8")
    print(table(figures(measured)))


def figures(measured: dict[str, list[Run]]) -> dict[str, Any]:
    """All of the JSON file: what has to be reached, None where it was not measured, and the runs it is of."""
    reached = {**embedding_figures(measured["embedding"]), **scoring_figures(measured["scoring"])}
    return {
        **{key: reached[key] for key in KEYS},
        "score_1m_run": "local, 2 workers, median of the rounds; memory: their highest peak",
        "ratios": _ratios(measured["embedding"]),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        **measured,
    }


def table(told: dict[str, Any]) -> str:
    """What people read of it."""
    lines = [f"{key:>24} {_number(told[key])}" for key in KEYS]
    lines += [f"{what:>48} {_number(value)}" for what, value in told["ratios"].items()]
    lines += [_in_words(run) for part in PARTS for run in told[part]]
    return "\n".join(lines)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write the figures to")
    parser.add_argument("--only", choices=PARTS, help="leaves the other parts out")
    parser.add_argument("--rounds", type=int, default=1, help="times that each run is done, but graphs")
    parser.add_argument("--images", type=int, default=1200, help="0 for none")
    parser.add_argument("--texts", type=int, default=12000, help="0 for none")
    parser.add_argument("--items", type=int, nargs="+", default=list(SIZES), help="sizes of pools to score")
    parser.add_argument("--graph", type=int, nargs="+", default=[], help="sizes to score by `default`, once")
    parser.add_argument("--folder", type=Path, help="keeps the made-up pools for the next time")
    options = parser.parse_args(arguments)
    if options.only == "graph" and not options.graph:
        parser.error("--only graph needs sizes: --graph 100000")
    return options


def _runs(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Run]]:
    """All parts round by round, so that one that is cut short has every figure at least once."""
    parts = [options.only] if options.only else PARTS
    for _ in range(options.rounds):
        for medium, count in (("images", options.images), ("texts", options.texts)):
            if count and "embedding" in parts:
                yield from (("embedding", run) for run in embedding_runs(medium, count, folder))
        if "scoring" in parts:
            yield from (("scoring", run) for run in scoring_runs(sorted(options.items), folder))
    if "graph" in parts:
        yield from (("graph", run) for run in graph_runs(sorted(options.graph), folder))


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="vicinal-batch-") as made:
        yield Path(made)


def _ratios(runs: Sequence[Run]) -> dict[str, float]:
    named = {
        f"{medium}: {what} to {against}": ratio(runs, medium, what)
        for medium in TURNS
        for what, against in AGAINST.items()
    }
    return {name: value for name, value in named.items() if value is not None}


def _in_words(run: Run) -> str:
    if "medium" in run:
        what, speed = f"{run['rows']:,} {run['medium']}, {run['run']}", run["per_s"]
    else:
        by = f"{run['engine']}, {run['workers']} workers, {run['strategy']}, {run['ranks']}"
        what, speed = f"{run['items']:,} items, {by}", run["items_per_s"]
    used = f"{run['peak_mb']:5.0f} MB, {run['cpu_s']:6.1f} core s, others {run['others_cores']:.1f} cores"
    return f"{what:<52} {run['seconds']:7.1f} s, {speed:9,.0f} a second, {used}"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    main()
