"""The labelled data that benchmarks run on: raw contents, as a user would send them."""

import csv
import gzip
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vicinal.core.records import RawContent

# Pictures taken from each of the large sets of drawings, by a fixed seed.
DRAWINGS = 5_000


@dataclass(frozen=True, eq=False)
class DataSet:
    """Raw contents with their classes.

    Attributes:
        contents: n image files or texts.
        classes: n class names.
        groups: n names; contents of one group are copies of one source.
        featurizer: that embeds the contents.
        pool_size: items that are learned from, at most.
        test_share: share of the groups to test on.
    """

    name: str
    contents: Sequence[RawContent]
    classes: Sequence[str]
    groups: Sequence[str]
    featurizer: str
    pool_size: int
    test_share: float


def shared_folder() -> Path:
    """Where data and models lie: VICINAL_SHARED, or `shared` beside this repository."""
    return Path(os.environ.get("VICINAL_SHARED") or Path(__file__).parents[2] / "shared")


def load_data_set(name: str) -> DataSet:
    """Reads one of `DATA_SETS`.

    Raises:
        FileNotFoundError: the data are not in the shared folder.
    """
    return DATA_SETS[name](shared_folder() / "data")


def _fruits(data: Path) -> DataSet:
    folder = data / "fruits"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    contents = [(folder / row["file"]).read_bytes() for row in rows]
    groups = [f"{row['class']}/{row['original_stem']}" for row in rows]
    return DataSet("fruits", contents, [row["class"] for row in rows], groups, "mobilenet-v2", 4000, 0.1)


def _caltech(data: Path) -> DataSet:
    files = sorted((data / "caltech").glob("*/*.jpg"))
    if not files:
        raise FileNotFoundError(f"no pictures in {data / 'caltech'}")
    contents = [file.read_bytes() for file in files]
    classes = [file.parent.name for file in files]
    return DataSet("caltech", contents, classes, _each_its_own(files), "mobilenet-v2", len(files), 0.2)


def _mnist(data: Path) -> DataSet:
    with np.load(data / "mnist" / "mnist_t10k.npz") as arrays:
        return _drawings("mnist", arrays["x"], arrays["y"])


def _quickdraw(data: Path) -> DataSet:
    with np.load(data / "quickdraw" / "quickdraw10.npz") as arrays:
        return _drawings("quickdraw", arrays["x"], arrays["y"])


def _drawings(name: str, pictures: NDArray[np.uint8], classes: NDArray[np.uint8]) -> DataSet:
    chosen = np.random.default_rng(0).permutation(len(pictures))[:DRAWINGS]
    contents = [png_of(pictures[row]) for row in chosen]
    labels = [str(classes[row]) for row in chosen]
    return DataSet(name, contents, labels, _each_its_own(chosen.tolist()), "mobilenet-v2", 4000, 0.2)


def png_of(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def _sentiment(data: Path) -> DataSet:
    with gzip.open(data / "sentiment140" / "train.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = [row["text"] for row in rows]
    classes = [row["label"] for row in rows]
    return DataSet("sentiment140", texts, classes, _each_its_own(texts), "use-offline", len(texts), 0.05)


def _each_its_own(contents: Sequence[object]) -> list[str]:
    return [f"{number:05d}" for number in range(len(contents))]


DATA_SETS: Mapping[str, Callable[[Path], DataSet]] = {
    "fruits": _fruits,
    "caltech": _caltech,
    "mnist": _mnist,
    "quickdraw": _quickdraw,
    "sentiment140": _sentiment,
}
