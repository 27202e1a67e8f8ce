"""How fast data at rest are worked on.

    python -m benchmarks.batch --json FILE [--images 1200] [--texts 12000]

Embedding: rows a second of `vicinal embed` from files to shards, against the bare model on contents that are
in memory and read already, in batches of the same size and on one thread, as in each worker. What loading
the model takes is left out of both, and told beside. Images are those of caltech and fruits by mobilenet-v2,
texts those of sentiment140 by use-offline; they lie in the folder that VICINAL_SHARED names, else ../shared.
"""

import argparse
import json
from pathlib import Path

from benchmarks.batch_embedding import measure_embedding


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write the figures to")
    parser.add_argument("--images", type=int, default=1200)
    parser.add_argument("--texts", type=int, default=12000)
    options = parser.parse_args()
    figures = measure_embedding(options.images, options.texts)
    options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
