"""Two half-moons in the plane, labelled point by point: what each strategy picks, and what comes of it.

    python -m benchmarks.plane --out DIR

Writes `plane.png`, all picks with their numbers, and `plane.gif`, one pick after the other.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from vicinal.evaluation.plane import draw_animation, draw_picture, half_moons, walk

STRATEGIES = ("random", "classic", "default")
TEST_POINTS = 1000
NOISE = 0.16


def run(out: Path, points: int, labels: int, seed: int, strategies: Sequence[str] = STRATEGIES) -> None:
    """Labels a pool with each strategy and writes both pictures into the folder, which is made if missing."""
    plane = half_moons(points, NOISE, seed)
    test = half_moons(TEST_POINTS, NOISE, seed + 1)
    walks = [walk(plane, test, strategy, labels, seed) for strategy in strategies]
    out.mkdir(parents=True, exist_ok=True)
    title = f"The first {labels} picks among {points} points, and what the votes make of them"
    draw_picture(plane, walks, out / "plane.png", title)
    draw_animation(plane, walks, out / "plane.gif", title)
    for each in walks:
        print(f"{each.strategy}: {each.accuracies[-1]:.1%} right after {len(each.picks)} labels")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--labels", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    run(options.out, options.points, options.labels, options.seed)


if __name__ == "__main__":
    main()
